"""What the services say of themselves: derived from the cards, so that a prefetch can never lag behind a rule."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cdshooks.chart.chart import Need
from cdshooks.content.library import Library
from cdshooks.errors import CardError
from cdshooks.protocol.queries import query_in
from cdshooks.protocol.tokens import faults
from cdshooks.protocol.tokens.fill import SEPARATORS
from cdshooks.reading.spellings import Version
from cdshooks.rules.cards import Card
from cdshooks.terms.codes import WORDS
from cdshooks.terms.concepts import Concepts

# The releases whose prefetch tokens the templates use: with `today() - N days`, and with tokens of the context only,
# which every released client can fill; and the version of the three hooks.
DATED_VERSION, VERSION, HOOK_VERSION = "3.0.0-ballot", "2.0.0", "1.0"
PATIENT = "{{context.patientId}}"
# What names its drug by code or by reference.
DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration")
LATEST = 100  # rows of what is asked for whatever its codes
# The search parameter that says when it was.
DATED = {"MedicationAdministration": "effective-time", "Encounter": "date"}
STATUSES = {
    # What is over tells how long a drug has been had, and what was not given, why; what was never meant is left out.
    "MedicationRequest": "active,on-hold,completed,stopped,unknown",
    "MedicationStatement": "active,completed,stopped,on-hold,unknown",
    "MedicationDispense": "completed,in-progress,on-hold,stopped,unknown",
    "MedicationAdministration": "completed,in-progress,not-done,on-hold,stopped,unknown",
    "ServiceRequest": "active",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One prefetch template, the sources that it fills, and the resource type that it answers with.

    `since` is what narrows the template to the days that count, for whoever can fill `today()` in.
    `latest`: it asks for the newest rows whatever their codes, and `LATEST` of them are enough.
    """

    key: str
    template: str
    sources: tuple[str, ...]
    resource: str
    since: str = ""
    latest: bool = False

    @property
    def narrow(self) -> str:
        """The template with its window of days: what we ask ourselves."""
        return self.template + self.since


@dataclass(frozen=True)
class Service:
    """One CDS service: a hook, the cards that it may return, and the queries that they need.

    `dated`: its templates have windows of days. `fills_dates`: who calls is known to fill them in.
    """

    id: str
    hook: str
    title: str
    description: str
    usage: str
    queries: tuple[Query, ...]
    cards: tuple[Card, ...]
    fhir_version: Version = Version.R4
    dated: bool = False
    fills_dates: bool = False

    @property
    def version(self) -> str:
        """The release of CDS Hooks that a client must speak to answer the templates."""
        return DATED_VERSION if self.dated else VERSION

    @property
    def prefetch(self) -> dict[str, str]:
        return self.prefetch_in(self.fhir_version)

    def prefetch_in(self, version: Version) -> dict[str, str]:
        """The templates, by the same keys, in a FHIR version; the queries themselves are in R4's words."""
        return {q.key: query_in(q.narrow if self.dated else q.template, version) for q in self.queries}

    def for_client(self, dated: bool | None) -> "Service":
        """The service as a client has it that fills dates in, or does not; None: nothing is known of that."""
        return self if dated is None else replace(self, dated=dated, fills_dates=dated)

    @cached_property
    def versions(self) -> dict[str, str]:
        """The version of each card's content, by topic."""
        return {card.topic: card.page.version for card in self.cards}

    @cached_property
    def may_be_quiet(self) -> frozenset[str]:
        """The topics of the cards that keep quiet periods."""
        return frozenset(card.topic for card in self.cards if card.quiet)

    def as_discovery(self, version: Version | None = None) -> dict:
        """The service's entry in the discovery document; with its templates in a FHIR version other than its own."""
        return {
            "hook": self.hook,
            "title": self.title,
            "description": self.description,
            "id": self.id,
            "prefetch": self.prefetch_in(version or self.fhir_version),
            "usageRequirements": self.usage,
            "version": self.version,
            "hookVersion": HOOK_VERSION,
        }

    def fills(self, source: str) -> bool:
        """Is there a prefetch key for it?"""
        return any(source in query.sources for query in self.queries)

    def beside(self, keys: Collection[str]) -> set[str]:
        """The keys that are worth reading beside others of the same resource type: what no search for codes finds."""
        kinds = {query.resource for query in self.queries if query.key in keys}
        return {query.key for query in self.queries if query.latest and query.resource in kinds}

    def key_of(self, source: str) -> str:
        """The prefetch key that fills a source."""
        return next(query.key for query in self.queries if source in query.sources)


def services(library: Library, settings) -> dict[str, tuple[Service, ...]]:
    """The services by id: one for each hook, or, where a site wants one id, all of them under it.

    Raises CardError where the content leads to a template that CDS Hooks does not allow.
    """
    found: dict[str, tuple[Service, ...]] = {}
    for hook, told in library.hooks.items():
        identity = library.name if settings.one_id else f"{library.name}-{hook}"
        cards = tuple(card for card in library.cards if hook in card.hooks)
        service = Service(
            id=identity,
            hook=hook,
            title=told["title"],
            description=told["description"],
            usage=f"{library.usage} {fetching(settings)}",
            queries=queries(cards, library.concepts),
            cards=cards,
            fhir_version=settings.fhir_version or Version.R4,
            dated=settings.dated_prefetch and not settings.plain_prefetch,
        )
        found[identity] = (*found.get(identity, ()), service)
    every = [s.for_client(dated) for group in found.values() for s in group for dated in (False, True)]
    wrong = dict.fromkeys(f"{s.id}, {fault}" for s in every for fault in faults(s.prefetch, s.hook))
    if wrong:
        raise CardError(*wrong)
    return found


def fetching(settings) -> str:
    """What is fetched and what follows when it cannot be, as discovery says it."""
    if not settings.fhir_servers and settings.clients is None:
        return "Nothing is fetched from a FHIR server."
    return (
        "What an open decision lacks, or holds only in part, is fetched from fhirServer with the token of the request: "
        f"from the servers that this service was told to trust, {settings.fetch_deadline_ms} ms for all queries "
        "together, pages followed. What cannot be fetched counts as left out, and the answer says why."
    )


def queries(cards: Iterable[Card], concepts: Concepts) -> tuple[Query, ...]:
    """The prefetch of some cards: per source the widest window, codes joined, as few searches as that allows."""
    widest = _widest(need for card in cards for need in card.needs())
    found = [Query("patient", f"Patient/{PATIENT}", ("Patient",), "Patient")]
    found += _whole("conditions", "Condition", widest)
    found += _coded("procedures", "Procedure", {s: None for s in widest if s.startswith("Procedure:")}, concepts)
    found += _whole("medication_requests", "MedicationRequest", widest)
    found += _whole("medication_statements", "MedicationStatement", widest)
    found += _whole("medication_dispenses", "MedicationDispense", widest)
    found += _whole("medication_administrations", "MedicationAdministration", widest)
    found += _whole("service_requests", "ServiceRequest", widest)
    found += _whole("allergies", "AllergyIntolerance", widest)
    found += _whole("family_history", "FamilyMemberHistory", widest)
    found += _whole("encounters", "Encounter", widest)
    results = {source: days for source, days in widest.items() if source.startswith("Observation:")}
    found += _coded("results", "Observation", {s: d for s, d in results.items() if d is None}, concepts)
    found += _coded("recent_results", "Observation", {s: d for s, d in results.items() if d is not None}, concepts)
    return (*found, *_beside(found))


def _beside(queries: Iterable[Query]) -> Iterable[Query]:
    """Queries that no card depends on: a client that refuses one, or cannot answer it, loses nothing else.

    The drugs that orders point to; and, whatever their codes, the latest results and procedures: what is coded
    otherwise than we know would never come by a search for codes.
    """
    kinds = {query.resource for query in queries}
    for query in queries:
        if query.resource in DRUGS:
            template = f"{query.template}&_include={query.resource}:medication"
            yield replace(query, key=f"{query.key}_with_drugs", template=template, sources=())
    if "Observation" in kinds:
        template = f"Observation?patient={PATIENT}&category=laboratory&_sort=-date&_count={LATEST}"
        yield Query("latest_results", template, (), "Observation", latest=True)
    if "Procedure" in kinds:
        template = f"Procedure?patient={PATIENT}&_sort=-date&_count={LATEST}"
        yield Query("latest_procedures", template, (), "Procedure", latest=True)


def _widest(needs: Iterable[Need]) -> dict[str, int | None]:
    """Source -> days; None (no limit) is wider than any number."""
    widest: dict[str, int | None] = {}
    for need in needs:
        known = widest.get(need.source, 0)
        widest[need.source] = None if known is None or need.days is None else max(known, need.days)
    return dict(sorted(widest.items()))


def _whole(key: str, resource: str, widest: Mapping[str, int | None]) -> list[Query]:
    """All resources of a type: where codes cannot narrow the search without losing what has none."""
    if resource not in widest:
        return []
    status = f"&status={STATUSES[resource]}" if resource in STATUSES else ""
    days = widest[resource]
    since = f"&{DATED[resource]}=ge{{{{today() - {days} days}}}}" if days is not None else ""
    return [Query(key, f"{resource}?patient={PATIENT}{status}", (resource,), resource, since)]


def escaped_value(code: str) -> str:
    """A code as one value of a search: what separates values there is written with a backslash."""
    return SEPARATORS.sub(r"\\\g<0>", code)


def _is_of_diagnoses(system: str, concepts: Concepts) -> bool:
    known = concepts.systems.of(system)
    return known is not None and known.diagnoses_only


def _coded(key: str, resource: str, sources: Mapping[str, int | None], concepts: Concepts) -> list[Query]:
    """A search by the joined codes of several concepts, as far back as the widest of their windows."""
    if not sources:
        return []
    codes = [code for source in sources for code in concepts.by_name[source.partition(":")[2]].codes]
    codes = [code for code in codes if code.system != WORDS]  # words cannot be searched for
    if resource == "Procedure":
        codes = [code for code in codes if not _is_of_diagnoses(code.system, concepts)]
    tokens = dict.fromkeys(f"{code.system}|{escaped_value(code.code)}" for code in codes)
    days = max((d for d in sources.values() if d is not None), default=None)
    since = f"&date=ge{{{{today() - {days} days}}}}" if days is not None else ""
    return [Query(key, f"{resource}?patient={PATIENT}&code={','.join(tokens)}", tuple(sources), resource, since)]
