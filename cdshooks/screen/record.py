"""One patient's Bundle, read thinly: the lines of the rows that some card may need, and of the drugs beside them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from cdshooks.ehr.patients import read_record, renamed, rows
from cdshooks.errors import BadInput
from cdshooks.protocol.wire import decode, encode
from cdshooks.reading.read import as_dict, as_text
from cdshooks.screen.thin import Head, head_of, last_day_in, odd_head, patient_of
from cdshooks.screen.wanted import Wanted

ANOTHER = "a row of another patient lies in the file; it is not used"
INSIDE = "a Bundle lies in a Bundle; it is not opened: give its resources as entries of the outer one"
NOBODY = "{} names no patient"
DRUG, BUNDLE = "Medication", "Bundle"
Row = tuple[Head, bytes]  # and the line


class Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")
    fullUrl: str | None = None


class Bundle(msgspec.Struct):
    resourceType: str
    entry: list[Entry] = []


_bundle = msgspec.json.Decoder(Bundle).decode


@dataclass(frozen=True)
class ThinRecord:
    """`lines` are rows, and what stays of rows that are not wanted; `drugs` the Medications by id."""

    patient_id: str
    lines: list[bytes]
    drugs: Mapping[str | None, bytes]


def thin_record(raw: bytes, where: str, wanted: Wanted, dated: bool, strange: Counter) -> ThinRecord:
    """The record in a Bundle; `strange` counts rows that are not used. Raises BadInput, Unreadable."""
    names: dict[str | None, str | None] = {}
    try:
        entries = _bundle(raw).entry
        heads = [(_head(line), line) for line in (bytes(entry.resource) for entry in entries)]
        names = {head.id: entry.fullUrl for (head, _), entry in zip(heads, entries, strict=True)}
    except (msgspec.DecodeError, RecursionError):
        heads = None
    if heads is None or any(head.id is None for head, _ in heads):
        # What is written in another way than usual is read as everywhere else.
        record = read_record(decode(raw), where)
        heads = [(_head(line), line) for line in map(encode, record.resources)]
    patients = {head.id for head, _ in heads if head.resourceType == "Patient"}
    if len(patients) != 1:
        raise BadInput(f"{where}: holds {len(patients)} Patients; a file needs one (or use NDJSON)")
    mine = {*patients, *((names.get(patient) or "").removeprefix("urn:uuid:") for patient in patients)}
    lines = list(_lines(_of(mine, heads, wanted, strange), wanted, dated))
    drugs = {head.id: line for head, line in heads if head.resourceType == DRUG}
    return ThinRecord(*patients, lines, drugs)


def rows_in(raw: bytes) -> Iterator[bytes]:
    """Each resource of a Bundle as a line, its references by the ids that the resources have."""
    found, names = rows(decode(raw), "the Bundle")
    return (encode(renamed(row, names)) for row in found)


def pointed_at(rows: Iterable[Mapping]) -> set[str]:
    """The ids of the Medications to which orders point."""
    found = set()
    for row in rows:
        told = row.get("medicationReference") or as_dict(row.get("medication")).get("reference")
        reference = as_text(as_dict(told).get("reference")).partition("/_history/")[0]
        if reference.startswith("urn:uuid:"):
            found.add(reference[9:])
        elif "Medication/" in reference:
            found.add(reference.rpartition("/")[2])
    return found


def _head(line: bytes) -> Head:
    return head_of(line) or odd_head(line)


def _of(mine: set[str], heads: Iterable[Row], wanted: Wanted, strange: Counter) -> Iterator[Row]:
    """The rows about this patient; what is about somebody else, or nobody, is counted where it could matter."""
    for head, line in heads:
        whose = patient_of(head)
        if whose in mine or head.resourceType == DRUG:
            yield head, line
        elif head.resourceType == BUNDLE:
            strange[INSIDE] += 1
        elif wanted.is_order(head.resourceType) or wanted.needs(head.resourceType, line):
            strange[ANOTHER if whose else NOBODY.format(head.resourceType)] += 1


def _lines(heads: Iterable[Row], wanted: Wanted, dated: bool) -> Iterator[bytes]:
    for head, line in heads:
        if head.resourceType != DRUG and wanted.needs(head.resourceType, line):
            yield line
            continue
        if stub := wanted.stub_of(head.resourceType, line):
            yield stub
        if dated and (day := last_day_in(head)):
            yield day.encode()
