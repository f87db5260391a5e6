"""Files with one patient's Bundle each, judged file by file."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cdshooks.ehr.files import read_bytes
from cdshooks.errors import BadInput
from cdshooks.screen.bucket import Bucketful, Patient, Question, judge_all
from cdshooks.screen.record import thin_record
from cdshooks.screen.thin import Unreadable
from cdshooks.screen.wanted import Wanted


def judge_files(paths: Iterable[Path], wanted: Wanted, question: Question) -> Bucketful:
    """Every file by itself; one that holds no patient, or is no Bundle, is counted as a fault and skipped."""
    found = Bucketful()
    for path in paths:
        strange: Counter[str] = Counter()
        try:
            one = judge_all([_patient(path, wanted, question.as_of is None, strange)], wanted, question)
        except (BadInput, Unreadable) as fault:
            why = _without(path, str(fault))
            found.tally.faults[why] += 1
            found.places.append(f"{path.name}: {why}; skipped")
            continue
        one.tally.faults += strange
        found.rows += one.rows
        found.silent += one.silent
        found.patients += one.patients
        found.places += [f"{path.name}: {why}; skipped" for why in one.tally.faults]
        found.tally += one.tally
    return found


def _without(path: Path, says: str) -> str:
    """The fault without the file's name, so that equal faults count together (and names stay where they are)."""
    return says.splitlines()[0].replace(f"{path}: ", "")


def _patient(path: Path, wanted: Wanted, dated: bool, strange: Counter) -> Patient:
    found = thin_record(read_bytes(path), str(path), wanted, dated, strange)
    return found.lines, lambda ids: {each: found.drugs[each] for each in ids if each in found.drugs}
