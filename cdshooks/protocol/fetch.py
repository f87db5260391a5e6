"""Fetches from the client's FHIR server what the prefetch lacks: in parallel, within one budget, with its token."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Lock

from cdshooks.errors import BadJson
from cdshooks.protocol import wire
from cdshooks.protocol.authorization import FhirAuthorization, unusable
from cdshooks.protocol.dialect import Dialects, resources_in
from cdshooks.protocol.discovery import LATEST, Query, Service
from cdshooks.protocol.fetched import NOTHING, Fetch, Fetched
from cdshooks.protocol.measure import Limits, values_in
from cdshooks.protocol.pages import Ask, Read, doubted, escaped, merged, next_page, read_all, read_one
from cdshooks.protocol.prefetch import is_this
from cdshooks.protocol.queries import query_in
from cdshooks.protocol.request import HookRequest
from cdshooks.protocol.tokens import resolve
from cdshooks.reach.budget import Budget
from cdshooks.reach.failure import Failure, Kind, of_status
from cdshooks.reach.get import Reach, Reply
from cdshooks.reach.urls import base_url, is_below
from cdshooks.reading.read import as_dict
from cdshooks.reading.shapes import version_by_shape
from cdshooks.reading.spellings import Version
from cdshooks.reading.subjects import Subjects, bare_reference
from cdshooks.terms.dates import Clock

FHIR = "application/fhir+json"
MEDIA_TYPES = {FHIR, "application/json", "application/json+fhir", "text/json"}
PAGE = "_count=200"  # a wish: fewer pages, fewer round trips
ANSWERS = 4  # how many answers of the largest size one call may take in all
THREADS = 64
MEDICATION = re.compile(r"Medication/[A-Za-z0-9.-]{1,64}")
MOST_REFERENCES = 20  # of one call
TOO_LONG = 414
GRACE = 0.03  # seconds for a read that ends with the deadline to hand over what it has
STATUSES = {
    401: "does not accept the access token of the request (401)",
    403: "does not allow this to be read (403)",
    404: "has nothing at this address (404)",
    410: "has this no longer (410)",
    429: "is asked too often (429)",
}


class Bearer:
    """Puts the token on one request, and shows it to nobody."""

    def __init__(self, authorization: FhirAuthorization):
        self._authorization = authorization

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._authorization.access_token}"
        return request

    def __repr__(self):
        return "Bearer(...)"


class Fetcher:
    """Reads for all calls: one `reach`, one pool of threads, made at the first use, so after workers are forked."""

    def __init__(self, reach: Reach, seconds: float, most_bytes: int, most_values: int = Limits().values // ANSWERS):
        self.reach, self.seconds, self.most_bytes, self.most_values = reach, seconds, most_bytes, most_values
        self.dialects = Dialects()
        self._pool, self._owner, self._lock = None, 0, Lock()

    def start(
        self,
        allowed: Iterable[str],
        service: Service,
        request: HookRequest,
        clock: Clock,
        version: Version | None = None,
    ) -> Fetch:
        """What fetches keys for this one call, all of them within one budget that begins now.

        `allowed` are the base addresses of the servers that may be called, as `reach.urls.base_url` writes them.
        `version` is the FHIR version in which they are asked; None: as the server itself says, or what was sent tells.
        """
        if request.fhir_server is None:
            return lambda keys: NOTHING
        refusal = _refusal(frozenset(allowed), request)
        if refusal:
            return lambda keys: Fetched(why=dict.fromkeys(keys, refusal))
        budget = Budget(self.seconds, self.most_bytes, ANSWERS * self.most_bytes)
        return _OneCall(self, service, request, clock, version, budget).fetch

    def threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None or self._owner != os.getpid():
                self._pool, self._owner = ThreadPoolExecutor(THREADS, "fetch"), os.getpid()
            return self._pool


class _OneCall:
    """What one call reads, in the FHIR version of its server, within the budget that began with it."""

    def __init__(self, fetcher: Fetcher, service: Service, request: HookRequest, clock: Clock, version, budget: Budget):
        self.fetcher, self.service, self.request, self.clock = fetcher, service, request, clock
        self.configured, self.budget = version, budget
        self.base = base_url(request.fhir_server)
        self.auth = Bearer(request.authorization) if request.authorization else None
        self.questions: list[Future] = []

    def fetch(self, keys: Collection[str]) -> Fetched:
        dialects = self.fetcher.dialects
        if self.configured is None and not self.questions:
            submit = self.fetcher.threads().submit
            question = dialects.question(self.base, lambda: submit(dialects.ask, self.base, self._ask))
            self.questions += [question] if question else []
        assumed = self._said() or version_by_shape(self.request.drafts or (), resources_in(self.request.prefetch))
        fetched = self._read(keys, assumed)
        # Asked beside the first reads, so that it costs no time where it says what was assumed; a server that is slow
        # to say it must not cost what the cards still need.
        for answered in wait(self.questions, timeout=self.budget.left() / 2).done:
            answered.result()
        said = self._said()
        if said and _asks_otherwise(self.service, keys, assumed, said):
            fetched = self._read(keys, said)
        return replace(fetched, version=said)

    def _ask(self, url: str) -> Mapping:
        if not is_below(self.base, url):  # whatever led there: the token is lent for this server only
            raise Failure(Kind.ADDRESS, "was to be asked outside its base address")
        reply = self.fetcher.reach.get(url, FHIR, self.budget, self.auth)
        address, asked, parameters = url.partition("?")
        # A query too long for this server: the same one, as FHIR lets it be posted.
        if reply.status == TOO_LONG and asked and address.rpartition("/")[0] == self.base:
            reply = self.fetcher.reach.get(f"{address}/_search", FHIR, self.budget, self.auth, form=parameters)
        return resource_of(reply, self.fetcher.most_values)

    def _said(self) -> Version | None:
        return self.configured or self.fetcher.dialects.of(self.base)

    def _read(self, keys: Collection[str], version: Version) -> Fetched:
        reads: dict[Query | str, Future] = {}
        for query in self.service.queries:
            if query.key in keys:
                reads[query] = self.fetcher.threads().submit(
                    _read, query, self._ask, self.base, self.request, self.clock, version
                )
        known = {query.key for query in self.service.queries}
        for reference in sorted(set(keys) - known)[:MOST_REFERENCES]:
            path = path_below(self.base, reference)
            if path:
                reads[reference] = self.fetcher.threads().submit(_follow, path, self._ask, self.base)
        wait(reads.values(), timeout=self.budget.left() + GRACE)
        done = {getattr(asked, "key", asked): _result(future, self.budget) for asked, future in reads.items()}
        return Fetched(
            {key: read.value for key, read in done.items() if read.value is not None},
            {key: read.why for key, read in done.items() if read.why},
        )


def _refusal(allowed: frozenset[str], request: HookRequest) -> str:
    """Why nothing at all is fetched for this request; empty where it may be."""
    try:
        base = base_url(request.fhir_server)
    except ValueError:
        return "the fhirServer of the request is no address that can be called"
    if base not in allowed:
        return "the fhirServer of the request is not among the servers that this service may call"
    return unusable(request.authorization, request.patient_id)


def _asks_otherwise(service: Service, keys: Collection[str], assumed: Version, said: Version) -> bool:
    """Would any of these queries be another one in the version that the server speaks?"""
    templates = [query.narrow for query in service.queries if query.key in keys]
    return any(query_in(template, assumed) != query_in(template, said) for template in templates)


def _read(query: Query, ask: Ask, base: str, request: HookRequest, clock: Clock, version: Version) -> Read:
    """One key: from the page on that the prefetch ends with, else from the beginning."""
    resolved = resolve(query_in(query.narrow, version), request.context, clock.today)
    if resolved.query is None:
        return Read(None, f"the query cannot be made: {resolved.because}")
    url = escaped(f"{base}/{resolved.query}")
    if "?" not in resolved.query:
        return _told(read_one(ask, url, query.resource))
    if query.latest:  # its template says how many rows are wanted
        return _told(read_all(ask, url, base, enough=LATEST))
    held = as_dict(request.prefetch.get(query.key))
    held = held if held.get("resourceType") == "Bundle" else None
    following = next_page(held, f"{base}/", base)[0] if held else ""
    sent = (as_dict(value) for value in request.prefetch.values())
    patients = (value for value in sent if value.get("resourceType") == "Patient")
    patient = next((each for each in patients if is_this(each, request.patient_id)), None)
    subjects = Subjects(request.patient_id, patient, request.fhir_server, {})
    if following:
        return _told(doubted(read_all(ask, following, base, held), subjects))
    read = doubted(read_all(ask, f"{url}&{PAGE}", base), subjects)
    if read.value and read.why and held:  # half an answer must not displace what was sent
        read = Read(merged([read.value, held], finished=False), read.why)
    return _told(read)


def path_below(base: str, reference: str) -> str:
    """`Medication/id`, where a reference names one on this server; else empty.

    >>> path_below("https://ehr.example/fhir", "https://ehr.example/fhir/Medication/7/_history/2")
    'Medication/7'
    """
    bare = bare_reference(reference)
    path = bare.removeprefix(f"{base}/")
    return path if MEDICATION.fullmatch(path) else ""


def _follow(path: str, ask: Ask, base: str) -> Read:
    """One Medication that an order points to."""
    return _told(read_one(ask, f"{base}/{path}", "Medication"))


def _told(read: Read) -> Read:
    return Read(read.value, f"the FHIR server {read.why}") if read.why else read


def _result(future, budget: Budget) -> Read:
    if not future.done():
        future.cancel()
        return _told(Read(None, budget.timeout().says))
    return future.result()


def resource_of(reply: Reply, most_values: int) -> Mapping:
    """The resource in an answer; raises Failure where there is none."""
    kind = of_status(reply.status)
    if reply.status != 200:
        raise Failure(kind, STATUSES.get(reply.status) or _by_class(reply.status))
    if reply.media_type not in MEDIA_TYPES:
        raise Failure(kind, "answers with something else than FHIR JSON")
    if values_in(reply.body) > most_values:
        raise Failure(Kind.TOO_LARGE, "answers more than this service takes")
    try:
        resource = wire.decode(reply.body)
    except BadJson:
        raise Failure(kind, "answers with JSON that cannot be read") from None
    if not isinstance(resource, dict):
        raise Failure(kind, "answers with JSON that is no resource")
    return resource


def _by_class(status: int) -> str:
    if 300 <= status < 400:
        return f"points elsewhere, which is not followed ({status})"
    if 400 <= status < 500:
        return f"does not understand the query ({status})"
    return f"fails ({status})" if status >= 500 else f"answers without a resource ({status})"
