"""Files with one patient's Bundle each, as the lines of the rows that some card may need."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from cdshooks.ehr.files import read_bytes
from cdshooks.ehr.patients import read_record
from cdshooks.errors import BadInput
from cdshooks.protocol.wire import decode, encode
from cdshooks.screen.bucket import Bucketful, Patient, Question, judge_all, pointed_at
from cdshooks.screen.thin import Head, Unreadable, head_of, is_wanted, last_day_in, odd_head, patient_of
from cdshooks.screen.wanted import Wanted

ANOTHER = "a row of another patient lies in the file; it is not used"
Row = tuple[Head, bool, bytes]  # head, whether its shape is odd, and the line


class Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")
    fullUrl: str | None = None


class Bundle(msgspec.Struct):
    resourceType: str
    entry: list[Entry] = []


_bundle = msgspec.json.Decoder(Bundle).decode


def judge_files(paths: Iterable[Path], wanted: Wanted, question: Question) -> Bucketful:
    """Every file by itself; one that holds no patient, or is no Bundle, is counted as a fault and skipped."""
    found = Bucketful()
    for path in paths:
        strange: Counter[str] = Counter()
        try:
            one = judge_all([_patient(path, wanted, question.as_of is None, strange)], question)
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
    raw, names = read_bytes(path), {}
    try:
        entries = _bundle(raw).entry
        heads = [(*_head(line), line) for line in (bytes(entry.resource) for entry in entries)]
        names = {head.id: entry.fullUrl for (head, _, _), entry in zip(heads, entries, strict=True)}
    except (msgspec.DecodeError, RecursionError):
        heads = None
    if heads is None or any(head.id is None for head, _, _ in heads):
        # What is written in another way than usual is read as everywhere else.
        record = read_record(decode(raw), str(path))
        heads = [(*_head(line), line) for line in map(encode, record.resources)]
    patients = {head.id for head, _, _ in heads if head.resourceType == "Patient"}
    if len(patients) != 1:
        raise BadInput(f"{path}: holds {len(patients)} Patients; a file needs one (or use NDJSON)")
    mine = {*patients, *((names.get(patient) or "").removeprefix("urn:uuid:") for patient in patients)}
    lines = list(_lines(_of(mine, heads, wanted, strange), wanted, dated))
    drugs = {head.id: line for head, _, line in heads if head.resourceType == "Medication"}
    return lines, lambda rows: [decode(drugs[i]) for i in sorted(pointed_at(rows)) if i in drugs]


def _head(line: bytes) -> tuple[Head, bool]:
    """The head of a row, and whether its shape is odd."""
    head = head_of(line)
    return (odd_head(line), True) if head is None else (head, False)


def _of(mine: set[str], heads: Iterable[Row], wanted: Wanted, strange: Counter) -> Iterator[Row]:
    """The rows about this patient; what is about somebody else, or nobody, is counted where it could matter."""
    for head, odd, line in heads:
        whose = patient_of(head)
        if whose in mine or head.resourceType == "Medication":
            yield head, odd, line
        elif wanted.has(head.resourceType) and (odd or is_wanted(head, wanted)):
            strange[ANOTHER if whose else f"{head.resourceType} names no patient"] += 1


def _lines(heads: Iterable[Row], wanted: Wanted, dated: bool) -> Iterator[bytes]:
    for head, odd, line in heads:
        kept = wanted.has(head.resourceType) if odd else is_wanted(head, wanted)
        if kept and head.resourceType != "Medication":
            yield line
        elif dated and (day := last_day_in(head)):
            yield day.encode()
