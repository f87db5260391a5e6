"""What of a row never makes a chart take anything of it: dates, people, numbers, and where the row points to."""

import re

from cdshooks.chart.index import DRUG_RESOURCES

_OF_ANY = frozenset({
    "id", "meta", "implicitRules", "identifier", "subject", "patient", "encounter", "context", "performer", "recorder",
    "asserter", "effectiveDateTime", "effectivePeriod", "performedDateTime", "performedPeriod", "occurrenceDateTime",
    "occurrencePeriod", "recordedDate", "issued", "location",
})  # fmt: skip
_OF_ORDERS = _OF_ANY | {
    "text", "intent", "authoredOn", "dateWritten", "requester", "prescriber", "dispenseRequest", "dateAsserted",
    "informationSource", "whenHandedOver", "whenPrepared", "quantity", "daysSupply", "request", "basedOn",
    "authorizingPrescription", "insurance",
}  # fmt: skip
# By kind, in R4's words, what makes no row of it tell anything, whatever stands there. All else may, and is looked at.
UNTELLING = {
    "Observation": _OF_ANY | {"status", "effectiveInstant"},
    "Condition": _OF_ANY | {"onsetDateTime", "onsetPeriod", "abatementDateTime", "abatementPeriod", "dateRecorded"},
    "Procedure": _OF_ANY | {"text"},
    "Encounter": _OF_ANY | {"text", "period", "participant", "serviceProvider", "length", "hospitalization"},
    **dict.fromkeys(DRUG_RESOURCES, _OF_ORDERS),
}  # fmt: skip
# Of these it matters only that they are there: of a number the unit could, where nothing else says what it is.
NARRATIVE, NUMBER = "text", "valueQuantity"
PARTS = "component"
_POINTER, _NUMBER = re.compile(rb'"reference" ?: ?"[^"\\]*"'), re.compile(rb'"value" ?: ?[-+.0-9eE]+')


def without_pointers(raw: bytes) -> bytes:
    """An element as it is written, but for where it points to."""
    return _POINTER.sub(b'"reference":"-"', raw) if b'"reference"' in raw else raw


def without_numbers(raw: bytes) -> bytes:
    """The same, and but for the numbers of its quantities."""
    raw = _POINTER.sub(b'"reference":"-"', raw) if b'"reference"' in raw else raw
    return _NUMBER.sub(b'"value":1', raw) if b'"value"' in raw else raw
