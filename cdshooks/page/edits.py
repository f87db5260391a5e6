"""Changes of a record in place: a value, a unit, a date, a code, a status; or a resource left out."""

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from cdshooks.ehr.parameters import values_at
from cdshooks.ehr.patients import Record
from cdshooks.errors import BadInput
from cdshooks.reading.read import as_dict, reference_of

_CODED = ("code", "medicationCodeableConcept", "vaccineCode", "medication.concept")
_DATED = (
    "effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "onsetDateTime", "onsetPeriod.start",
    "performedDateTime", "performedPeriod.start", "occurrenceDateTime", "authoredOn", "recordedDate",
    "whenHandedOver", "period.start", "issued", "birthDate", "assertedDate", "dateWritten", "dateAsserted",
)  # fmt: skip
# Where a date is put in a resource that has none.
_DATE_OF = {
    "Observation": "effectiveDateTime", "Condition": "onsetDateTime", "Procedure": "performedDateTime",
    "MedicationRequest": "authoredOn", "MedicationStatement": "effectiveDateTime",
    "MedicationAdministration": "effectiveDateTime", "MedicationDispense": "whenHandedOver",
}  # fmt: skip
FIELDS = ("value", "unit", "date", "code", "status")
REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: in which resource, which field, and what stands there now; nothing means that it is left out."""

    ref: str
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.ref}|{self.field}|{self.text}"

    @classmethod
    def read(cls, said: str) -> "Edit":
        ref, field, text = (*said.split("|", 2), "", "")[:3]
        if field not in (*FIELDS, REMOVE):
            raise BadInput(
                f"set: {said[:80]!r} is no change; write Type/id|field|text, field one of {', '.join(FIELDS)}"
            )
        return cls(ref, field, text[:200])


def fields_of(resource: dict) -> dict[str, str]:
    """What of a resource can be changed, as it stands."""
    found = {}
    if _is_in_words(resource):
        found["value"] = _text(resource["valueString"])
    elif resource.get("resourceType") == "Observation" and _has_place_for_a_number(resource):
        quantity = as_dict(resource.get("valueQuantity"))
        found["value"] = _text(quantity.get("value"))
        found["unit"] = _text(quantity.get("unit") or quantity.get("code"))
    path = _date_path(resource)
    if path or resource.get("resourceType") in _DATE_OF:
        found["date"] = _text(_first(values_at(resource, path))) if path else ""
    name = next((path for path in _CODED if values_at(resource, path)), None)
    if name:
        found["code"] = _text(_first(values_at(resource, f"{name}.coding.code")))
    status = "clinicalStatus" if resource.get("resourceType") == "Condition" else "status"
    if status in resource:
        found["status"] = _text(_status(resource[status]))
    return found


def _is_in_words(resource: dict) -> bool:
    return "valueString" in resource and "valueQuantity" not in resource


def _has_place_for_a_number(resource: dict) -> bool:
    """Not where a code is the value, and not in a panel, whose values are those of its members."""
    return "valueQuantity" in resource or not {"valueCodeableConcept", "component"} & set(resource)


def edited(record: Record, edits: Iterable[Edit]) -> Record:
    """The record with the changes made; raises BadInput for one whose resource is not there."""
    by_ref: dict[str, list[Edit]] = {}
    for edit in edits:
        by_ref.setdefault(edit.ref, []).append(edit)
    if not by_ref:
        return record
    known = Counter(map(reference_of, record.resources))
    for ref in by_ref:
        if known[ref] != 1:
            there = "more than one" if known[ref] else "no"
            raise BadInput(f"set: there is {there} {ref[:80]} in this record; take the change out of the address")
    resources = [_changed(row, by_ref.get(reference_of(row), ())) for row in record.resources]
    patient = next(
        (new for old, new in zip(record.resources, resources, strict=True) if old is record.patient), record.patient
    )
    return replace(record, patient=patient or record.patient, resources=tuple(row for row in resources if row))


def said_in(form: Iterable[tuple[str, str]], record: Record, before: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """The changes that a form of inputs `edit|Type/id|field` makes, against the record as it came."""
    made = {(edit.ref, edit.field): edit for edit in before}
    by_ref = {reference_of(row): row for row in record.resources}
    for name, text in form:
        kind, _, rest = name.partition("|")
        ref, _, field = rest.rpartition("|")
        if kind != "edit" or ref not in by_ref or field not in (*FIELDS, REMOVE):
            continue
        made.pop((ref, field), None)
        if _typed(text) != _typed(fields_of(by_ref[ref]).get(field, "")):
            made[ref, field] = Edit(ref, field, _typed(text)[:200])
    return tuple(made.values())


def _typed(text: str) -> str:
    """A text as it comes back out of a field of a form: on one line, and without NUL."""
    return text.translate(_NOT_TYPED).strip()


_NOT_TYPED = {ord("\r"): None, ord("\n"): None, 0: "\ufffd"}


def _changed(resource: dict, edits: Iterable[Edit]) -> dict | None:
    if not edits:
        return resource
    made = deepcopy(resource)
    for edit in edits:
        if edit.field == REMOVE:
            return None if made.get("resourceType") != "Patient" else made
        _SETTERS[edit.field](made, edit.text)
    return made


def _set_value(resource: dict, text: str) -> None:
    if _is_in_words(resource):
        resource["valueString"] = text
        return
    quantity = _table(resource, "valueQuantity")
    try:
        quantity["value"] = Decimal(text.replace(",", "."))
    except InvalidOperation:
        quantity.pop("value", None)
        if text:
            quantity["value"] = text


def _set_unit(resource: dict, text: str) -> None:
    quantity = _table(resource, "valueQuantity")
    for key in ("unit", "code", "system"):
        quantity.pop(key, None)
    if text:
        quantity["unit"] = text


def _set_date(resource: dict, text: str) -> None:
    path = _date_path(resource) or _DATE_OF.get(resource.get("resourceType"), "authoredOn")
    parent, _, name = path.rpartition(".")
    place = _table(resource, parent) if parent else resource
    place.pop(name, None)
    if text:
        place[name] = text


def _set_code(resource: dict, text: str) -> None:
    path = next((path for path in _CODED if values_at(resource, path)), "code")
    parent, _, name = path.rpartition(".")
    concept = _table(_table(resource, parent) if parent else resource, name)
    coding = _table(concept, "coding")
    concept["coding"] = [coding | {"code": text}] if text else []


def _table(holder: dict, name: str) -> dict:
    """What stands there as a table that can be changed, also where it was sent as a list of one, or as bare words."""
    found = holder.get(name)
    if isinstance(found, list):
        found = next((one for one in found if isinstance(one, dict)), None)
    if not isinstance(found, dict):
        found = {"text": found} if isinstance(found, str) else {}
    holder[name] = found
    return found


def _set_status(resource: dict, text: str) -> None:
    if resource.get("resourceType") == "Condition":
        resource["clinicalStatus"] = {"coding": [{"code": text}]} if text else {}
    else:
        resource["status"] = text


_SETTERS = {"value": _set_value, "unit": _set_unit, "date": _set_date, "code": _set_code, "status": _set_status}


def _date_path(resource: dict) -> str | None:
    return next((path for path in _DATED if values_at(resource, path)), None)


def _status(value: object) -> object:
    return _first(values_at({"it": value}, "it.coding.code")) if isinstance(value, dict) else value


def _first(found: list) -> object:
    return found[0] if found else None


def _text(value: object) -> str:
    return "" if value is None else str(value)
