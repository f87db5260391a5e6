"""The patient whose chart is open: one of the bundled, or the record that came with the form."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from cdshooks.chart.read import as_dict, as_list
from cdshooks.ehr import shelf
from cdshooks.ehr.patients import Record, open_record, read_record
from cdshooks.ehr.shift import shift_record
from cdshooks.errors import BadInput
from cdshooks.page.state import State
from cdshooks.protocol.wire import decode

_OWN = "@"  # before the number of a patient of one's own cohort


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundled patient: the name, and what there is to see."""

    name: str
    shows: str


@cache
def bundled() -> tuple[Shown, ...]:
    """The patients of the fixtures, in the order in which they are told of."""
    told = tomllib.loads((shelf.folder() / "about.toml").read_text("utf-8"))["patients"]
    names = shelf.patient_names()
    return tuple(Shown(name, told[name]["shows"] if name in told else "") for name in sorted(names, key=_order(told)))


def _order(told: dict):
    place = {name: number for number, name in enumerate(told)}
    return lambda name: (place.get(name, len(place)), name)


def record_of(state: State, today: date, cohort: Path | None = None) -> Record:
    """The record as it came, before any change; raises BadInput with what is wrong with it."""
    if state.record:
        return read_record(decode(state.record.encode()), "the record", state.who or None)
    if state.patient.startswith(_OWN):
        number = state.patient.removeprefix(_OWN)
        found = cohort_of(cohort) if cohort else []
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(found)):
            raise BadInput(f"patient: there is no {state.patient[:20]} in the cohort of this service; see /cohort")
        return found[int(number)].open(today)
    return shift_record(shelf.open_patient(state.patient), today)


def name_of(patient: dict) -> str:
    """The patient's name as it is written."""
    for name in map(as_dict, as_list(patient.get("name"))):
        parts = [*as_list(name.get("given")), name.get("family")]
        text = name.get("text") or " ".join(part for part in parts if isinstance(part, str))
        if isinstance(text, str) and text:
            return text
    return ""


# --- many patients ----------------------------------------------------------------------------------------------------


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
        with self.file.open("rb") as lines:
            lines.seek(self.offset)
            return read_record(decode(lines.readline()), self.name)


def cohort_of(place: Path | None) -> list[Opened]:
    """The patients of a folder of Bundles, or of an NDJSON file with a Bundle a line; without one the bundled ones."""
    if place is None:
        return [Opened(one.name, one.name) for one in bundled()]
    if place.is_dir():
        files = sorted(path for path in place.iterdir() if path.name.endswith((".json", ".json.gz")))
        return [Opened(path.name, f"{_OWN}{number}", path) for number, path in enumerate(files)]
    about = place.stat()
    lines = _lines(place, about.st_mtime_ns, about.st_size)
    return [Opened(f"line {number + 1}", f"{_OWN}{number}", place, offset) for number, offset in enumerate(lines)]


@lru_cache(maxsize=1)
def _lines(place: Path, _changed: int, _size: int) -> tuple[int, ...]:
    """Where each line of a file begins; found once for each state of the file."""
    with place.open("rb") as lines:
        found, at = [], 0
        for line in lines:
            if line.strip():
                found.append(at)
            at += len(line)
    return tuple(found)
