"""A line of a register, read just deep enough to say whose it is and whether some card may need it."""

from collections.abc import Mapping
from operator import attrgetter

import msgspec

from cdshooks.reading.asides import named_in
from cdshooks.reading.read import as_dict, as_list
from cdshooks.screen.wanted import Wanted

BESIDE = (
    "note", "evidence", "complication", "complicationDetail", "outcome", "reasonReference", "reasonCode", "reason",
    "component", "diagnosis", "indication", "serviceType",
)  # fmt: skip
# What `about` looks at, in this order.
ABOUT = (
    "code", "component", "type", "reasonCode", "reason", "usedCode", "used", "valueCodeableConcept", "valueString",
)  # fmt: skip
OPENING = b'{"resourceType":"'


NONE = msgspec.Raw(b"")


class Reference(msgspec.Struct):
    reference: str | None = None


class Head(msgspec.Struct):
    """The elements that say what a row is, whose, and of when; all else is passed over while it is read."""

    resourceType: str
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    code: msgspec.Raw = NONE
    component: msgspec.Raw = NONE
    type: msgspec.Raw = NONE
    reasonCode: msgspec.Raw = NONE
    reason: msgspec.Raw = NONE
    usedCode: msgspec.Raw = NONE
    used: msgspec.Raw = NONE
    valueCodeableConcept: msgspec.Raw = NONE
    valueString: msgspec.Raw = NONE
    note: msgspec.Raw = NONE
    evidence: msgspec.Raw = NONE
    complication: msgspec.Raw = NONE
    complicationDetail: msgspec.Raw = NONE
    outcome: msgspec.Raw = NONE
    reasonReference: msgspec.Raw = NONE
    diagnosis: msgspec.Raw = NONE
    indication: msgspec.Raw = NONE
    serviceType: msgspec.Raw = NONE
    effectiveDateTime: str | None = None
    authoredOn: str | None = None
    recordedDate: str | None = None
    issued: str | None = None


_TELLING = tuple(dict.fromkeys((*ABOUT, *BESIDE)))
_told_in = attrgetter(*_TELLING)
_head = msgspec.json.Decoder(Head).decode
_decode = msgspec.json.Decoder().decode
FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Unreadable(Exception):
    """A line that is no FHIR resource; says why."""


def quick_kind(line: bytes) -> str | None:
    """The type of a resource that is written in the usual way, without decoding it."""
    if not line.startswith(OPENING):
        return None
    end = line.find(b'"', len(OPENING), len(OPENING) + 60)
    return line[len(OPENING) : end].decode("ascii", "replace") if end > 0 else None


def head_of(line: bytes) -> Head | None:
    """The head of a row; None for one whose shape is odd: it is read whole, later. Raises Unreadable."""
    try:
        return _head(line)
    except msgspec.ValidationError:
        return None
    except FAULTS as fault:
        raise Unreadable("it is not JSON") from fault


def _whole(line: bytes) -> object:
    """The line, or an element of it, decoded to the end. Raises Unreadable."""
    try:
        return _decode(line)
    except FAULTS as fault:
        raise Unreadable("it is not JSON, or too deep") from fault


def odd_head(line: bytes) -> Head:
    """Type, id and patient of a row whose other elements have odd shapes. Raises Unreadable."""
    row = _whole(line)
    if not isinstance(row, dict) or not isinstance(row.get("resourceType"), str):
        raise Unreadable("it is no FHIR resource")

    def pointed(name: str) -> Reference:
        value = row.get(name)
        reference = value.get("reference") if isinstance(value, dict) else None
        return Reference(reference if isinstance(reference, str) else None)

    identity = row["id"] if isinstance(row.get("id"), str) else None
    return Head(row["resourceType"], identity, pointed("subject"), pointed("patient"))


def is_wanted(head: Head, wanted: Wanted) -> bool:
    """May some card need it? Rows that are written alike are asked about once. Raises Unreadable."""
    if not wanted.has(head.resourceType):
        return False
    told = {name: raw for name, raw in zip(_TELLING, _told_in(head), strict=True) if raw is not NONE}

    def named() -> list[object]:
        beside = {name: raw for name, raw in told.items() if name in BESIDE}
        return [*about(*(_decoded(told.get(name, NONE)) for name in ABOUT)), *_named_beside(head, beside)]

    if "component" in told:
        return wanted.row(head.resourceType, named())
    return wanted.alike((head.resourceType, *map(str.encode, told), *map(bytes, told.values())), named)


def _named_beside(head: Head, beside: Mapping[str, msgspec.Raw]) -> list[object]:
    """What a row names beside what it records (reading/asides.py), in the elements that `about` does not look at."""
    return named_in({"resourceType": head.resourceType, **{name: _decoded(raw) for name, raw in beside.items()}})


def _decoded(raw: msgspec.Raw) -> object:
    return _whole(raw) if bytes(raw) else None


def about(code, component, kind, reason_code, reason, used_code=None, used=None, value=None, text=None) -> list[object]:
    """The CodeableConcepts that say what a row is about, in any version of FHIR, and what it tells of beside."""
    inside = [as_dict(value).get("concept") for why in as_list(reason) for value in as_list(as_dict(why).get("value"))]
    parts = [as_dict(part).get("code") for part in as_list(component)]
    wrapped = as_dict(code).get("concept")
    beside = [as_dict(one).get("concept") for one in as_list(used)] + [value, {"text": text} if text else None]
    told = [*parts, *as_list(kind), *as_list(reason_code), *as_list(reason), *inside, *as_list(used_code), *beside]
    return [wrapped or code, *told]


def patient_of(head: Head) -> str | None:
    """The id of the patient whom a row is about, bare; None where it names none that can be read."""
    if head.resourceType == "Patient":
        return head.id
    pointer = head.subject or head.patient
    reference = pointer.reference if pointer else None
    if not reference:
        return None
    reference = reference.partition("/_history/")[0]
    if reference.startswith("urn:uuid:"):
        return reference[9:] or None
    before, _, identity = reference.rpartition("/")
    return identity or None if before == "Patient" or before.endswith("/Patient") else None


def last_day_in(head: Head) -> str:
    """The latest day that a row names, as text; empty where it names none."""
    days = (head.effectiveDateTime, head.authoredOn, head.recordedDate, head.issued)
    return max((day[:10] for day in days if day), default="")
