"""How rows are written that have no unusual element: read by structures, many at once."""

import re
from operator import itemgetter

import msgspec
from msgspec.structs import astuple

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.screen.thin import FAULTS
from cdshooks.screen.untelling import NARRATIVE, NUMBER, PARTS, UNTELLING, without_numbers, without_pointers
from cdshooks.screen.versions import WHOLE, has_version

NONE = msgspec.Raw(b"")
# By kind the elements that tell something in most registers, and those that point elsewhere as well.
_TELLING = {
    "Observation": (
        ("code", "category", "valueCodeableConcept", "valueString", "interpretation", "referenceRange", "note"),
        ("specimen", "device"),
    ),
    "Condition": (("code", "category", "clinicalStatus", "verificationStatus", "severity"), ()),
    "Procedure": (("code", "status", "category", "reasonCode"), ("reasonReference",)),
    "Encounter": (("type", "status", "class", "reasonCode"), ("diagnosis", "reasonReference")),
}
_OF_ORDERS = (
    ("status", "medicationCodeableConcept", "category", "dosageInstruction", "dosage", "reasonCode"),
    ("reasonReference",),
)
POINTER = "medicationReference"
_ELSEWHERE = ("contained", POINTER)  # what such a row tells lies elsewhere in it, or in another
# A row with one of these is no usual one; one that is told of nowhere here makes all unusual that are read with it.
_RARE = (
    *_ELSEWHERE, "hasMember", "extension", "modifierExtension", "language", "medication", "dataAbsentReason",
    "bodySite", "method", "valueInteger", "valueBoolean", "valueDateTime", "valueSampledData",
)  # fmt: skip
_AT_POINTER = _RARE.index(POINTER)
_AT_PARTS = len(_RARE)  # of what is told of a row, which begins with what is rare
_NOT_ELSEWHERE, _NO_RARE = (NONE,) * len(_ELSEWHERE), (NONE,) * len(_RARE)
_says_whose = re.compile(rb'\{"reference" ?: ?"(?:[^"]*/)?Patient/[^"/]+"').match
_plain_patient = re.compile(
    rb'\{"reference" ?: ?"Patient/([A-Za-z0-9.-]{1,64})"(?:, ?"display" ?: ?"[^"\\]*")?\}'
).fullmatch
_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode
written = msgspec.json.Encoder().encode  # of what is told: what is not there is empty
Row = tuple  # its elements, each as it is written
Told = tuple  # those that could matter, with which a Row begins


class There(msgspec.Struct, gc=False):
    """An object of which it matters only that it is there."""


class Usual:
    """Reads the rows of one kind; by a `way` it is known which of them tell the same."""

    def __init__(self, kind: str):
        plain, pointing = _TELLING.get(kind, _OF_ORDERS)
        telling = (*_RARE, PARTS, "resourceType", *plain, *pointing)
        names = dict.fromkeys((*telling, NARRATIVE, NUMBER, "subject", *sorted(UNTELLING[kind])))
        fields = [(_called(name), There | None if name in (NARRATIVE, NUMBER) else msgspec.Raw, NONE) for name in names]
        renamed = {_called(name): name for name in names}
        row = msgspec.defstruct("Row", fields, forbid_unknown_fields=True, rename=renamed, gc=False)
        self._read = msgspec.json.Decoder(row)
        self._whose, self._meta = (
            fields.index(("subject", msgspec.Raw, NONE)),
            fields.index(("meta", msgspec.Raw, NONE)),
        )
        self.told_of = itemgetter(slice(0, len(telling) + 2))  # Told of a Row
        self._points, self._must_say_whose = bool(pointing), kind in DRUG_RESOURCES
        self.may_stay = kind in WHOLE
        self._ends = [at for at, (name, _, _) in enumerate(fields) if name.startswith("abatement")]

    def row(self, line: bytes) -> Row | None:
        """None of one with an element that is not known here. Raises what msgspec raises of what is no JSON."""
        try:
            return astuple(self._read.decode(line))
        except msgspec.ValidationError:
            return None

    def rows(self, lines: list[bytes]) -> list[Row] | None:
        """Of all of these, in a half of the time; None where that is not to be had."""
        try:
            rows = self._read.decode_lines(b"\n".join(lines))
        except FAULTS:
            return None
        return list(map(astuple, rows)) if len(rows) == len(lines) else None

    def stays(self, row: Row) -> bool:
        """Must something of it stay, or be told, though nothing is taken of it: its version, or that it is nobody's?"""
        meta = row[self._meta]
        if meta is not NONE and has_version(bytes(meta)):
            return True
        return self._must_say_whose and not _says_whose(bytes(row[self._whose]))

    def patient_of(self, row: Row) -> str | None:
        """The id of the patient, where it is written in the plainest way."""
        named = _plain_patient(bytes(row[self._whose]))
        return named[1].decode() if named else None

    def has_ended(self, row: Row) -> bool:
        """Is an end told, whatever it is?"""
        return any(row[at] is not NONE for at in self._ends)

    def way(self, told: Told) -> bytes:
        """Two rows of one way tell the same."""
        return without_pointers(written(told)) if self._points else written(told)


def is_elsewhere(told: Told) -> bool:
    # Of tuples the same objects are looked for first: no element is compared.
    return told[: len(_ELSEWHERE)] != _NOT_ELSEWHERE


def is_rare(told: Told) -> bool:
    return told[: len(_RARE)] != _NO_RARE


def pointer_of(told: Told) -> bytes | None:
    """Where an order points to its drug, as it is written; None of one that is unusual in another way, too."""
    raw, others = told[_AT_POINTER], (*told[:_AT_POINTER], NONE, *told[_AT_POINTER + 1 : _AT_PARTS])
    return bytes(raw) if raw is not NONE and others == _NO_RARE else None


def parted(told: Told) -> tuple[Told, list[bytes]]:
    """A row without its parts, and how each of them is written; without any where they are no list."""
    raw = told[_AT_PARTS]
    if raw is NONE or memoryview(raw)[:1] != b"[":
        return told, []
    return (*told[:_AT_PARTS], *told[_AT_PARTS + 1 :]), [without_numbers(bytes(part)) for part in _parts(raw)]


def _called(name: str) -> str:
    """`class` is a word of Python's own."""
    return f"{name}_" if name == "class" else name


USUAL = {kind: Usual(kind) for kind in UNTELLING}
