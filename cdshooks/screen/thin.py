"""A line of a register, read just deep enough to say what it is, whose, and of when."""

import re
from operator import methodcaller

import msgspec

OPENING = b'{"resourceType":"'


class Reference(msgspec.Struct):
    reference: str | None = None


class Head(msgspec.Struct):
    """The elements that say what a row is, whose, and of when; all else is passed over while it is read."""

    resourceType: str
    id: str | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    effectiveDateTime: str | None = None
    authoredOn: str | None = None
    recordedDate: str | None = None
    issued: str | None = None


_head, _heads = msgspec.json.Decoder(Head).decode, msgspec.json.Decoder(Head).decode_lines
_decode = msgspec.json.Decoder().decode
FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


# Any other text would end its line in a bucket, or begin one as something else.
may_be_day = re.compile(r"[0-9][0-9A-Za-z:.+-]*").fullmatch


class Unreadable(Exception):
    """A line that is no FHIR resource; says why."""


def quick_kind(line: bytes) -> str | None:
    """The type of a resource that is written in the usual way, without decoding it."""
    if not line.startswith(OPENING):
        return None
    end = line.find(b'"', len(OPENING), len(OPENING) + 60)
    return line[len(OPENING) : end].decode("ascii", "replace") if end > 0 else None


def kind_of_all(lines: list[bytes | None]) -> str | None:
    """The type of all of these, where they are of one, each written in the usual way."""
    kind = quick_kind(lines[0] or b"")
    if kind is None or None in lines:
        return None
    return kind if all(map(methodcaller("startswith", b'%b%b"' % (OPENING, kind.encode())), lines)) else None


def head_of(line: bytes) -> Head | None:
    """The head of a row; None for one whose shape is odd: it is read whole, later. Raises Unreadable."""
    try:
        return _head(line)
    except msgspec.ValidationError:
        return None
    except FAULTS as fault:
        raise Unreadable("it is not JSON") from fault


def heads_of(lines: list[bytes]) -> list[Head] | None:
    """The heads of all of these, in a part of the time; None where one of them is odd, or no JSON."""
    try:
        heads = _heads(b"\n".join(lines))
    except FAULTS:  # an odd shape is one of them
        return None
    return heads if len(heads) == len(lines) else None


def whole(line: bytes) -> object:
    """The line, or an element of it, decoded to the end. Raises Unreadable."""
    try:
        return _decode(line)
    except FAULTS as fault:
        raise Unreadable("it is not JSON, or too deep") from fault


def odd_head(line: bytes) -> Head:
    """Type, id and patient of a row whose other elements have odd shapes. Raises Unreadable."""
    row = whole(line)
    if not isinstance(row, dict) or not isinstance(row.get("resourceType"), str):
        raise Unreadable("it is no FHIR resource")

    def pointed(name: str) -> Reference:
        value = row.get(name)
        reference = value.get("reference") if isinstance(value, dict) else None
        return Reference(reference if isinstance(reference, str) else None)

    identity = row["id"] if isinstance(row.get("id"), str) else None
    return Head(row["resourceType"], identity, pointed("subject"), pointed("patient"))


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
    days = [day[:10] for day in (head.effectiveDateTime, head.authoredOn, head.recordedDate, head.issued) if day]
    return max(days) if len(days) > 1 else days[0] if days else ""
