"""Rows that are no record of a drug or an allergy and tell of one all the same: restated as what they tell of."""

from collections.abc import Iterator, Mapping

from cdshooks.chart.read import (
    ACTIVE,
    NOT_MEANT,
    as_dict,
    as_list,
    as_text,
    codes_of,
    concepts_in,
    is_awaited,
    words_of,
)
from cdshooks.chart.results import AS_IF_ABSENT
from cdshooks.chart.versions import Restated

DONE = ("completed", "in-progress")
PLANNED = "MedicationRequest"
_GIVEN = "MedicationAdministration"
_DATES = ("performedDateTime", "effectiveDateTime", "occurrenceDateTime", "effectiveInstant")
_PERIODS = ("performedPeriod", "effectivePeriod", "occurrencePeriod", "period")


def told_in(row: Mapping) -> Iterator[object]:
    """The CodeableConcepts in which such a row may tell of a drug."""
    match row.get("resourceType"):
        case "Procedure":
            yield row.get("code")
            yield from as_list(row.get("usedCode"))
        case "Encounter" | "NutritionOrder":
            yield from concepts_in(row)
        case "Observation":
            # What was done is the name of such a row, or its value; a number measures something.
            values = (row.get("valueCodeableConcept"), row.get("valueString"))
            words = [*words_of(row.get("code")), *(words_of(values[0]) or [as_text(values[1])])]
            yield {"text": " ".join(filter(None, words))}
        case _:
            yield row.get("code")
            yield from as_list(row.get("orderDetail"))


def as_dose(row: Mapping) -> Mapping | None:
    """The administration, or the order of one, of which a row tells; None where it tells that there is none."""
    kind = row.get("resourceType")
    if not _HOLDS[kind](row):
        return None
    told = Restated({"resourceType": PLANNED if kind == "ServiceRequest" else _GIVEN, "id": row.get("id")})
    told.sent = getattr(row, "sent", row)
    told |= {name: row[name] for name in ("subject", "patient", "contained", "authoredOn") if name in row}
    if kind == "ServiceRequest":
        return _with(told, status="active", intent="order")
    date = next((row[name] for name in _DATES if row.get(name)), None)
    period = next((row[name] for name in _PERIODS if row.get(name)), None)
    return _with(told, status="completed", effectiveDateTime=date, effectivePeriod=period)


def _with(row: Restated, **changes: object) -> Restated:
    row |= {name: value for name, value in changes.items() if value}
    return row


def _is_present(row: Mapping) -> bool:
    clinical, verified = codes_of(row.get("clinicalStatus")), codes_of(row.get("verificationStatus"))
    return not (clinical and not clinical & ACTIVE) and not verified & NOT_MEANT


_HOLDS = {
    "Procedure": lambda row: row.get("status") in DONE,
    "Condition": _is_present,
    "Encounter": lambda row: row.get("status") in ("in-progress", "finished"),
    "Observation": lambda row: row.get("status") not in AS_IF_ABSENT and row.get("valueBoolean") is not False,
    "ServiceRequest": is_awaited,
}
TELLING = frozenset(_HOLDS)


def notes_of(allergy: Mapping) -> str:
    """What is written about an allergy in no field for what it is to."""
    reactions = [as_dict(reaction) for reaction in as_list(allergy.get("reaction"))]
    told = [as_text(reaction.get("description")) for reaction in reactions]
    notes = as_list(allergy.get("note")) + [note for reaction in reactions for note in as_list(reaction.get("note"))]
    told += [as_text(as_dict(note).get("text")) for note in notes]
    return "; ".join(filter(None, told))
