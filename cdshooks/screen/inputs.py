"""What a register is made of on disk: NDJSON files, and files with one patient's Bundle each; plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.protocol.wire import GZIP_MAGIC

NDJSON = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
BUNDLE = (".json", ".json.gz")
NOT_PATIENTS = ("truth.ndjson",)
INCOMPLETE = ".incomplete"  # lies in a folder into which an export is still being fetched
BLANK = b" \t\r\n\xef\xbb\xbf"  # also the mark with which some programs begin a text in UTF-8
BLOCK = 1 << 18  # bytes that are read at once
LONGEST = 64_000_000  # bytes of one line; a resource longer than that is told and skipped


@dataclass(frozen=True)
class Register:
    """The files of a register, in the order of their names."""

    ndjson: tuple[Path, ...]
    bundles: tuple[Path, ...]

    @property
    def size(self) -> int:
        return sum(path.stat().st_size for path in (*self.ndjson, *self.bundles))


def register(place: Path) -> Register:
    """A file, or all files below a folder. Raises BadInput where there is nothing that can be screened."""
    if not place.exists():
        raise BadInput(f"{place}: there is no such file or folder")
    files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
    half = next((p for p in files if p.name == INCOMPLETE), None)
    if half:
        raise BadInput(f"{half.parent}: an export is not all here; run `cdshooks bulk` for it again")
    files = [p for p in files if p.name not in NOT_PATIENTS and not _is_hidden(p.relative_to(place))]
    ndjson = tuple(p for p in files if p.name.casefold().endswith(NDJSON))
    bundles = tuple(p for p in files if p.name.casefold().endswith(BUNDLE))
    if not ndjson and not bundles:
        raise BadInput(f"{place}: holds no .ndjson and no .json file (or .gz of them); name a register")
    return Register(ndjson, bundles)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


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
