"""What each type of state does to a person; the walk calls one after the other."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from cdshooks.gmf.person import Entry, Person
from cdshooks.gmf.values import drawn, length

Act = Callable[[str, Mapping, Person], None]


def _nothing(name: str, state: Mapping, person: Person) -> None:
    pass


def _wait(name: str, state: Mapping, person: Person) -> None:
    person.now += length(state, person.chance)


def _set(name: str, state: Mapping, person: Person) -> None:
    number = drawn(state, person.chance)
    person.attributes[state["attribute"]] = state.get("value") if number is None else number


def _count(name: str, state: Mapping, person: Person) -> None:
    step = state.get("amount", 1) * (1 if state["action"] == "increment" else -1)
    person.attributes[state["attribute"]] = (person.attributes.get(state["attribute"]) or 0) + step


def _encounter(name: str, state: Mapping, person: Person) -> None:
    if state.get("wellness"):
        person.now = next_wellness_visit(person)
    codes = tuple(state.get("codes", ()))
    entry = Entry("Encounter", codes, person.now, state, reason=_reason(state, person))
    person.encounter = person.add(name, entry)
    here = [condition for wanted, condition in person.awaiting if wanted == name]
    person.awaiting = [(wanted, condition) for wanted, condition in person.awaiting if wanted != name]
    for condition in here:  # the disease is older, but this is the day on which it is recorded
        condition.start, condition.encounter = person.now, entry
        person.entries.append(condition)


def next_wellness_visit(person: Person) -> datetime:
    """Once a year, counted from birth."""
    years = int((person.now - person.birth).days / 365.25) + 1
    return person.birth + timedelta(days=years * 365.25)


def _encounter_end(name: str, state: Mapping, person: Person) -> None:
    if person.encounter:
        person.encounter.stop = person.now + timedelta(minutes=30)
    person.encounter = None


def _condition(name: str, state: Mapping, person: Person) -> None:
    entry = Entry("Condition", tuple(state["codes"]), person.now, state, person.encounter)
    target = state.get("target_encounter")
    if not target:
        person.add(name, entry)
        return
    person.awaiting.append((target, entry))
    person.made_by[name] = entry
    if "assign_to_attribute" in state:
        person.attributes[state["assign_to_attribute"]] = entry


def _condition_end(name: str, state: Mapping, person: Person) -> None:
    _stop(person.pointed(state, "condition_onset", "Condition"), person)


def _allergy(name: str, state: Mapping, person: Person) -> None:
    person.add(name, Entry("AllergyIntolerance", tuple(state["codes"]), person.now, state, person.encounter))


def _order(name: str, state: Mapping, person: Person) -> None:
    """One active order a code, as in Synthea: a second one gives the first."""
    running = person.running("MedicationRequest", state["codes"])
    if running:
        person.made_by[name] = running
        return
    codes, reason = tuple(state["codes"]), _reason(state, person)
    person.add(name, Entry("MedicationRequest", codes, person.now, state, person.encounter, reason=reason))
    if state.get("administration"):
        person.entries.append(
            Entry("MedicationAdministration", codes, person.now, state, person.encounter, reason=reason)
        )
        if not state.get("chronic"):
            person.made_by[name].stop = person.now


def _order_end(name: str, state: Mapping, person: Person) -> None:
    _stop(person.pointed(state, "medication_order", "MedicationRequest"), person)


def _observe(name: str, state: Mapping, person: Person) -> None:
    person.add(name, _observed(state, person))


def _observed(state: Mapping, person: Person) -> Entry:
    value = drawn(state, person.chance)
    if value is None:
        value = person.attributes.get(state["attribute"]) if "attribute" in state else state.get("value_code")
    return Entry("Observation", tuple(state["codes"]), person.now, state, person.encounter, value=value)


def _report(name: str, state: Mapping, person: Person) -> None:
    members = tuple(_observed(told, person) for told in state["observations"])
    person.entries += members
    report = Entry("DiagnosticReport", tuple(state["codes"]), person.now, state, person.encounter, members=members)
    person.add(name, report)


def _procedure(name: str, state: Mapping, person: Person) -> None:
    entry = Entry("Procedure", tuple(state["codes"]), person.now, state, person.encounter)
    entry.reason = _reason(state, person)
    if "duration" in state:
        entry.stop = person.now + length({"range": state["duration"]}, person.chance)
    person.add(name, entry)


def _die(name: str, state: Mapping, person: Person) -> None:
    person.death = person.now + (length(state, person.chance) if "exact" in state or "range" in state else timedelta())


def _stop(entry: Entry | None, person: Person) -> None:
    if entry and entry.stop is None:
        entry.stop = person.now


def _reason(state: Mapping, person: Person) -> Entry | None:
    """The condition that a state gives as its reason: by attribute, or by the state that made it."""
    found = person.attributes.get(state.get("reason")) or person.made_by.get(state.get("reason"))
    return found if isinstance(found, Entry) else None


ACTS: Mapping[str, Act] = {
    "Initial": _nothing,
    "Simple": _nothing,
    "Terminal": _nothing,
    "Guard": _nothing,
    "Delay": _wait,
    "SetAttribute": _set,
    "Counter": _count,
    "Encounter": _encounter,
    "EncounterEnd": _encounter_end,
    "ConditionOnset": _condition,
    "ConditionEnd": _condition_end,
    "AllergyOnset": _allergy,
    "MedicationOrder": _order,
    "MedicationEnd": _order_end,
    "Observation": _observe,
    "DiagnosticReport": _report,
    "Procedure": _procedure,
    "Death": _die,
}
