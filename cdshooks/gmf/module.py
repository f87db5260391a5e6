"""A module file: read, and refused with every fault at once where it says what is not supported here."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.gmf.logic import CONDITIONS, parts
from cdshooks.gmf.values import DISTRIBUTIONS, UNITS

TRANSITIONS = ("direct_transition", "distributed_transition", "conditional_transition", "complex_transition")
EVERYWHERE = {"type", "remarks", *TRANSITIONS}
NUMBER = {"exact", "range", "distribution", "unit"}
CODED = {"codes", "reason"}
# What each type of state may say; the rest of the framework is refused, so that no patient is quietly half made.
STATES: Mapping[str, set[str]] = {
    "Initial": set(),
    "Simple": set(),
    "Terminal": set(),
    "Delay": NUMBER,
    "Guard": {"allow"},
    "SetAttribute": NUMBER - {"unit"} | {"attribute", "value"},
    "Counter": {"attribute", "action", "amount"},
    "Encounter": CODED | {"wellness", "encounter_class"},
    "EncounterEnd": set(),
    "ConditionOnset": {"codes", "assign_to_attribute", "target_encounter"},
    "ConditionEnd": {"condition_onset", "referenced_by_attribute", "codes"},
    "AllergyOnset": {"allergy_type", "category", "codes", "assign_to_attribute", "reactions"},
    "MedicationOrder": CODED | {"prescription", "administration", "assign_to_attribute", "chronic"},
    "MedicationEnd": {"medication_order", "referenced_by_attribute", "codes"},
    "Observation": NUMBER | {"codes", "category", "attribute", "value_code"},
    "DiagnosticReport": {"codes", "observations"},
    "Procedure": CODED | {"duration"},
    "Death": {"exact", "range"},
}
# Which keys name another state.
POINTERS = {"target_encounter", "condition_onset", "medication_order"}


@dataclass(frozen=True)
class Module:
    """A module that can be walked through: its name, and its states by name."""

    name: str
    states: Mapping[str, Mapping]


def read_module(path: Path) -> Module:
    """The module in a JSON file; raises BadInput with every fault."""
    try:
        body = json.loads(Path(path).read_text("utf-8"))
    except OSError as fault:
        raise BadInput(f"{path}: cannot be read ({fault.strerror}); check the path") from fault
    except ValueError as fault:
        raise BadInput(f"{path}: not JSON ({fault})") from fault
    if not isinstance(body, dict) or not isinstance(body.get("states"), dict):
        raise BadInput(f"{path}: a module is an object with 'name' and 'states'")
    found = list(faults(body))
    if found:
        raise BadInput(*(f"{path}: {fault}" for fault in found))
    return Module(str(body.get("name") or Path(path).stem), body["states"])


def faults(body: Mapping) -> Iterator[str]:
    """Everything in a module that cannot be followed."""
    if body.get("gmf_version") not in (None, 1, 2):
        yield f"gmf_version {body['gmf_version']}: only 1 and 2 are known"
    states = body["states"]
    if "Initial" not in states:
        yield "there is no state named 'Initial'"
    for name, state in states.items():
        for says in _state_faults(state, states):
            yield f"state '{name}': {says}"


def _state_faults(state: object, states: Mapping) -> Iterator[str]:
    kind = state.get("type") if isinstance(state, dict) else None
    if kind not in STATES:
        yield f"type {kind!r} is not supported{_near(kind, STATES)}; there are {', '.join(STATES)}"
        return
    for key in sorted(set(state) - EVERYWHERE - STATES[kind]):
        yield f"{kind} has '{key}', which is not supported{_near(key, STATES[kind])}"
    told = [name for name in TRANSITIONS if name in state]
    if len(told) != (kind != "Terminal"):
        yield f"{len(told)} transitions; " + ("Terminal has none" if kind == "Terminal" else "there must be one")
    for target in targets(state):
        if target not in states:
            yield f"there is no state '{target}' to go to{_near(target, states)}"
    for pointer in sorted(POINTERS & set(state)):
        if state[pointer] not in states:
            yield f"{pointer}: there is no state '{state[pointer]}'{_near(state[pointer], states)}"
    yield from _value_faults(state)
    yield from _condition_faults(state, states)


def _value_faults(state: Mapping) -> Iterator[str]:
    told = state.get("distribution")
    if isinstance(told, dict) and told.get("kind") not in DISTRIBUTIONS:
        yield f"distribution {told.get('kind')!r} is not supported{_near(told.get('kind'), DISTRIBUTIONS)}"
    if state["type"] == "Delay":
        whole = state if told else state.get("range") or state.get("exact") or {}
        if whole.get("unit") not in UNITS:
            yield f"unit {whole.get('unit')!r}: one of {', '.join(UNITS)} is needed"
    for code in state.get("codes", ()):
        if not isinstance(code, dict) or not all(isinstance(code.get(k), str) for k in ("system", "code", "display")):
            yield f"the code {code!r} needs system, code and display as texts"


def _condition_faults(state: Mapping, states: Mapping) -> Iterator[str]:
    for condition in conditions(state):
        for part in parts(condition):
            kind = part.get("condition_type")
            if kind not in CONDITIONS:
                yield f"condition {kind!r} is not supported{_near(kind, CONDITIONS)}; there are {', '.join(CONDITIONS)}"
            elif kind == "PriorState" and part.get("name") not in states:
                yield f"PriorState: there is no state '{part.get('name')}'{_near(part.get('name'), states)}"


def conditions(state: Mapping) -> Iterator[Mapping]:
    """Every condition that a state or its transition asks."""
    if "allow" in state:
        yield state["allow"]
    for name in ("conditional_transition", "complex_transition"):
        yield from (row["condition"] for row in state.get(name, ()) if "condition" in row)


def targets(state: Mapping) -> Iterator[str]:
    """Every state that may come next."""
    if "direct_transition" in state:
        yield state["direct_transition"]
    for name in TRANSITIONS[1:]:
        for row in state.get(name, ()):
            yield from (inner["transition"] for inner in row.get("distributions", ()))
            if "transition" in row:
                yield row["transition"]


def _near(name: object, known) -> str:
    near = get_close_matches(name, list(known), n=1) if isinstance(name, str) else []
    return f"; did you mean '{near[0]}'?" if near else ""
