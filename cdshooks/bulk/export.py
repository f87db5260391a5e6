"""An export from kick-off to manifest: asked for once, then asked after until the server has made its files."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin

from cdshooks.bulk.server import GONE, LONGEST_PAUSE, Server, waiting
from cdshooks.bulk.words import explained, object_in
from cdshooks.errors import BadInput, ServerUnreachable, TookTooLong

KICK_OFF = {"Accept": "application/fhir+json", "Prefer": "respond-async"}
MANIFEST = {"Accept": "application/json"}
MOST_PAGES = 1000
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,60}").fullmatch


LISTS = ("output", "error", "deleted")


@dataclass(frozen=True)
class File:
    """A file of an export: resources of one type, a line each; `count` where the server says how many."""

    kind: str
    url: str
    count: int | None


@dataclass(frozen=True)
class Manifest:
    """What the server has made. `errors` are files of OperationOutcomes: what is not in the export, and why."""

    files: tuple[File, ...]
    errors: tuple[File, ...]
    with_token: bool | None  # whether they need the token; None: not said
    deleted: bool = False  # whether it names what is gone since an earlier export


def kick_off(server: Server, group: str | None, everything: bool, kinds: Iterable[str]) -> str:
    """Asks for the export; the URL at which it can be asked after."""
    at = "" if everything else f"Group/{quote(group, safe='')}/" if group else "Patient/"
    query = urlencode({"_type": ",".join(kinds)}, safe=",")
    answer = server.ask(f"{server.base}/{at}$export?{query}", KICK_OFF)
    place = answer.headers.get("content-location")
    if answer.status != 202 or not place:
        lacks = "; it names no Content-Location" if answer.status == 202 else ""
        look = "look whether this is its base address, and whether it exports so (--everything, --group, --types)"
        why = f"{explained(answer)}{lacks}; {look}"
        raise ServerUnreachable(f"{server.base}/{at}$export: the server starts no export: {why}")
    status = urljoin(f"{server.base}/", place)
    server.check(status)
    return status


class ExportGone(Exception):
    """The server does not know the export any more."""


class ExportFailed(ServerUnreachable):
    """The server could not make the export; asked again it would say the same."""


def all_pages(server: Server, status: str, tell: Callable[[str], None], longest: float) -> Mapping:
    """The manifest with what stands on its further pages. Raises what `wait_for` raises."""
    told = page = wait_for(server, status, tell, longest)
    for _ in range(MOST_PAGES):
        place = _next(page)
        if place is None:
            return told
        page = wait_for(server, urljoin(status, place), tell, longest)
        told = {**told, **{name: _list(told, name) + _list(page, name) for name in LISTS}}
    raise ServerUnreachable(f"{server.base}: the export's manifest has more than {MOST_PAGES} pages; ask for less")


def _next(page: Mapping) -> str | None:
    links = [link for link in _list(page, "link") if isinstance(link, dict) and link.get("relation") == "next"]
    return str(links[0].get("url")) if links else None


def _list(told: Mapping, name: str) -> list:
    return told[name] if isinstance(told.get(name), list) else []


def wait_for(server: Server, status: str, tell: Callable[[str], None], longest: float) -> Mapping:
    """The manifest as the server wrote it; raises ExportGone, or TookTooLong after `longest` seconds."""
    waited, otherwise = 0.0, 1.0
    while True:
        answer = server.ask(status, MANIFEST)
        if answer.status in GONE:
            raise ExportGone
        if answer.status == 200:
            return object_in(answer.body)
        if answer.status != 202:
            again = "run the same command again to ask for it anew"
            raise ExportFailed(f"{server.base}: the export failed: {explained(answer)}; {again}")
        if waited > longest:
            after = f"{waited / 3600:.1f} hours"
            raise TookTooLong(f"{server.base}: the export is not ready after {after}; run the same again later")
        pause = max(1.0, waiting(answer, otherwise))
        told = re.sub(r"[^ -~]", " ", answer.headers.get("x-progress", ""))[:60]
        tell(f"the server is at work{f' ({told})' if told else ''}; asking again in {pause:.0f} s")
        server.pause(pause)
        waited, otherwise = waited + pause, min(otherwise * 2, LONGEST_PAUSE / 4)


def read_manifest(server: Server, told: Mapping) -> Manifest:
    """The manifest checked; raises BadInput with every fault."""
    if not isinstance(told.get("output"), list):
        raise BadInput(f"{server.base}: the export's manifest has no list `output`; it cannot be fetched")
    faults: list[str] = []
    files = tuple(_files(server, told["output"], "output", faults))
    errors = tuple(_files(server, told.get("error") or [], "error", faults))
    if faults:
        raise BadInput(*faults[:20])
    if not files:
        raise BadInput(f"{server.base}: the export is empty; look at the group, the types, and what we may read there")
    needed = told.get("requiresAccessToken")
    return Manifest(files, errors, needed if isinstance(needed, bool) else None, bool(told.get("deleted")))


def _files(server: Server, rows: object, where: str, faults: list[str]):
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        row = row if isinstance(row, dict) else {}
        kind, count = row.get("type", "OperationOutcome" if where == "error" else None), row.get("count")
        try:
            server.check(row.get("url"))
        except BadInput as fault:
            faults.append(f"{where}[{number}]: {fault}")
            continue
        if not isinstance(kind, str) or not _TYPE(kind):
            faults.append(f"{where}[{number}]: names no type of resource")
            continue
        yield File(kind, row["url"], count if isinstance(count, int) else None)
