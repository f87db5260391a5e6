"""How rows are written that have no unusual element: read by structures, many at once."""

import re
from collections.abc import Iterable
from operator import itemgetter

import msgspec
from msgspec.structs import astuple

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.screen.thin import FAULTS
from cdshooks.screen.untelling import NARRATIVE, NUMBER, PARTS, UNTELLING, without_pointers
from cdshooks.screen.versions import WHOLE, Meta, stub

NONE = msgspec.Raw(b"")
# By kind the elements that tell something in most registers, and those that point elsewhere as well. Here and below in
# the order of most rows: the next one is looked for where the last one was found, which takes a tenth off reading.
_TELLING = {
    "Observation": (
        ("category", "code", "valueCodeableConcept", "valueString", "interpretation", "note", "referenceRange"),
        ("specimen", "device"),
    ),
    "Condition": (("clinicalStatus", "verificationStatus", "category", "severity", "code"), ()),
    "Procedure": (("status", "category", "code", "reasonCode"), ("reasonReference",)),
    "Encounter": (("status", "class", "type", "reasonCode"), ("reasonReference", "diagnosis")),
}
_OF_ORDERS = (
    ("status", "category", "medicationCodeableConcept", "reasonCode", "dosageInstruction", "dosage"),
    ("reasonReference",),
)
POINTER = "medicationReference"
_ELSEWHERE = ("contained", POINTER)  # what such a row tells lies elsewhere in it, or in another
# A row with one of these is no usual one; one that is told of nowhere here makes all unusual that are read with it.
_RARE = (
    *_ELSEWHERE, "hasMember", "extension", "modifierExtension", "language", "medication", "dataAbsentReason",
    "bodySite", "method", "valueInteger", "valueBoolean", "valueDateTime", "valueSampledData",
)  # fmt: skip
_OFTEN = (
    "id", "meta", "identifier", "intent", "subject", "encounter", "context", "onsetDateTime", "abatementDateTime",
    "recordedDate", "effectiveDateTime", "performedPeriod", "period", "issued", "authoredOn", "requester", "performer",
)  # fmt: skip
# Of what is told of a row, which ends with its parts and with what is rare.
_AT_RARE = -len(_RARE)
_AT_POINTER, _AT_PARTS = _AT_RARE + _RARE.index(POINTER), _AT_RARE - 1
_NOT_ELSEWHERE, _NO_RARE = (NONE,) * len(_ELSEWHERE), (NONE,) * len(_RARE)
_says_whose = re.compile(rb'\{"reference" ?: ?"(?:[^"]*/)?Patient/[^"/]+"').match
_plain_patient = re.compile(
    rb'\{"reference" ?: ?"Patient/([A-Za-z0-9.-]{1,64})"(?:, ?"display" ?: ?"[^"\\]*")?\}'
).fullmatch
_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode
written = msgspec.json.Encoder().encode  # of what is told: what is not there is empty
Row = msgspec.Struct  # its elements, each as it is written, but for those that say which and whose it is
Told = tuple  # those that could matter, with which a Row begins; what is rare comes last
Verdict = bool | str | tuple[str, bytes] | None  # see Usual.passed


class There(msgspec.Struct, gc=False):
    """An object of which it matters only that it is there."""


_IS_THERE = dict.fromkeys((NARRATIVE, NUMBER), (There | None, NONE))
_VERSION = {"id": (str | None, None), "meta": (Meta | None, None)}


class Usual:
    """Reads the rows of one kind; by a `way` it is known which of them tell the same."""

    def __init__(self, kind: str):
        plain, pointing = _TELLING.get(kind, _OF_ORDERS)
        telling = ("resourceType", *plain, *pointing, NARRATIVE, NUMBER, PARTS, *_RARE)
        often = [name for name in _OFTEN if name in UNTELLING[kind]]
        names = dict.fromkeys((*telling, *often, *sorted(UNTELLING[kind])))
        typed = _IS_THERE | (_VERSION if kind in WHOLE else {})
        fields = [(_called(name), *typed.get(name, (msgspec.Raw, NONE))) for name in names]
        renamed = {_called(name): name for name in names}
        row = msgspec.defstruct("Row", fields, forbid_unknown_fields=True, rename=renamed, gc=False)
        self._read = msgspec.json.Decoder(row)
        self._cut = itemgetter(slice(0, len(telling)))
        self._points, self._must_say_whose = bool(pointing), kind in DRUG_RESOURCES
        self.may_stay = kind in WHOLE
        self._ends = [name for name in row.__struct_fields__ if name.startswith("abatement")]

    def row(self, line: bytes) -> Row | None:
        """None of one with an element that is not known here. Raises what msgspec raises of what is no JSON."""
        try:
            return self._read.decode(line)
        except msgspec.ValidationError:
            return None

    def rows(self, lines: list[bytes]) -> list[Row] | None:
        """Of all of these, in a half of the time; None where that is not to be had."""
        try:
            rows = self._read.decode_lines(b"\n".join(lines))
        except FAULTS:
            return None
        return rows if len(rows) == len(lines) else None

    def told_of(self, row: Row) -> Told:
        return self._cut(astuple(row))

    def told_of_all(self, rows: Iterable[Row]) -> Iterable[Told]:
        return map(self._cut, map(astuple, rows))

    def passed(self, row: Row) -> Verdict:
        """Of a row of which nothing is taken: False; where its version stays its patient, and the line that stays;
        None where it must say whose it is, and does not say it in the plainest way.
        """
        meta = row.meta
        if meta and (meta.lastUpdated is not None or meta.versionId is not None):
            patient = self.patient_of(row)
            return (patient, stub(row.resourceType, row.id, meta)) if patient and row.id else None
        return False if not self._must_say_whose or _says_whose(bytes(row.subject)) else None

    def patient_of(self, row: Row) -> str | None:
        """The id of the patient, where it is written in the plainest way."""
        named = _plain_patient(bytes(row.subject))
        return named[1].decode() if named else None

    def has_ended(self, row: Row) -> bool:
        """Is an end told, whatever it is?"""
        return any(getattr(row, name) is not NONE for name in self._ends)

    def way(self, told: Told) -> bytes:
        """Two rows of one way tell the same."""
        return without_pointers(written(told)) if self._points else written(told)


def is_elsewhere(told: Told) -> bool:
    # Of tuples the same objects are looked for first: no element is compared.
    return told[_AT_RARE : _AT_RARE + len(_ELSEWHERE)] != _NOT_ELSEWHERE


def is_rare(told: Told) -> bool:
    return told[_AT_RARE:] != _NO_RARE


def pointer_of(told: Told) -> bytes | None:
    """Where an order points to its drug, as it is written; None of one that is unusual in another way, too."""
    raw, others = told[_AT_POINTER], (*told[_AT_RARE:_AT_POINTER], NONE, *told[_AT_POINTER + 1 :])
    return bytes(raw) if raw is not NONE and others == _NO_RARE else None


def parted(told: Told) -> tuple[Told, list[bytes]]:
    """A row without its parts, and each of these; without any where they are no list."""
    raw = told[_AT_PARTS]
    if raw is NONE or memoryview(raw)[:1] != b"[":
        return told, []
    return told[:_AT_PARTS], list(map(bytes, _parts(raw)))


def _called(name: str) -> str:
    """`class` is a word of Python's own."""
    return f"{name}_" if name == "class" else name


USUAL = {kind: Usual(kind) for kind in UNTELLING}
