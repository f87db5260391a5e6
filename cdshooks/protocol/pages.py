"""One FHIR query answered whole: the pages of a searchset are followed while they stay with their server and end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from cdshooks.protocol.envelope import entries_of, is_subsetted, resource_in
from cdshooks.reach.failure import Failure
from cdshooks.reach.urls import is_below
from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.reading.subjects import Subjects

MOST_PAGES, MOST_ENTRIES = 25, 10_000
LONGEST_LINK = 8_000  # characters
Ask = Callable[[str], Mapping]
_RESERVED = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Read:
    """What a query gave: a resource or Bundle, None where nothing came; and, where it is not all, why.

    `why` goes on after "the FHIR server ...".
    """

    value: Mapping | None
    why: str = ""


def read_one(ask: Ask, url: str, resource: str) -> Read:
    """A single resource of this type."""
    try:
        found = ask(url)
    except Failure as failure:
        return Read(None, failure.says)
    kind = _kind(found)
    return Read(found) if kind == resource else Read(None, f"answers with {kind} instead of {resource}")


def read_all(ask: Ask, url: str, base: str, first: Mapping | None = None, enough: int | None = None) -> Read:
    """A searchset with all its pages, all of them below `base`, the server's base address.

    `first` is a page that is there already, and `url` the address of the next. With `enough` entries no page more is
    asked for.
    """
    pages, seen, why = [first] if first else [], set(), ""
    while url and not why and not (enough and _entries(pages) >= enough):
        why = _limits(url, seen, pages)
        if why:
            break
        seen.add(url)
        try:
            page = ask(url)
        except Failure as failure:
            why = failure.says
            break
        if _kind(page) != "Bundle":
            why = f"answers with {_kind(page)} instead of a Bundle"
            break
        pages.append(page)
        url, why = next_page(page, url, base)
    return Read(merged(pages, finished=not (why or url)) if pages else None, why)


def doubted(read: Read, subjects: Subjects) -> Read:
    """The same, with a reason where its rows show that it cannot be all that was asked for about this patient."""
    if read.value is None or read.why:
        return read
    rows = [as_dict(resource_in(entry)) for entry in entries_of(read.value)]
    if not all(as_text(row.get("resourceType")) for row in rows):
        return Read(read.value, "answers with entries that hold no resource")
    if rows and all(subjects.is_foreign(row) for row in rows):
        return Read(read.value, "answers with nothing but what is about other patients")
    return read


def next_page(page: Mapping, at: str, base: str) -> tuple[str, str]:
    """The address of the next page, empty at the end; and why it is not followed, where it leads elsewhere."""
    told = page.get("link")
    links = [as_text(link.get("url")) for link in map(as_dict, as_list(told) or [told]) if _is_next(link)]
    if not links:
        return "", ""
    try:
        url = escaped(urljoin(at, links[0])) if len(links[0]) <= LONGEST_LINK else ""
    except ValueError:
        url = ""  # no address at all: told like one that leads elsewhere
    if is_below(base, url):
        return url, ""
    return "", "names a place outside its base address for the next page, which is not asked"


def merged(pages: Iterable[Mapping], finished: bool) -> Mapping:
    """The pages as one Bundle, each resource once; not finished, it keeps a link to a next page."""
    pages = list(pages)
    entries: dict[object, object] = {}
    for page in pages:
        for entry in entries_of(page):
            entries.setdefault(_identity(entry), entry)
    links = [] if finished else [{"relation": "next"}]
    # What any page says against itself holds for all.
    issued = next(({"issues": page["issues"]} for page in pages if page.get("issues")), {})
    cut = next(({"meta": page["meta"]} for page in pages if is_subsetted(page)), {})
    return {**pages[0], **issued, **cut, "link": links, "entry": list(entries.values())}


def escaped(url: str) -> str:
    """The URL as it may be sent; what is escaped already stays as it is."""
    return quote(url, _RESERVED)


def _limits(url: str, seen: set[str], pages: list[Mapping]) -> str:
    if url in seen:
        return "leads in a circle from page to page"
    if len(pages) >= MOST_PAGES:
        return f"answers in more than {MOST_PAGES} pages"
    if _entries(pages) >= MOST_ENTRIES:
        return f"answers with more than {MOST_ENTRIES} entries"
    return ""


def _entries(pages: Iterable[Mapping]) -> int:
    return sum(len(entries_of(page)) for page in pages)


def _kind(resource: Mapping) -> str:
    return as_text(resource.get("resourceType"))[:40] or "something without resourceType"


def _is_next(link: Mapping) -> bool:
    return link.get("relation") == "next"


def _identity(entry: object) -> object:
    """What makes two entries the same: type and id of the resource; what has none is itself only."""
    resource = as_dict(resource_in(entry))
    identity = as_text(resource.get("id"))
    return (as_text(resource.get("resourceType")), identity) if identity else id(entry)
