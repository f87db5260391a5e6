"""Conditions of a module, asked of a person at a moment."""

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from cdshooks.gmf.person import Person, same_code
from cdshooks.gmf.values import UNITS

COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def holds(told: Mapping, person: Person) -> bool:
    """Does the condition hold for this person now?"""
    return CONDITIONS[told["condition_type"]](told, person)


def only_grows(told: Mapping) -> bool:
    """Does it hold for good, once it holds? So it is with ages and dates that must be reached."""
    kind = told["condition_type"]
    if kind in ("And", "Or"):
        return all(only_grows(inner) for inner in told["conditions"])
    reached = told.get("operator") in (">", ">=")
    return reached and (kind == "Age" or (kind == "Date" and "month" not in told))


def parts(told: Mapping) -> Iterator[Mapping]:
    """The condition and every condition inside it."""
    yield told
    for inner in (*told.get("conditions", ()), *([told["condition"]] if "condition" in told else ())):
        yield from parts(inner)


def compared(left: object, sign: str, right: object) -> bool:
    """By one of the signs, or `is nil` and `is not nil`; nothing is smaller or larger than nothing."""
    if sign == "is nil":
        return left is None
    if sign == "is not nil":
        return left is not None
    return False if left is None and sign not in ("==", "!=") else COMPARE[sign](left, right)


def _count(told: Mapping, person: Person) -> int:
    return sum(holds(inner, person) for inner in told["conditions"])


def _age(told: Mapping, person: Person) -> bool:
    days = (person.now - person.birth).total_seconds() / 86400
    return compared(days / UNITS[told["unit"]], told["operator"], told["quantity"])


def _date(told: Mapping, person: Person) -> bool:
    if "date" in told:
        at = told["date"]
        moment = datetime(at["year"], at.get("month", 1), at.get("day", 1), at.get("hour", 0), tzinfo=person.now.tzinfo)
        return compared(person.now, told["operator"], moment)
    unit = "month" if "month" in told else "year"
    return compared(getattr(person.now, unit), told["operator"], told[unit])


def _active(kind: str) -> Callable[[Mapping, Person], bool]:
    def asked(told: Mapping, person: Person) -> bool:
        running = [entry for entry in person.entries if entry.kind == kind and entry.stop is None]
        if "referenced_by_attribute" in told:
            return any(entry is person.attributes.get(told["referenced_by_attribute"]) for entry in running)
        return any(same_code(entry.codes, told["codes"]) for entry in running)

    return asked


def _observation(told: Mapping, person: Person) -> bool:
    if "referenced_by_attribute" in told:
        last = person.attributes.get(told["referenced_by_attribute"])
    else:
        found = (e for e in reversed(person.entries) if e.kind == "Observation" and same_code(e.codes, told["codes"]))
        last = next(found, None)
    return compared(last and last.value, told["operator"], told.get("value", told.get("value_code")))


def _prior(told: Mapping, person: Person) -> bool:
    """Was the person in this state, since another one, or within a time?"""
    at = person.visited.get(told["name"])
    if at is None:
        return False
    if "since" in told and person.visited.get(told["since"], person.birth) > at:
        return False
    if "within" in told:
        return person.now - at <= timedelta(days=told["within"]["quantity"] * UNITS[told["within"]["unit"]])
    return True


CONDITIONS: Mapping[str, Callable[[Mapping, Person], bool]] = {
    "And": lambda told, person: all(holds(inner, person) for inner in told["conditions"]),
    "Or": lambda told, person: any(holds(inner, person) for inner in told["conditions"]),
    "Not": lambda told, person: not holds(told["condition"], person),
    "At Least": lambda told, person: _count(told, person) >= told["minimum"],
    "At Most": lambda told, person: _count(told, person) <= told["maximum"],
    "True": lambda told, person: True,
    "False": lambda told, person: False,
    "Gender": lambda told, person: person.sex == told["gender"],
    "Age": _age,
    "Date": _date,
    "Attribute": lambda told, person: compared(
        person.attributes.get(told["attribute"]), told["operator"], told.get("value")
    ),
    "Active Condition": _active("Condition"),
    "Active Medication": _active("MedicationRequest"),
    "Active Allergy": _active("AllergyIntolerance"),
    "Observation": _observation,
    "PriorState": _prior,
}
