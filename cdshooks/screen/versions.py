"""What stays of a row that is not kept: its name and version, for an older version of it that is kept ends with it.

So it is of the types that a call gets whole; of the others it gets what has our codes, and no version with another.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.protocol.wire import decode

STUB = b"~"  # begins its line
WHOLE = ("Condition", "Encounter", *DRUG_RESOURCES)
# In every type one of these says that it tells nothing.
_VOID = {
    "status": "entered-in-error",
    "verificationStatus": {"coding": [{"code": "entered-in-error"}]},
}


class Meta(msgspec.Struct, omit_defaults=True, gc=False):
    """Which version a row says that it is."""

    lastUpdated: str | None = None
    versionId: str | None = None


class _Versioned(msgspec.Struct):
    resourceType: msgspec.Raw
    id: str | None = None
    meta: Meta | None = None


class Named(msgspec.Struct, gc=False):
    resourceType: str
    id: str


_named = msgspec.json.Decoder(Named).decode_lines
_versioned, _encode = msgspec.json.Decoder(_Versioned).decode, msgspec.json.Encoder().encode


def has_version(line: bytes) -> bool:
    """May it say which version it is?"""
    return b'"lastUpdated"' in line or b'"versionId"' in line


def stub_of(r4: str | None, line: bytes) -> bytes | None:
    """The line that stays of a row, which is called `r4` in R4; None where it ends no other."""
    if r4 not in WHOLE or not has_version(line):
        return None
    try:
        row = _versioned(line)
    except msgspec.ValidationError:  # what is no text is no version
        return None
    return stub(row.resourceType, row.id, row.meta) if row.id and row.meta else None


def stub(kind: msgspec.Raw, name: str, meta: Meta) -> bytes:
    return STUB + _encode(_Versioned(kind, name, meta))


def told_apart(lines: Iterable[bytes]) -> tuple[list[bytes], list[str], list[bytes]]:
    """A patient's lines: rows, days of rows that were not kept, and what stays of such rows."""
    rows = [line for line in lines if line[:1] == b"{"]
    days = [line.decode() for line in lines if line[:1] not in (b"{", STUB)]
    return rows, days, [line for line in lines if line[:1] == STUB]


def ending(stubs: Collection[bytes], rows: Iterable[Mapping]) -> list[Mapping]:
    """Of those that stayed the rows, void, of which there is another version among these."""
    names = {row.get("id") for row in rows if isinstance(row.get("id"), str)} if stubs else ()
    return [decode(stub[1:]) | _VOID for stub, told in zip(stubs, names_in(stubs), strict=True) if told.id in names]


def names_in(stubs: Collection[bytes]) -> list[Named]:
    """Of each that stayed its type and its id: of servers that number all versions there are hundreds of a patient."""
    return _named(b"\n".join(stubs).replace(b"\n" + STUB, b"\n")[1:]) if stubs else []
