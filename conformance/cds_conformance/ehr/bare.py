"""A bare resource of any kind that FHIR R4 knows: whom it is about, a code, a day, a status, and what is required."""

from cds_conformance.fhir_shape import Field, fields_of, is_resource

# Where a kind keeps whom it is about, what it is, and when it was; the first that it has.
ABOUT = ("subject", "patient", "beneficiary", "for")
NAMED = ("code", "vaccineCode", "type", "codeCodeableConcept", "description", "reasonCode")
DATED = (
    "effectiveDateTime", "authoredOn", "occurrenceDateTime", "performedDateTime", "date", "dateTime", "authored",
    "sent", "started", "created", "recordedDate",
)  # fmt: skip
DAYS = ("DateTime", "Date", "Instant")
USUAL = ("active", "completed", "final", "current", "available", "booked", "accepted")
SAMPLES = {
    "boolean": True, "Integer": 1, "UnsignedInt": 1, "PositiveInt": 1, "Decimal": 1, "Time": "09:00:00",
    "Base64Binary": "eA==", "CodeableConcept": {"text": "Unspecified"}, "Attachment": {"title": "Empty"},
    "Quantity": {"value": 1},
}  # fmt: skip


def bare(head: dict, code: dict, day: str, status: str, category: dict | None) -> dict | None:
    """The resource, of which `head` has type, id and subject; None for a type that R4 does not know.

    `code` is a CodeableConcept, `status` and `category` what templates ask for, used where the kind has it.
    """
    kind = head["resourceType"]
    if not is_resource(kind):
        return None
    known, subject = fields_of(kind), head["subject"]
    made = {name: value for name, value in head.items() if name != "subject"}
    for names, kinds, value in (
        (ABOUT, ("Reference",), subject),
        (NAMED, ("CodeableConcept",), code),
        (DATED, DAYS, day),
    ):
        name = next((one for one in names if one in known and known[one].kind in kinds), "")
        value = f"{day}T09:00:00Z" if name and known[name].kind == "Instant" else value
        made |= {name: _as(known[name], value)} if name else {}
    made |= with_category(kind, category)
    if "status" in known and known["status"].kind == "Code":
        made["status"] = status_of(kind, status)
    return made | {name: _as(field, _least(field, subject, day)) for name, field in _lacking(known, made)}


def status_of(kind: str, wanted: str, usual: str = "") -> str:
    """The status that is wanted, where the kind can have it; else a usual one."""
    words = fields_of(kind)["status"].words
    return next((one for one in (wanted, usual, *USUAL, *words) if one and (one in words or not words)), "active")


def with_category(kind: str, category: dict | None) -> dict:
    """The category, as one or as a list, where the kind has any."""
    field = fields_of(kind).get("category")
    return {"category": _as(field, category)} if category and field and field.kind == "CodeableConcept" else {}


def _as(field: Field, value):
    return [value] if field.several else value


def _lacking(known: dict[str, Field], made: dict):
    """Fields that are required and not there; of a group of names its first."""
    groups = {known[name].group for name in made if name in known}
    for name, field in known.items():
        if name not in made and (field.required or (field.one_required and field.group not in groups)):
            groups |= {field.group}
            yield name, field


def _least(field: Field, subject: dict, day: str):
    """As little as may stand in a field."""
    if field.words:
        return field.words[0]
    if field.kind == "Reference":
        return subject
    if field.kind in DAYS:
        return f"{day}T09:00:00Z" if field.kind == "Instant" else day
    if field.kind in SAMPLES:
        return SAMPLES[field.kind]
    try:
        known = fields_of(field.kind)
    except KeyError:
        return "unspecified"
    inner = {name: _as(one, _least(one, subject, day)) for name, one in _lacking(known, {})}
    return inner or {"id": "empty"}
