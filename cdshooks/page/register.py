"""A register to look into: parted as `cdshooks screen` does it, once, with the rows of each patient side by side."""

import shutil
import tempfile
import weakref
from array import array
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from cdshooks.ehr.patients import Record
from cdshooks.errors import BadInput
from cdshooks.protocol.wire import decode
from cdshooks.screen.bucket import NO_PATIENT, Shelf
from cdshooks.screen.run import BUCKET, MOST_BUCKETS
from cdshooks.screen.split import DRUGS, Splitter, patients_in
from cdshooks.screen.versions import ending, told_apart
from cdshooks.screen.wanted import Wanted
from cdshooks.terms.dates import moment

MOST_BYTES = 2_000_000_000  # of a register as it lies there; `cdshooks screen` takes any
MOST_PATIENTS = 500_000
ROWS = "patients"


class Parted:
    """The patients of NDJSON files, by number. What is kept of them goes when the service ends."""

    def __init__(self, paths: Iterable[Path], wanted: Wanted):
        size = sum(path.stat().st_size for path in paths)
        if size > MOST_BYTES:
            raise BadInput(f"the cohort: its register is larger than {MOST_BYTES // 10**9} GB; use `cdshooks screen`")
        self._folder = Path(tempfile.mkdtemp(prefix="cdshooks-page-"))  # only this user can read it
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        number = min(MOST_BUCKETS, size // BUCKET + 1)
        splitter = Splitter(wanted, self._folder, number, dated=True)
        for path in paths:
            splitter.read(path, lambda _: None)
        splitter.close()
        self.skipped, self.faults = splitter.faults.told, dict(splitter.faults.count)
        self._starts = array("Q", [0])
        self._gather(self._folder / f"rows-{n:04}" for n in range(number))

    def __len__(self) -> int:
        return len(self._starts) - 1

    def _gather(self, buckets: Iterable[Path]) -> None:
        """One file with the patients one after the other, and where each begins."""
        with (self._folder / ROWS).open("wb") as out:
            for bucket in buckets:
                for _, lines in patients_in(bucket):
                    out.write(b"\n".join(lines))
                    self._starts.append(out.tell())
                    if len(self) > MOST_PATIENTS:
                        raise BadInput(f"the cohort: more than {MOST_PATIENTS} patients; use `cdshooks screen`")
                bucket.unlink()

    def lines(self, number: int) -> list[bytes]:
        """The rows of a patient that some card may need; of the others the day."""
        start, end = self._starts[number], self._starts[number + 1]
        with (self._folder / ROWS).open("rb") as file:
            file.seek(start)
            return file.read(end - start).split(b"\n")

    def record(self, number: int) -> Record:
        """Raises BadInput where there are rows of a patient, and no Patient."""
        told, _, stubs = told_apart(self.lines(number))
        rows = decode(b"[%b]" % b",".join(told))
        patient = next((row for row in rows if row["resourceType"] == "Patient"), None)
        if patient is None:
            raise BadInput(NO_PATIENT)
        with closing(Shelf(self._folder / DRUGS)) as drugs:
            return Record(patient, (*rows, *drugs.of(rows), *ending(stubs, rows)))

    def last_day(self, number: int) -> date:
        """The latest of the days of rows that no card needs."""
        days = [moment(day, ZoneInfo("UTC")) for day in told_apart(self.lines(number))[1]]
        return max((one.day for one in days if one), default=date(1900, 1, 1))
