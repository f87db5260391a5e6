"""What a register is made of on disk: files of lines, and files with a Bundle each; plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.feed.sniff import BLANK, Holds, files_below, holds, is_hidden
from cdshooks.protocol.wire import GZIP_MAGIC

INCOMPLETE = ".incomplete"  # lies in a folder into which an export is still being fetched
BLOCK = 1 << 17  # bytes that are read at once; with twice as many parting took 3 to 10 % longer
LONGEST = 64_000_000  # bytes of one line; a resource longer than that is told and skipped


@dataclass(frozen=True)
class Register:
    """The files of a register, in the order of their names; `unread` are those that may hold rows, and which nobody
    here can read.
    """

    ndjson: tuple[Path, ...]
    bundles: tuple[Path, ...]
    unread: tuple[Path, ...] = ()

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in (*self.ndjson, *self.bundles))


def register(place: Path) -> Register:
    """A file, or all files below a folder. Raises BadInput where there is nothing that can be screened."""
    if not place.exists():
        raise BadInput(f"{place}: there is no such file or folder")
    files = files_below(place) if place.is_dir() else [place]
    half = next((p for p in files if p.name == INCOMPLETE), None)
    if half:
        raise BadInput(f"{half.parent}: an export is not all here; run `cdshooks bulk` for it again")
    found: dict[Holds, list[Path]] = {kind: [] for kind in Holds}
    for path in files:
        if not is_hidden(path.relative_to(place)):
            found[holds(path)].append(path)
    if not found[Holds.ROWS] and not found[Holds.RECORD]:
        raise BadInput(f"{place}: holds no FHIR JSON, neither as NDJSON nor as Bundles (plain or .gz); name a register")
    return Register(*(tuple(found[kind]) for kind in (Holds.ROWS, Holds.RECORD, Holds.UNKNOWN)))


class BrokenOff(Exception):
    """A file cannot be read to its end; says why."""


def lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """(number, line) of an NDJSON file without blank ones; None for a line that is too long to be a resource.

    Raises BrokenOff, after the lines that could be read.
    """
    for first, block in blocks(path):
        for number, line in enumerate(block, first):
            if line is None or (line := line.strip(BLANK)):
                yield number, line


def blocks(path: Path) -> Iterator[tuple[int, list[bytes | None]]]:
    """(number of the first, lines) as they lie in the file; many at once, for to ask for each costs as much again."""
    number, begun = 1, [b""]  # of a line whose end was not read yet; nothing where it is too long
    try:
        with opened(path) as file:
            while chunk := file.read1(BLOCK):
                first, *more = chunk.split(b"\n")
                begun = [*begun, first] if begun else []
                if more:
                    yield number, [_whole(begun), *more[:-1]]
                    number, begun = number + len(more), [more[-1]]
                elif sum(map(len, begun)) >= LONGEST:
                    begun = []
    except (OSError, EOFError, zlib.error):
        raise BrokenOff(f"after line {number - 1}") from None
    if begun != [b""]:
        yield number, [_whole(begun)]


def _whole(parts: list[bytes]) -> bytes | None:
    return b"".join(parts) if parts else None


def opened(path: Path):
    """The file, unpacked while it is read; how it is packed is told by its first bytes."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    return gzip.open(path, "rb") if packed else path.open("rb", buffering=1 << 20)
