"""The forms in which a vignette may tell the parts of a fact, and which of them each table of facts may have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """One way to tell one part: what it tells, how it is written, what it means, and its words of our own."""

    slot: str
    written: str
    means: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of facts in a vignette: what it becomes, of which kinds of concept, in which forms and statuses."""

    becomes: str
    kinds: tuple[str, ...]
    forms: tuple[str, ...]
    statuses: tuple[str, ...]


FORMS = {
    "amount": Form(
        "value",
        "150 ng/L",
        "a number with a unit of the analyte; before it may stand `<`, `<=`, `>` or `>=`; a result that has no unit is "
        "`150 without unit`",
        ("without unit",),
    ),
    "class": Form("value", "CLASS", "the class of a coded value"),
    "no_value": Form("value", "without value", "a result that came without a value", ("without value",)),
    "dose": Form(
        "value",
        "5 mg daily",
        "an amount, how often, or both. Often is `daily`, `weekly`, `monthly` or `a day`, `a week`, `a month`, after "
        "`once`, `twice`, `three times` or `four times`; or `every 14 days`, `every 12 weeks`, `every 3 months`. An "
        "amount is a mass, a number of tablets or a volume; `1 without unit` counts what the product is made of",
        (
            "without unit", "once twice three four times", "daily weekly monthly", "a day", "a week", "a month",
            "every days weeks months",
        ),
    ),
    "today": Form("when", "today", "the day of the vignette", ("today",)),
    "ago": Form(
        "when",
        "40 days ago",
        "so many days, weeks, months or years before the day of the vignette",
        ("day days week weeks month months year years ago",),
    ),
    "date": Form("when", "2025-03-31", "a date; of a partial date only `2025-03` or `2025`"),
    "undated": Form("when", "without date", "no date is recorded", ("without date",)),
    "by": Form("by", "by intramuscular", "the route, by one of the words of `_concepts/routes.toml`", ("by",)),
    "bare_status": Form("status", "resolved", "the clinical status of a problem; without one it is active"),
    "status": Form("status", "status preliminary", "a status of FHIR, where it is not the usual one", ("status",)),
    "intent": Form("intent", "intent proposal", "an intent of FHIR, where it is not `order`", ("intent",)),
    "code": Form("code", "code CODE", "this code of the concept; without it, the first", ("code",)),
    "product": Form("code", "NAME OF A PRODUCT", "the same, by the name that stands beside the code"),
    "words": Form("words", "words Some tablets", "words only and no code, up to the next comma", ("words",)),
    "relative": Form(
        "relative",
        "relative mother",
        "who it is, by one of the words of `_concepts/relatives.toml`, or `relative code CODE`",
        ("relative",),
    ),
    "criticality": Form("criticality", "criticality low", "how dangerous an allergy is said to be", ("criticality",)),
    "reaction": Form(
        "reaction",
        "reaction Flushing",
        "the manifestation of an allergy, up to the next comma, or `reaction code CODE`",
        ("reaction",),
    ),
    "limit": Form("limit", "limit 280 nmol/L", "the upper limit of the report's own reference range", ("limit",)),
    "for": Form("for", "for 28 days", "for how many days a dispense is said to last", ("for", "days")),
    "until": Form("until", "until 2025-03-31", "the written end of an order", ("until",)),
    "odd_unit": Form("odd unit", "odd unit", "the unit is meant, although it is none of ours", ("odd unit",)),
    "odd_route": Form("odd route", "odd route", "the route is meant, although it is none of ours", ("odd route",)),
    "odd_status": Form("odd status", "odd status", "the status is meant, although FHIR has none such", ("odd status",)),
}  # fmt: skip

_WHEN = ("today", "ago", "date", "undated")
_WHAT = ("code", "words", "status", "odd_status")
_ORDER = ("dose", "by", *_WHAT, "intent", "product", "odd_unit", "odd_route")
_DRUG = ("drug",)
_ORDERED = ("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown")
_REQUESTED = ("draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown")
_EVENT = ("preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown")
_HANDED = (
    "preparation", "in-progress", "cancelled", "on-hold", "completed", "entered-in-error", "stopped", "declined",
    "unknown",
)  # fmt: skip
_STATED = ("active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken")
_OBSERVED = (
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
)  # fmt: skip
_CLINICAL = ("active", "recurrence", "relapse", "inactive", "remission", "resolved")
_VISIT = (
    "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error", "unknown",
)  # fmt: skip

_TEST = ("result", "test", "status")
_RESULT = ("amount", "class", "no_value", *_WHEN, *_WHAT, "limit", "odd_unit")

TABLES = {
    "results": Table("an Observation", ("result", "status"), _RESULT, _OBSERVED),
    "problems": Table("a Condition", ("problem",), ("bare_status", *_WHEN, *_WHAT), _CLINICAL),
    "procedures": Table("a Procedure", ("problem",), (*_WHEN, *_WHAT), _EVENT),
    "taking": Table("a MedicationRequest", _DRUG, (*_ORDER, *_WHEN, "until"), _ORDERED),
    "stating": Table("a MedicationStatement", _DRUG, (*_ORDER, *_WHEN), _STATED),
    "given": Table("a MedicationAdministration", _DRUG, (*_WHEN, "by", *_WHAT, "product", "odd_route"), _EVENT),
    "dispensed": Table(
        "a MedicationDispense",
        _DRUG,
        ("dose", "by", *_WHEN, "for", *_WHAT, "product", "odd_unit", "odd_route"),
        _HANDED,
    ),
    "requested": Table("a ServiceRequest on record", _TEST, (*_WHEN, *_WHAT, "intent"), _REQUESTED),
    "drafting": Table("a draft MedicationRequest, judged", _DRUG, _ORDER, _ORDERED),
    "also_drafting": Table("a draft MedicationRequest in the same sitting", _DRUG, _ORDER, _ORDERED),
    "requesting": Table("a draft ServiceRequest, judged", _TEST, _WHAT, _REQUESTED),
    "also_requesting": Table("a draft ServiceRequest in the same sitting", _TEST, _WHAT, _REQUESTED),
    "allergies": Table("an AllergyIntolerance", ("drug", "substance"), (*_WHAT, "criticality", "reaction"),
                       ("active", "inactive", "resolved")),
    "family": Table(
        "a FamilyMemberHistory",
        ("problem",),
        (*_WHAT, "relative"),
        ("partial", "completed", "entered-in-error", "health-unknown"),
    ),
    "visits": Table("an Encounter", ("visit",), (*_WHEN, *_WHAT), _VISIT),
}
