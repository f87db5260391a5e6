"""A register's rows, parted into buckets by patient: only what some card may need, in constant memory."""

import re
import sqlite3
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path

from cdshooks.errors import BadInput, BadJson
from cdshooks.screen.inputs import BLANK, BrokenOff, blocks
from cdshooks.screen.record import (
    ANOTHER,
    BUNDLE,
    DELETED,
    DRUG,
    INSIDE,
    LEFT_OUT,
    NO_RESOURCE,
    NOBODY,
    OUTCOME,
    is_left_out,
    rows_in,
    thin_record,
)
from cdshooks.screen.thin import (
    Head,
    Unreadable,
    head_of,
    heads_of,
    kind_of_all,
    last_day_in,
    may_be_day,
    odd_head,
    patient_of,
    quick_kind,
)
from cdshooks.screen.usual import Verdict
from cdshooks.screen.wanted import Wanted

DRUGS = "drugs.sqlite"
PARTED = ".parted-"  # begins the name of a folder for a bucket that is parted again
AT_ONCE = 24_000_000  # bytes of a bucket that are held at once
DEEPEST = 3  # Bundles in each other
MOST_DAYS = 50_000  # patients of whom a last day is held before it is written down
MOST_TOLD = 100  # faults that are told one by one; the rest is counted


class Faults:
    """What was skipped: counted all, told one by one up to a number. Never a patient's data, only places."""

    def __init__(self):
        self.count: Counter[str] = Counter()
        self.told: list[str] = []

    def add(self, place: str, why: str, number: int = 1) -> None:
        self.count[why] += number
        if len(self.told) < MOST_TOLD:
            self.told.append(f"{place}: {why}; skipped")


NO_ID = "it names its patient by what is no id"
NO_NAME = "a Medication without an id, to which no order can point"
# Wider than FHIR's ids, as servers are; what parts lines and columns here can be in none.
is_id = re.compile(r"[!-~]{1,200}").fullmatch


# A day of which it is sure that there is one: of two such texts the greater is the later.
_is_day = re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])").fullmatch


class Buckets:
    """The files of the buckets, open for writing; a patient's rows all go into one of them."""

    def __init__(self, folder: Path, number: int):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._files = [(folder / f"rows-{n:04}").open("wb", buffering=1 << 16) for n in range(number)]
        self._number = number

    def put(self, patient: str, line: bytes) -> None:
        if not is_id(patient):
            raise Unreadable(NO_ID)
        key = patient.encode()
        self._files[zlib.crc32(key) % self._number].write(b"%b\t%b\n" % (key, line))

    def close(self) -> None:
        for file in self._files:
            file.close()


class Splitter:
    """Reads a register once and writes what is wanted of it; `dated` keeps the last day of rows that are not."""

    def __init__(self, wanted: Wanted, folder: Path, number: int, dated: bool):
        self.wanted, self.dated = wanted, dated
        self.buckets, self.faults = Buckets(folder, number), Faults()
        self._drugs = _new_shelf(folder / DRUGS)
        self._days: dict[str, str] = {}  # of rows that are not kept, the last of each patient
        self.rows = self.kept = 0
        self._kinds: set[str] = set()  # the types that came

    def read(self, path: Path, advance: Callable[[int], None]) -> None:
        """One NDJSON file; `advance` hears now and then how many bytes were read."""
        name = path.name
        try:
            for first, block in blocks(path):
                known = self._date(block, self._known(block)) if self.dated else self._known(block)
                self.rows += len(known) - known.count(None)
                for at, whose in enumerate(known):
                    if whose is False:
                        continue
                    line = block[at] and block[at].strip(BLANK)
                    try:
                        if whose is None:
                            self._take(line, f"{name}, line {first + at}")
                        elif isinstance(whose, str):
                            self._put(whose, line)
                        else:
                            self.buckets.put(*whose)
                    except Unreadable as fault:
                        self.faults.add(f"{name}, line {first + at}", str(fault))
                advance(sum(map(len, filter(None, block))) + len(block))
        except BrokenOff as fault:
            self.faults.add(f"{name}, {fault}", "the file cannot be read to its end")

    def _known(self, block: list[bytes | None]) -> list[Verdict]:
        """Of each line what is known of it already, as Wanted.known tells it."""
        kind = kind_of_all(block)
        self._kinds.add(kind or "")
        return [None] * len(block) if kind in (None, BUNDLE, OUTCOME) else self.wanted.known(kind, block)

    def _date(self, block: list[bytes | None], known: list[Verdict]) -> list[Verdict]:
        """Of rows that are not kept the day stays; of which that cannot be told at once is not known any more."""
        passed = [at for at, whose in enumerate(known) if whose is False or isinstance(whose, tuple)]
        heads = heads_of([block[at] or b"" for at in passed])
        for at, head in zip(passed, heads or repeat(None), strict=False):
            known[at] = known[at] if head and self._stays(head) else None
        return known

    def _stays(self, head: Head) -> bool:
        """Keeps the day of a row; False where its patient is named by what is no id."""
        day = last_day_in(head)
        patient = patient_of(head) if day else None
        if patient is None or day <= self._days.get(patient, ""):
            return True
        if not is_id(patient):
            return False
        if not _is_day(day):
            if may_be_day(day):
                self.buckets.put(patient, day.encode())
            return True
        self._days[patient] = day
        if len(self._days) >= MOST_DAYS:
            self._write_days()
        return True

    def _write_days(self) -> None:
        for patient, day in self._days.items():
            self.buckets.put(patient, day.encode())
        self._days.clear()

    def absent(self) -> list[str]:
        """The types that cards ask for of which no row came; none where rows lie in Bundles: those are not counted."""
        return [] if BUNDLE in self._kinds else self.wanted.lacking(self._kinds)

    def close(self) -> None:
        self._write_days()
        self.buckets.close()
        self._drugs.commit()
        self._drugs.close()

    def _take(self, line: bytes | None, place: str, depth: int = 0) -> None:
        if line is None:
            raise Unreadable("the line is longer than a resource may be")
        if not line:
            return
        self.rows += 1
        kind = quick_kind(line)
        quick = kind not in (None, BUNDLE, OUTCOME)
        if quick:
            self._kinds.add(kind)
        if quick and not self.wanted.needs(kind, line):
            self._pass_over(kind, line)
            return
        head = head_of(line) or odd_head(line)
        self._kinds.add(head.resourceType)
        if head.resourceType == BUNDLE:
            self._unpack(line, place, depth)
        elif head.resourceType == OUTCOME:
            if is_left_out(line):
                raise Unreadable(LEFT_OUT)
        elif head.resourceType == DRUG:
            if not head.id:
                raise Unreadable(NO_NAME)
            self._drugs.execute("INSERT OR REPLACE INTO drug VALUES (?, ?)", (head.id, line))
        elif quick or self.wanted.needs(head.resourceType, line):
            self._keep(head, line)
        else:
            self._pass_over(head.resourceType, line)

    def _pass_over(self, kind: str, line: bytes) -> None:
        """Of a row that no card needs its day stays, and its version. An order says whose it is, or is told."""
        stub, must = self.wanted.stub_of(kind, line), self.wanted.is_order(kind)
        head = head_of(line) if stub or must or self.dated else None
        patient = patient_of(head) if head else None
        if must and patient is None:
            raise Unreadable(NOBODY.format(kind))
        if patient and stub:
            self.buckets.put(patient, stub)
        if self.dated and head and not self._stays(head):
            raise Unreadable(NO_ID)

    def _unpack(self, line: bytes, place: str, depth: int) -> None:
        """A Bundle in a line: the record of one patient, whose drugs stay with it; or a page of rows of whomever."""
        if depth > DEEPEST:
            raise Unreadable("too many Bundles lie in each other")
        strange: Counter[str] = Counter()
        try:
            found = thin_record(line, "the Bundle", self.wanted, self.dated, strange)
        except BadInput:
            found = None
        except BadJson:
            raise Unreadable("it is not JSON, or too deep") from None
        if found is None or strange[ANOTHER] or strange[INSIDE]:
            self._each(rows_in(line), place, depth + 1)
            strange = {why: strange[why] for why in (DELETED, NO_RESOURCE) if strange[why]}
            found = None
        for why, number in strange.items():
            self.faults.add(place, why, number)
        if found is None:
            return
        for row in (*found.lines, *found.drugs.values()):
            self.buckets.put(found.patient_id, row)
        self.kept += len(found.lines)

    def _each(self, rows: Iterable[bytes], place: str, depth: int) -> None:
        for row in rows:
            try:
                self._take(row, place, depth)
            except Unreadable as fault:
                self.faults.add(place, str(fault))

    def _keep(self, head: Head, line: bytes) -> None:
        patient = patient_of(head)
        if patient is None:
            raise Unreadable(NOBODY.format(head.resourceType))
        self._put(patient, line)

    def _put(self, patient: str, line: bytes) -> None:
        self.buckets.put(patient, line)
        self.kept += 1


def _new_shelf(path: Path) -> sqlite3.Connection:
    """Drugs by id on disk: a register may hold millions of them, and an order may point to any."""
    path.unlink(missing_ok=True)
    shelf = sqlite3.connect(path)
    shelf.execute("PRAGMA journal_mode=OFF")
    shelf.execute("PRAGMA synchronous=OFF")
    shelf.execute("CREATE TABLE drug (id TEXT PRIMARY KEY, row BLOB) WITHOUT ROWID")
    return shelf


def patients_in(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """(patient, rows) of a bucket; the rows of one patient together, in the order in which they came.

    A bucket that is too large to hold at once is parted again.
    """
    parts = path.stat().st_size // AT_ONCE + 1
    if parts == 1:
        yield from _grouped(path)
        return
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=PARTED) as folder:
        names = [Path(folder) / str(n) for n in range(parts)]
        with ExitStack() as stack:
            files = [stack.enter_context(name.open("wb", buffering=1 << 16)) for name in names]
            for line in stack.enter_context(path.open("rb")):
                # Another sum than the one that chose the bucket: by that all of these are alike.
                files[zlib.adler32(line[: line.index(b"\t")]) % parts].write(line)
        for name in names:
            yield from _grouped(name)


def _grouped(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    found: dict[str, list[bytes]] = {}
    with path.open("rb") as file:
        for line in file:
            key, _, row = line.rstrip(b"\n").partition(b"\t")
            found.setdefault(key.decode(), []).append(row)
    yield from found.items()
