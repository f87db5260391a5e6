"""The resources of a FHIR server, type by type and page by page; the address that is given is the one that is asked."""

from collections.abc import Callable, Iterator, Mapping

from requests.auth import AuthBase

from cdshooks.errors import BadInput, ServerUnreachable
from cdshooks.protocol.fetch import FHIR, resource_of
from cdshooks.protocol.pages import next_page
from cdshooks.reach.budget import Budget
from cdshooks.reach.failure import Failure, Kind
from cdshooks.reach.get import Reach
from cdshooks.reach.urls import base_url

# Medications first, for what points to them.
TYPES = (
    "Medication", "Patient", "Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement",
    "MedicationAdministration", "MedicationDispense", "AllergyIntolerance", "FamilyMemberHistory", "Encounter",
)  # fmt: skip
SECONDS, PAGE_BYTES = 60.0, 50_000_000
PER_PAGE = 200
MOST_VALUES = 5_000_000  # JSON values on a page


class Bearer(AuthBase):
    """Puts an access token on a request, and shows it to nobody."""

    def __init__(self, token: str):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self):
        return "Bearer(...)"


def resources_at(url: str, reach: Reach, tell: Callable[[str], None], token: str | None = None) -> Iterator[Mapping]:
    """Every resource of the types that cards read; a type that cannot be searched is told and passed over."""
    try:
        base = base_url(url)
    except ValueError as fault:
        raise BadInput(f"{url}: {fault}") from None
    auth, answered = Bearer(token) if token else None, 0
    for kind in TYPES:
        try:
            for page in _pages(base, f"{kind}?_count={PER_PAGE}", reach, auth):
                answered += 1
                for entry in page.get("entry", ()):
                    row = entry.get("resource") if isinstance(entry, dict) else None
                    if isinstance(row, dict) and isinstance(row.get("resourceType"), str):
                        yield row
        except Failure as failure:
            tell(f"{kind}: the FHIR server {failure.says}; what it has of this type is not all in the survey")
    if not answered:
        raise ServerUnreachable(f"{base}: answered no search; check the address, and what may be read there")


def _pages(base: str, query: str, reach: Reach, auth) -> Iterator[Mapping]:
    url = f"{base}/{query}"
    seen: set[str] = set()
    while url and url not in seen:
        seen.add(url)
        page = resource_of(reach.get(url, FHIR, Budget(SECONDS, PAGE_BYTES, PAGE_BYTES), auth), MOST_VALUES)
        yield page
        url, why = next_page(page, url, base)
        if why:
            raise Failure(Kind.STATUS_OTHER, why)
