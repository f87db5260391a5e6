"""What came, key by key, in `prefetch` or fetched: rows, known empty, left out, an error, or only a first page.

`null` means that there is nothing. Only beside a template with a day in it, from one of whom nobody knows that they can
fill that in, it may as well mean that they could not: it is taken for nothing once any such template was answered.
"""

from collections.abc import Iterable, Mapping

from cdshooks.chart.chart import Coverage, Provided
from cdshooks.chart.index import READ
from cdshooks.protocol.discovery import Query, Service
from cdshooks.protocol.envelope import (
    entries_of,
    failed,
    holds_something,
    is_error,
    is_standing,
    is_subsetted,
    lacks,
    resource_in,
)
from cdshooks.protocol.fetched import NOTHING, Fetched
from cdshooks.reading.facts import Oddity
from cdshooks.reading.read import as_dict, as_text, reference_of
from cdshooks.reading.respelled import spelled
from cdshooks.reading.spellings import R4_KIND
from cdshooks.reading.subjects import Subjects, bare_reference

NOT_FILLED = "is null, which may mean that its template could not be filled: it holds today()"
# What something else may point to.
POINTED_AT = ("Medication", "Substance", "Patient")
_NO_ROWS = ("", "Patient", "Bundle", "OperationOutcome")


class Gathering:
    """The rows and the coverage being gathered for one request; `server` is the FHIR server that it names."""

    def __init__(self, patient_id: str, fetched: Fetched, server: str | None):
        self.patient_id, self.fetched, self.server = patient_id, fetched, server
        self.urls: dict[str, Mapping] = {}
        self._known: dict[tuple[str, str], Mapping] = {}
        self.patient: Mapping | None = None
        self.rows: list[Mapping] = []
        self.coverage: dict[str, Coverage] = {}
        self.why: dict[str, str] = {}
        self.oddities: list[Oddity] = []

    def place(self, query: Query) -> str:
        """How a reason names what it is about."""
        return f"the {'fetched answer to' if query.key in self.fetched.values else 'prefetch key'} '{query.key}'"

    def mark(self, query: Query, coverage: Coverage, why: str = "") -> None:
        failed = self.fetched.why.get(query.key)
        if failed:  # then it is not all, whatever it looks like
            coverage, why = min(coverage, Coverage.INCOMPLETE), f"{why}; it could not be fetched: {failed}".lstrip("; ")
        if failed and not query.sources:  # no card depends on it, but what it would have told stays unknown
            self.oddities.append(Oddity(query.key, f"it could not be fetched: {failed}"))
        for source in query.sources:
            self.coverage[source] = coverage
            if why:
                self.why[source] = why

    def take(self, resource: Mapping) -> None:
        """A row; what came under two keys is one, and so are two copies that say the same."""
        self.take_all([(as_text(resource.get("resourceType")), resource)])

    def take_all(self, resources: Iterable[tuple[str, Mapping]]) -> None:
        """The rows of a Bundle, each with its type; without a function for each, as most are: a quarter of the time."""
        known, rows = self._known, self.rows
        for kind, resource in resources:
            identity = resource.get("id")
            if identity and identity.__class__ is str:
                key = kind, identity
                other = known.get(key)
                if other is not None and _say_the_same(other, resource):
                    continue
                known[key] = resource
            rows.append(resource)

    @property
    def subjects(self) -> Subjects:
        return Subjects(self.patient_id, self.patient, self.server, self.urls)

    def provided(self) -> Provided:
        everything = set(self.coverage.values()) <= {Coverage.COMPLETE}
        return Provided(
            self.patient, tuple(self.rows), self.coverage, self.why, tuple(self.oddities), everything,
            self.urls, self.server,
        )  # fmt: skip


def _say_the_same(one: Mapping, other: Mapping) -> bool:
    """Of a resource once sent and once fetched, what its server stamps on it (version, narrative) may differ."""
    return one == other or _unstamped(one) == _unstamped(other)


def _unstamped(resource: Mapping) -> dict:
    return {name: value for name, value in resource.items() if name not in ("meta", "text")}


def gather(
    service: Service,
    prefetch: Mapping,
    patient_id: str,
    fetched: Fetched = NOTHING,
    server: str | None = None,
    drafted: object = None,
) -> Provided:
    """Everything that came, one key at a time, fetched before sent; nothing in it can fail the call.

    `drafted` is the Bundle of the drafts, which may hold what they point to.
    """
    gathering = Gathering(patient_id, fetched, server)
    _take_what_drafts_point_to(drafted, gathering)
    doubtful, keys = _perhaps_not_filled(service, prefetch), {query.key for query in service.queries}
    for query in service.queries:
        if query.key in fetched.values:
            _take(query, fetched.values[query.key], gathering)
        elif query.key in doubtful:
            gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} {NOT_FILLED}")
        elif query.key in prefetch:
            _take(query, prefetch[query.key], gathering)
        else:
            gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} was left out")
    for key, value in prefetch.items():
        if key not in keys:
            _take_beside(value, gathering)
    for key, resource in fetched.values.items():
        if key not in keys:  # not a query's: a reference that was followed
            gathering.take(resource)
    gathering.why |= {reference: why for reference, why in fetched.why.items() if reference not in keys}
    return gathering.provided()


def _take_what_drafts_point_to(bundle: object, gathering: Gathering) -> None:
    for entry in map(as_dict, entries_of(bundle)):
        resource = as_dict(resource_in(entry))
        if resource.get("resourceType") in POINTED_AT:
            _keep_url(entry, resource, gathering)
            if resource["resourceType"] != "Patient":
                gathering.take(resource)


def _take_beside(value: object, gathering: Gathering) -> None:
    """What came under a key of another service, or of the client's own: it is known, and says nothing of the rest."""
    is_bundle = as_dict(value).get("resourceType") == "Bundle"
    for entry in map(as_dict, entries_of(value) if is_bundle else [{"resource": value}]):
        resource = as_dict(resource_in(entry))
        kind = as_text(resource.get("resourceType"))
        if kind in POINTED_AT:
            _keep_url(entry, resource, gathering)
        if kind not in _NO_ROWS:
            gathering.take(resource)


def _keep_url(entry: Mapping, resource: Mapping, gathering: Gathering) -> None:
    if as_text(entry.get("fullUrl")):
        gathering.urls.setdefault(bare_reference(entry["fullUrl"]), resource)


def _perhaps_not_filled(service: Service, prefetch: Mapping) -> frozenset[str]:
    """The keys whose null may mean that the client cannot fill in today's date."""
    dated = [query.key for query in service.queries if query.since] if service.dated else []
    if service.fills_dates or any(prefetch.get(key) for key in dated):
        return frozenset()
    return frozenset(key for key in dated if key in prefetch)


def _take(query: Query, value: object, gathering: Gathering) -> None:
    if value is None:
        gathering.mark(query, Coverage.COMPLETE)
        return
    kind = as_text(as_dict(value).get("resourceType"))
    if kind == "OperationOutcome":
        gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} holds an error (OperationOutcome)")
    elif kind == "Bundle":
        entries = entries_of(value)
        if entries:
            _take_bundle(query, value, entries, gathering)
        else:  # as most of a call's 18: a tenth of the function calls of one that concerns nobody
            gathering.mark(query, *_completeness(gathering, query, value, 0, 0, 0, 0))
    elif R4_KIND.get(kind, kind) == query.resource:
        _take_single(query, value, gathering)
    else:
        said = kind or "something without resourceType"
        gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} holds {said[:40]}")


def _take_single(query: Query, resource: Mapping, gathering: Gathering) -> None:
    if query.resource == "Patient":
        _take_patient(query, resource, gathering)
        return
    # One resource where a Bundle belongs: what it says counts, but it cannot say that there is nothing else.
    gathering.take(resource)
    gathering.mark(query, Coverage.INCOMPLETE, f"{gathering.place(query)} holds one resource, not a Bundle")


def _take_patient(query: Query, resource: Mapping, gathering: Gathering) -> None:
    resource = spelled(resource)
    if not is_this(resource, gathering.patient_id):
        gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} holds another patient")
        return
    gathering.patient = resource
    gathering.mark(query, Coverage.COMPLETE)


def is_this(patient: Mapping, patient_id: str) -> bool:
    """Is it the patient of the call?"""
    return as_text(patient.get("id")).removeprefix("Patient/") == patient_id


def _take_bundle(query: Query, bundle: Mapping, entries: list, gathering: Gathering) -> None:
    found, errors, odd, lost, cut = [], 0, 0, 0, 0
    for index, entry in enumerate(entries):
        # Once for each row of a call, so without a function for each look: half the time of this loop.
        try:
            resource = entry["resource"]
            kind = resource["resourceType"]
        except (TypeError, KeyError):  # it is bent, or there is none
            resource = resource_in(entry)
            kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if kind == "OperationOutcome":
            errors += is_error(resource)
            if is_standing(resource):
                said = "its server says that this client does not see all kinds of such rows"
                gathering.oddities.append(Oddity(query.key, said))
        elif isinstance(kind, str) and kind != "Bundle":
            found.append((kind, resource))
            meta = resource.get("meta")
            if isinstance(meta, dict) and "tag" in meta:
                cut += is_subsetted(resource)
            if kind in POINTED_AT:
                _keep_url(entry, resource, gathering)
        else:
            errors += failed(as_dict(entry))
            odd, lost = odd + 1, lost + (kind == "Bundle" or holds_something(entry))
            gathering.oddities.append(Oddity(f"{query.key}, entry {index + 1}", "no resource in it that can be read"))
    if query.resource == "Patient":
        whole = _completeness(gathering, query, bundle, len(found), errors, odd, cut)
        _take_patients(query, [resource for _, resource in found], whole, gathering)
        return
    gathering.take_all(found)
    if found and not errors and all(map(gathering.subjects.is_foreign, (resource for _, resource in found))):
        said = f"{gathering.place(query)} holds nothing but what is about other patients"
        gathering.mark(query, Coverage.INCOMPLETE, said)
    else:
        if all(R4_KIND.get(kind, kind) not in READ for kind, _ in found):
            # An odd entry costs only itself; where nothing else came, it may be what was asked for, under another name.
            lost = odd + len(found)
        gathering.mark(query, *_completeness(gathering, query, bundle, len(found), errors, lost, cut))


def _take_patients(query: Query, found: list, whole: tuple[Coverage, str], gathering: Gathering) -> None:
    """A Bundle where one resource belongs: the hook's patient, if it is among them."""
    patients = [r for r in found if r.get("resourceType") == "Patient"]
    ours = [p for p in patients if is_this(p, gathering.patient_id)]
    mine = {id(p) for p in ours}  # to compare whole resources with each other would take a time that grows squared
    gathering.oddities += [Oddity(reference_of(p), "another patient: ignored") for p in patients if id(p) not in mine]
    if ours:
        _take_patient(query, ours[0], gathering)
    elif patients:
        gathering.mark(query, Coverage.NOT_PROVIDED, f"{gathering.place(query)} holds another patient")
    else:
        gathering.mark(query, *whole)


def _completeness(
    gathering: Gathering, query: Query, bundle: Mapping, held: int, errors: int, lost: int, cut: int
) -> tuple[Coverage, str]:
    """`lost` are entries that may hold what was asked for and cannot be read; `cut` rows that say so of themselves."""
    if errors:
        said = "holds an error"
    elif lost:
        said = f"holds {lost} entries that cannot be read"
    else:
        said = lacks(bundle, held) or (f"holds {cut} rows that are cut short (SUBSETTED)" if cut else "")
    if said:
        return Coverage.INCOMPLETE, f"the Bundle of {gathering.place(query)} {said}"
    return Coverage.COMPLETE, ""
