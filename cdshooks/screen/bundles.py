"""Files with one patient's Bundle each, judged file by file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cdshooks.ehr.files import read_bytes
from cdshooks.errors import BadInput
from cdshooks.screen.bucket import Bucketful, Patient, Question, judge_all
from cdshooks.screen.needless import Drugs
from cdshooks.screen.record import DRUG, Several, count_strange, lines_of, rows_in, thin_record
from cdshooks.screen.thin import Unreadable, head_of, odd_head, patient_of
from cdshooks.screen.wanted import Wanted


def judge_files(paths: Iterable[Path], wanted: Wanted, question: Question) -> Bucketful:
    """Every file by itself; one that holds no patient, or is no Bundle, is counted as a fault and skipped."""
    found = Bucketful()
    for path in paths:
        strange: Counter[str] = Counter()
        try:
            one = judge_all(_patients(path, wanted, question.as_of is None, strange), wanted, question)
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


def _patients(path: Path, wanted: Wanted, dated: bool, strange: Counter) -> list[Patient]:
    """The patient of a file; or, where it holds several, each with the rows that are theirs."""
    raw = read_bytes(path)
    try:
        found = thin_record(raw, str(path), wanted, dated, strange)
    except Several:
        return list(_each(raw, wanted, dated, strange))
    return [(found.lines, _among(found.drugs))]


def _each(raw: bytes, wanted: Wanted, dated: bool, strange: Counter) -> Iterator[Patient]:
    lines: dict[str, list[bytes]] = {}
    drugs: dict[str | None, bytes] = {}
    for line in rows_in(raw):
        head = head_of(line) or odd_head(line)
        if head.resourceType == DRUG:
            drugs[head.id] = line
        elif whose := patient_of(head):
            lines.setdefault(whose, []).extend(lines_of([(head, line)], wanted, dated))
        else:
            count_strange(head, line, wanted, strange)
    return ((told, _among(drugs)) for told in lines.values() if told)


def _among(drugs: Mapping[str | None, bytes]) -> Drugs:
    return lambda ids: {each: drugs[each] for each in ids if each in drugs}
