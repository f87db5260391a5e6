"""What stays of a row that is not kept: its name and version, for an older version of it that is kept ends with it.

So it is of the types that a call gets whole; of the others it gets what has our codes, and no version with another.
"""

from collections.abc import Iterable, Mapping

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


class _Meta(msgspec.Struct, omit_defaults=True):
    lastUpdated: str | None = None
    versionId: str | None = None


class _Versioned(msgspec.Struct):
    resourceType: str
    id: str | None = None
    meta: _Meta | None = None


_versioned = msgspec.json.Decoder(_Versioned).decode


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
    return STUB + msgspec.json.encode(row) if row.id and row.meta else None


def told_apart(lines: Iterable[bytes]) -> tuple[list[bytes], list[str], list[bytes]]:
    """A patient's lines: rows, days of rows that were not kept, and what stays of such rows."""
    rows = [line for line in lines if line[:1] == b"{"]
    days = [line.decode() for line in lines if line[:1] not in (b"{", STUB)]
    return rows, days, [line for line in lines if line[:1] == STUB]


def ending(stubs: Iterable[bytes], rows: Iterable[Mapping]) -> list[Mapping]:
    """Of those that stayed the rows, void, of which there is another version among these."""
    names = {row.get("id") for row in rows if isinstance(row.get("id"), str)} if stubs else ()
    told = (decode(stub[1:]) for stub in stubs)
    return [row | _VOID for row in told if row["id"] in names]
