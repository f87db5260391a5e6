"""A record read light: rows of which nothing is read, such as bills, are passed over but for what they are called.

Of a Synthea record these are seven tenths of the values, and so of the memory that it takes.
"""

import msgspec

from cdshooks.chart.index import READ
from cdshooks.ehr.parameters import PARAMETERS
from cdshooks.protocol.measure import values_in
from cdshooks.protocol.wire import decode
from cdshooks.reading.asides import PLACES
from cdshooks.reading.respelled import kind_meant
from cdshooks.reading.spellings import R4_KIND
from cdshooks.reading.tellings import TELLING

# What the chart reads or looks beside, and what this EHR answers a search for, by the names of every FHIR version.
WHOLE = frozenset({*READ, *TELLING, *PLACES, *PARAMETERS, *R4_KIND})
_NONE = msgspec.Raw(b"null")
_BESIDE = 3  # values of an entry beside its resource's: itself, its address, the resource


class _Name(msgspec.Struct, omit_defaults=True):
    """All that is kept of a row of another type: what the page names it by."""

    resourceType: str
    id: str | msgspec.UnsetType = msgspec.UNSET
    code: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    medicationCodeableConcept: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    vaccineCode: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Entry(msgspec.Struct):
    resource: msgspec.Raw
    fullUrl: msgspec.Raw = _NONE


class _Bundle(msgspec.Struct):
    resourceType: str
    entry: list[_Entry]
    timestamp: msgspec.Raw = _NONE


_bundle = msgspec.json.Decoder(_Bundle).decode
_name = msgspec.json.Decoder(_Name).decode
_encode = msgspec.json.Encoder().encode


class LightRecord:
    """A Bundle that was taken apart and not yet read; `values` says how many values reading it will make, at most.

    What is no Bundle of the usual shape is read whole.
    """

    def __init__(self, body: bytes):
        self._body, self._rows = body, None
        try:
            bundle = _bundle(body)
            if bundle.resourceType == "Bundle":
                self._timestamp = bytes(bundle.timestamp)
                self._rows = [(entry.fullUrl, _cut(entry.resource)) for entry in bundle.entry]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # what is wrong is told where it is read
            pass

    @property
    def values(self) -> int:
        if self._rows is None:
            return values_in(self._body)
        return 3 + sum(values_in(row) + _BESIDE for _, row in self._rows)

    def read(self) -> object:
        """The JSON, Decimals and all; raises BadJson."""
        if self._rows is None:
            return decode(self._body)
        entries = [{"fullUrl": decode(bytes(url)), "resource": decode(row)} for url, row in self._rows]
        return {"resourceType": "Bundle", "timestamp": decode(self._timestamp), "entry": entries}


def _cut(resource: msgspec.Raw) -> bytes:
    """The row as it came where something is read of it, or of a shape that nobody expects; else its name."""
    whole = bytes(resource)
    try:
        name = _name(whole)
    except msgspec.ValidationError:
        return whole
    return whole if kind_meant(name.resourceType) in WHOLE else _encode(name)
