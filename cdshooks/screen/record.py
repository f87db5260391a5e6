"""One patient's Bundle, read thinly: the lines of the rows that some card may need, and of the drugs beside them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from cdshooks.ehr.patients import is_other_name, numbered, renamed, rows
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
ABOUT = ("link", "total", "meta")  # what of a Bundle may say that it is not all


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
    heads = _heads_in(raw, where, strange)
    patients = {head.id for head, _ in heads if head.resourceType == "Patient" and head.id}
    if not patients:
        raise BadInput(f"{where}: holds no Patient with an id; a record needs one")
    if len(patients) > 1:
        raise Several(f"{where}: holds several Patients")
    lines = list(lines_of(_of(patients, heads, wanted, strange), wanted, dated))
    drugs = {head.id: line for head, line in heads if head.resourceType == DRUG}
    return ThinRecord(*patients, lines, drugs)


def _heads_in(raw: bytes, where: str, strange: Counter) -> list[Row]:
    """The rows of a Bundle or a list; to each the others point by its id."""
    try:
        bundle = _bundle(raw)
        usual = [entry for entry in bundle.entry if bytes(entry.resource) not in NOTHING]
        heads = [(_head(line), line) for line in (bytes(entry.resource) for entry in usual)]
        odd = any(_is_renamed(head, entry.fullUrl) for (head, _), entry in zip(heads, usual, strict=True))
    except (msgspec.DecodeError, RecursionError, Unreadable):
        odd = True
    if not odd and bundle.resourceType == BUNDLE:
        methods = [entry.request.method for entry in bundle.entry if entry.request]
        about = {name: decode(bytes(getattr(bundle, name))) for name in ABOUT}
        _count_lacking(about, methods, len(heads), strange)
        return heads
    # What is written in another way than usual is read as everywhere else.
    body = decode(raw)
    found, named = rows(body, where)
    entries = _entries(body)
    if without := sum(1 for entry in entries if isinstance(body, list) or as_dict(entry).get("resource")) - len(found):
        strange[NO_RESOURCE] += without
    if isinstance(body, dict):
        methods = [as_dict(as_dict(entry).get("request")).get("method") for entry in entries]
        _count_lacking({name: body[name] for name in ABOUT if name in body}, methods, len(found), strange)
    return [(_head(line), line) for line in map(encode, numbered([renamed(row, named) for row in found]))]


def _is_renamed(head: Head, full_url: str | None) -> bool:
    """Has a row no id, or may others point to it by another name than its id?"""
    if not head.id or not full_url:
        return not head.id
    return full_url != f"urn:uuid:{head.id}" and is_other_name(full_url, f"{head.resourceType}/{head.id}")


def _entries(body: object) -> list:
    return as_list(body if isinstance(body, list) else as_dict(body).get("entry"))


def _count_lacking(about: Mapping, methods: list[object], held: int, strange: Counter) -> None:
    """What a Bundle says of itself: that it is a part, or that something is gone."""
    if deleted := methods.count("DELETE"):
        strange[DELETED] += deleted
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
