"""Files with one patient's Bundle each, as the lines of the rows that some card may need."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from cdshooks.ehr.files import read_bytes
from cdshooks.ehr.patients import read_record
from cdshooks.errors import BadInput
from cdshooks.protocol.wire import decode, encode
from cdshooks.screen.bucket import Bucketful, Patient, Question, judge_all, pointed_at
from cdshooks.screen.thin import Head, Unreadable, head_of, is_wanted, last_day_in, odd_head
from cdshooks.screen.wanted import Wanted


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
        try:
            one = judge_all([_patient(path, wanted, question.as_of is None)], question)
        except (BadInput, Unreadable) as fault:
            found.tally.faults[_without(path, str(fault))] += 1
            continue
        found.rows += one.rows
        found.silent += one.silent
        found.tally += one.tally
    return found


def _without(path: Path, says: str) -> str:
    """The fault without the file's name, so that equal faults count together (and names stay where they are)."""
    return says.splitlines()[0].replace(f"{path}: ", "")


def _patient(path: Path, wanted: Wanted, dated: bool) -> Patient:
    raw = read_bytes(path)
    try:
        lines = [bytes(entry.resource) for entry in _bundle(raw).entry]
        heads = [(*_head(line), line) for line in lines]
    except (msgspec.DecodeError, RecursionError):
        heads = None
    if heads is None or any(head.id is None for head, _, _ in heads):
        # What is written in another way than usual is read as everywhere else.
        record = read_record(decode(raw), str(path))
        heads = [(*_head(line), line) for line in map(encode, record.resources)]
    patients = {head.id for head, _, _ in heads if head.resourceType == "Patient"}
    if len(patients) != 1:
        raise BadInput(f"{path}: holds {len(patients)} Patients; a file needs one (or use NDJSON)")
    lines = list(_lines(heads, wanted, dated))
    drugs = {head.id: line for head, _, line in heads if head.resourceType == "Medication"}
    return lines, lambda rows: [decode(drugs[i]) for i in sorted(pointed_at(rows)) if i in drugs]


def _head(line: bytes) -> tuple[Head, bool]:
    """The head of a row, and whether its shape is odd."""
    head = head_of(line)
    return (odd_head(line), True) if head is None else (head, False)


def _lines(heads: Iterable[tuple[Head, bool, bytes]], wanted: Wanted, dated: bool) -> Iterator[bytes]:
    for head, odd, line in heads:
        kept = wanted.has(head.resourceType) if odd else is_wanted(head, wanted)
        if kept and head.resourceType != "Medication":
            yield line
        elif dated and (day := last_day_in(head)):
            yield day.encode()
