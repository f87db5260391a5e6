"""The resources of files: Bundles, lists, single resources, hook requests, NDJSON; plain or gzipped; line by line."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from cdshooks.errors import BadInput, BadJson
from cdshooks.feed.sniff import Holds, files_below, holds, is_hidden
from cdshooks.protocol.wire import BOM, GZIP_MAGIC, LARGEST, decode, read_at_most

Tell = Callable[[str], None]
_TOO_LARGE = "is larger than {} bytes, and is passed over"


def files_of(place: Path, tell: Tell = lambda _: None) -> list[Path]:
    """The file itself, or all below a folder that hold FHIR JSON, by name; `tell` hears which cannot be read."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise BadInput(f"{place}: there is no such file or folder; name one, or the URL of a FHIR server")
    seen = [path for path in files_below(place) if not is_hidden(path.relative_to(place))]
    kinds = {path: holds(path) for path in seen}
    for path in (path for path, kind in kinds.items() if kind is Holds.UNKNOWN):
        tell(f"{path}: is neither NDJSON nor JSON, and is passed over")
    found = [path for path, kind in kinds.items() if kind in (Holds.ROWS, Holds.RECORD)]
    if not found:
        raise BadInput(f"{place}: holds no FHIR JSON, neither as NDJSON nor as Bundles (plain or .gz)")
    return found


def resources_of(path: Path, tell: Tell) -> Iterator[Mapping]:
    """Every resource in a file; what cannot be read is told and passed over."""
    try:
        with _opened(path) as body:
            yield from _lines(body, path, tell) if holds(path) is Holds.ROWS else _whole(body, path, tell)
    except (OSError, EOFError, zlib.error) as fault:
        tell(f"{path}: cannot be read ({getattr(fault, 'strerror', None) or 'broken gzip'})")


def _opened(path: Path):
    """The file as bytes; how it is packed is told by its first bytes, not by its name."""
    with path.open("rb") as raw:
        packed = raw.read(2) == GZIP_MAGIC
    return gzip.open(path) if packed else path.open("rb")


def _whole(body, path: Path, tell: Tell) -> Iterator[Mapping]:
    if len(text := read_at_most(body, LARGEST + 1)) > LARGEST:
        tell(f"{path}: {_TOO_LARGE.format(LARGEST)}; give it line by line (NDJSON)")
    else:
        yield from resources_in_text(text, path, tell)


def resources_in_text(text: bytes, name: object, tell: Tell) -> Iterator[Mapping]:
    """Every resource in a JSON text, or in its lines; `name` is what it is called where something is told of it."""
    try:
        yield from resources_in(decode(text.removeprefix(BOM)))
    except BadJson:  # perhaps NDJSON under another name
        yield from _lines(io.BytesIO(text), name, tell)


def _lines(body, name: object, tell: Tell) -> Iterator[Mapping]:
    number = 0
    while line := body.readline(LARGEST):
        number += 1
        if len(line) == LARGEST and not line.endswith(b"\n"):
            while (rest := body.readline(LARGEST)) and not rest.endswith(b"\n"):
                pass
            tell(f"{name}, line {number}: {_TOO_LARGE.format(LARGEST)}")
            continue
        if not line.strip():
            continue
        try:
            yield from resources_in(decode(line.removeprefix(BOM)))
        except BadJson:
            tell(f"{name}, line {number}: is not JSON, and is passed over")


def resources_in(body: object) -> Iterator[Mapping]:
    """The resources of a Bundle, a list, a hook request with its prefetch and drafts, or the resource itself."""
    if isinstance(body, list):
        for row in body:
            yield from resources_in(row)
    elif not isinstance(body, dict):
        return
    elif body.get("resourceType") == "Bundle":
        entries = body.get("entry")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield from resources_in(entry.get("resource"))
    elif isinstance(body.get("resourceType"), str):
        yield body
    elif isinstance(body.get("prefetch"), dict):
        for value in body["prefetch"].values():
            yield from resources_in(value)
        context = body.get("context")
        yield from resources_in(context.get("draftOrders") if isinstance(context, dict) else None)
