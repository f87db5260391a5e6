"""One patient's Bundle, read thinly: the lines of the rows that some card may need, and of the drugs beside them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from cdshooks.ehr.patients import numbered, renamed, rows
from cdshooks.errors import BadInput
from cdshooks.protocol.envelope import is_error, lacks
from cdshooks.protocol.wire import decode, encode
from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.screen.thin import Head, Unreadable, head_of, last_day_in, may_be_day, odd_head, patient_of, whole
from cdshooks.screen.wanted import Wanted

ANOTHER = "a row of another patient lies in the file; it is not used"
INSIDE = "a Bundle lies in a Bundle; it is not opened: give its resources as entries of the outer one"
NOBODY = "{} names no patient"
LEFT_OUT = "an OperationOutcome, by which the server says that something was not given out"
DELETED = "an entry says that a resource was deleted; it is not taken out: give the register as it is now"
NO_RESOURCE = "an entry holds no FHIR resource"
NOT_ALL = "the Bundle is not all: it {}"
DRUG, BUNDLE, OUTCOME = "Medication", "Bundle", "OperationOutcome"
Row = tuple[Head, bytes]  # and the line


class Request(msgspec.Struct):
    method: str | None = None


class Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")
    fullUrl: str | None = None
    request: Request | None = None


class Bundle(msgspec.Struct):
    resourceType: str
    entry: list[Entry] = []
    link: msgspec.Raw = msgspec.Raw(b"[]")
    total: msgspec.Raw = msgspec.Raw(b"0")
    meta: msgspec.Raw = msgspec.Raw(b"{}")


_bundle = msgspec.json.Decoder(Bundle).decode
_number = re.compile(r"\d+")
NOTHING = (b"{}", b"null")  # where a resource belongs


@dataclass(frozen=True)
class ThinRecord:
    """`lines` are rows, and what stays of rows that are not wanted; `drugs` the Medications by id."""

    patient_id: str
    lines: list[bytes]
    drugs: Mapping[str | None, bytes]


class Several(BadInput):
    """A Bundle holds more than one patient."""


def thin_record(raw: bytes, where: str, wanted: Wanted, dated: bool, strange: Counter) -> ThinRecord:
    """The record in a Bundle; `strange` counts rows that are not used. Raises BadInput, Several, Unreadable."""
    heads, names = _heads_in(raw, where, strange)
    patients = {head.id for head, _ in heads if head.resourceType == "Patient" and head.id}
    if not patients:
        raise BadInput(f"{where}: holds no Patient with an id; a record needs one")
    if len(patients) > 1:
        raise Several(f"{where}: holds several Patients")
    mine = {*patients, *((names.get(patient) or "").removeprefix("urn:uuid:") for patient in patients)}
    lines = list(lines_of(_of(mine, heads, wanted, strange), wanted, dated))
    drugs = {head.id: line for head, line in heads if head.resourceType == DRUG}
    return ThinRecord(*patients, lines, drugs)


def _heads_in(raw: bytes, where: str, strange: Counter) -> tuple[list[Row], Mapping[str | None, str | None]]:
    """The rows of a Bundle or a list, and what their entries are called."""
    try:
        bundle = _bundle(raw)
        usual = [entry for entry in bundle.entry if bytes(entry.resource) not in NOTHING]
        heads = [(_head(line), line) for line in (bytes(entry.resource) for entry in usual)]
        names = {head.id: entry.fullUrl for (head, _), entry in zip(heads, usual, strict=True)}
    except (msgspec.DecodeError, RecursionError, Unreadable):
        bundle, heads, names = None, [], {}
    if bundle is not None and bundle.resourceType == BUNDLE and all(head.id for head, _ in heads):
        _count_lacking(bundle, len(heads), strange)
        return heads, names
    # What is written in another way than usual is read as everywhere else.
    body = decode(raw)
    found, named = rows(body, where)
    if without := len(_entries(body)) - len(found):
        strange[NO_RESOURCE] += without
    return [(_head(line), line) for line in map(encode, numbered([renamed(row, named) for row in found]))], {}


def _entries(body: object) -> list:
    """Of a list all, of a Bundle those that name a resource."""
    if isinstance(body, list):
        return body
    told = as_dict(body).get("entry")
    return [entry for entry in as_list(told) if as_dict(entry).get("resource")]


def _count_lacking(bundle: Bundle, held: int, strange: Counter) -> None:
    """What a Bundle says of itself: that it is a part, or that something is gone."""
    deleted = sum(1 for entry in bundle.entry if entry.request and entry.request.method == "DELETE")
    if deleted:
        strange[DELETED] += deleted
    about = {name: decode(bytes(getattr(bundle, name))) for name in ("link", "total", "meta")}
    if said := lacks({"resourceType": BUNDLE, **about}, held):
        strange[NOT_ALL.format(_number.sub("some", said))] += 1


def rows_in(raw: bytes) -> Iterator[bytes]:
    """Each resource of a Bundle as a line, its references by the ids that the resources have."""
    found, names = rows(decode(raw), "the Bundle")
    return (encode(renamed(row, names)) for row in found)


def is_left_out(line: bytes) -> bool:
    """Does an OperationOutcome say that something was not given out?"""
    told = whole(line)
    return isinstance(told, dict) and is_error(told)


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
        else:
            count_strange(head, line, wanted, strange)


def count_strange(head: Head, line: bytes, wanted: Wanted, strange: Counter) -> None:
    """A row of a Bundle that is about none of its patients, where it could matter."""
    if head.resourceType == BUNDLE:
        strange[INSIDE] += 1
    elif head.resourceType == OUTCOME:
        if is_left_out(line):
            strange[LEFT_OUT] += 1
    elif wanted.is_order(head.resourceType) or wanted.needs(head.resourceType, line):
        strange[ANOTHER if patient_of(head) else NOBODY.format(head.resourceType)] += 1


def lines_of(heads: Iterable[Row], wanted: Wanted, dated: bool) -> Iterator[bytes]:
    for head, line in heads:
        if head.resourceType != DRUG and wanted.needs(head.resourceType, line):
            yield line
            continue
        if stub := wanted.stub_of(head.resourceType, line):
            yield stub
        if dated and may_be_day(day := last_day_in(head)):
            yield day.encode()
