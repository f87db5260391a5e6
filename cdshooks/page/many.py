"""Many patients: those of a folder, of NDJSON, of a register, or the bundled ones; each opened when it is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from cdshooks.ehr import shelf
from cdshooks.ehr.patients import Record, last_day, open_record, read_record
from cdshooks.ehr.shift import shift_record
from cdshooks.errors import CdsError
from cdshooks.page.opened import OWN, bundled
from cdshooks.page.register import Parted
from cdshooks.protocol.wire import decode
from cdshooks.screen.inputs import opened, register


@dataclass(frozen=True, slots=True)
class Opened:
    """One of many patients: what it is called here, how an address says it, and where it lies.

    An address has a number and no name: a file may be called after its patient.
    """

    name: str
    key: str
    file: Path | None = None
    offset: int | None = None

    def open(self, today: date) -> Record:
        """The record: a bundled one moved to today, one's own as it is. Raises BadInput."""
        if self.file is None:
            return shift_record(shelf.open_patient(self.name), today)
        if self.offset is None:
            return open_record(self.file)
        with opened(self.file) as lines:
            lines.seek(self.offset)
            return read_record(decode(lines.readline()), self.name)

    def last_day(self, record: Record) -> date:
        """The day of the last entry."""
        return last_day(record)


@dataclass(frozen=True, slots=True)
class InRegister:
    """A patient of a register, by number."""

    name: str
    key: str
    register: Parted
    number: int

    def open(self, _today: date) -> Record:
        return self.register.record(self.number)

    def last_day(self, record: Record) -> date:
        """Also rows that no card needs, and that were not kept, have a day."""
        return max(last_day(record), self.register.last_day(self.number))


class Cohort(Sequence):
    """The patients of a place, files first, then those of its register; none is read before it is asked for."""

    def __init__(self, ones: list[Opened], register: Parted | None = None):
        self._ones, self.register = ones, register

    def __len__(self) -> int:
        return len(self._ones) + (len(self.register) if self.register else 0)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        if index < len(self._ones):
            return self._ones[index]
        number = index - len(self._ones)
        return InRegister(f"patient {index + 1}", f"{OWN}{index}", self.register, number)


def cohort_of(place: Path | None, part) -> Cohort:
    """The patients of a folder or a file; without one the bundled ones. `part(paths)` reads a register. BadInput."""
    if place is None:
        return Cohort([Opened(one.name, one.name) for one in bundled()])
    files = register(place)
    bundles = frozenset(files.bundles)
    found: list[tuple[str, Path, int | None]] = []
    rows: list[Path] = []
    for path in sorted((*files.ndjson, *files.bundles)):
        if path in bundles:
            found.append((path.name, path, None))
        else:
            about = path.stat()
            lines = _bundles(path, about.st_mtime_ns, about.st_size)
            found += [(f"line {number + 1}", path, offset) for number, offset in enumerate(lines)]
            if not lines:
                rows.append(path)
    ones = [Opened(name, f"{OWN}{n}", path, offset) for n, (name, path, offset) in enumerate(found)]
    return Cohort(ones, part(tuple(rows)) if rows else None)


@lru_cache(maxsize=4)
def _bundles(path: Path, _changed: int, _size: int) -> tuple[int, ...]:
    """Where each line of a file with a Bundle a line begins; nothing where its lines are no Bundles."""
    found, at = [], 0
    with opened(path) as lines:
        for line in lines:
            if line.strip():
                if not found and not _is_bundle(line):
                    return ()
                found.append(at)
            at += len(line)
    return tuple(found)


def _is_bundle(line: bytes) -> bool:
    try:
        body = decode(line)
    except CdsError:
        return False
    return isinstance(body, list) or (isinstance(body, dict) and body.get("resourceType") == "Bundle")
