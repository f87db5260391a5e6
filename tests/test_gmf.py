"""Synthetic patients out of a Synthea module: the part of the framework that is read, and the patients that it makes."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from fhir.resources.R4B.bundle import Bundle

from cdshooks.cli import main
from cdshooks.ehr.shelf import synthea_module
from cdshooks.errors import BadInput
from cdshooks.gmf.bundle import bundle_of
from cdshooks.gmf.module import STATES, Module, read_module
from cdshooks.gmf.walk import people

END = datetime(2026, 1, 15, tzinfo=UTC)
CODE = {"system": "SNOMED-CT", "code": "1", "display": "a finding"}
DRUG = {"system": "RxNorm", "code": "2", "display": "a tablet"}
TO_END = {"direct_transition": "Terminal"}


def a_module(**states) -> Module:
    """States after Initial, each going to the next unless it says otherwise."""
    names = [*states, "Terminal"]
    linked = {
        name: state if any("transition" in key for key in state) else state | {"direct_transition": following}
        for (name, state), following in zip(states.items(), names[1:], strict=True)
    }
    return Module("test", {"Initial": {"type": "Initial", "direct_transition": names[0]}, **linked, "Terminal": {"type": "Terminal"}})


def one(module: Module, **more):
    return next(people(module, 1, 1, END, more.get("ages", (50, 50))))


def many(module: Module, count=400):
    return list(people(module, 1, count, END, (40, 80)))


def written(tmp_path, **states) -> Path:
    file = tmp_path / "module.json"
    body = a_module(**states)
    file.write_text(json.dumps({"name": "test", "gmf_version": 2, "states": body.states}))
    return file


# --- what is read, and what is refused ----------------------------------------------------------------------------


def test_every_fault_of_a_module_is_told_at_once_with_the_nearest_name(tmp_path):
    file = written(
        tmp_path,
        A={"type": "Symptom", "symptom": "Fatigue"},
        B={"type": "Guard", "allow": {"condition_type": "Agge"}},
        C={"type": "Delay", "exact": {"quantity": 1, "unit": "day"}, "direct_transition": "Terminall"},
        D={"type": "Observation", "codes": [CODE], "expression": "1"},
        E={"type": "MedicationEnd", "medication_order": "Order"},
    )
    with pytest.raises(BadInput) as refused:
        read_module(file)
    said = "\n".join(refused.value.issues)
    assert len(refused.value.issues) == 6
    assert "state 'A': type 'Symptom' is not supported" in said
    assert "condition 'Agge' is not supported; did you mean 'Age'?" in said
    assert "there is no state 'Terminall' to go to; did you mean 'Terminal'?" in said
    assert "unit 'day'" in said
    assert "Observation has 'expression', which is not supported" in said
    assert "medication_order: there is no state 'Order'" in said


@pytest.mark.parametrize("body", ["[]", "{", '{"states": 1}', '{"states": {}, "gmf_version": 3}'])
def test_what_is_no_module_is_refused(tmp_path, body):
    file = tmp_path / "module.json"
    file.write_text(body)
    with pytest.raises(BadInput):
        read_module(file)


def test_every_type_of_state_that_is_read_is_used_or_acted_on():
    from cdshooks.gmf.states import ACTS

    assert set(ACTS) == set(STATES)


# --- how a life goes ----------------------------------------------------------------------------------------------


def test_a_guard_waits_until_the_age_is_reached_and_lets_nobody_through_who_never_reaches_it():
    guard = {"type": "Guard", "allow": {"condition_type": "Age", "operator": ">=", "quantity": 45, "unit": "years"}}
    module = a_module(A=guard, B={"type": "ConditionOnset", "codes": [CODE]})
    [condition] = one(module).entries
    assert 0 <= (condition.start - one(module).birth).days - 45 * 365.25 < 7
    assert one(module, ages=(30, 30)).entries == []


def test_a_guard_on_what_may_pass_again_is_asked_week_by_week():
    month = {"condition_type": "Date", "operator": "==", "month": 6}
    assert one(a_module(A={"type": "Guard", "allow": month}, B={"type": "ConditionOnset", "codes": [CODE]})).entries[0].start.month == 6


def test_what_would_only_happen_after_the_last_day_is_not_recorded():
    late = {"type": "Delay", "exact": {"quantity": 60, "unit": "years"}}
    assert one(a_module(A={"type": "ConditionOnset", "codes": [CODE]}, B=late, C={"type": "ConditionOnset", "codes": [CODE]})).entries[1:] == []


def test_chance_follows_the_shares():
    to = [{"transition": "Yes", "distribution": 0.25}, {"transition": "Terminal", "distribution": 0.75}]
    module = a_module(A={"type": "Simple", "distributed_transition": to}, Yes={"type": "SetAttribute", "attribute": "truth x", "value": 1})
    assert 60 < sum(bool(p.truth) for p in many(module)) < 140


def test_of_conditions_the_first_that_holds_counts_and_else_the_last():
    rows = [
        {"condition": {"condition_type": "Gender", "gender": "F"}, "transition": "Woman"},
        {"condition": {"condition_type": "False"}, "transition": "Terminal"},
        {"condition": {"condition_type": "False"}, "transition": "Man"},
    ]
    module = a_module(
        A={"type": "Simple", "conditional_transition": rows},
        Woman={"type": "SetAttribute", "attribute": "truth is", "value": "F", **TO_END},
        Man={"type": "SetAttribute", "attribute": "truth is", "value": "M"},
    )
    assert all(p.truth["is"] == p.sex for p in many(module, 40))


def test_one_code_has_one_active_order_and_any_end_on_the_code_ends_it():
    order, wait = {"type": "MedicationOrder", "codes": [DRUG]}, {"type": "Delay", "exact": {"quantity": 1, "unit": "weeks"}}
    module = a_module(A=order, B=wait, C=dict(order), D={"type": "MedicationEnd", "codes": [DRUG]}, E=dict(order))
    first, second = one(module).entries
    assert (first.stop - first.start).days == 7
    assert second.stop is None


def test_a_disease_is_recorded_at_the_visit_that_finds_it():
    wait = {"type": "Delay", "exact": {"quantity": 10, "unit": "days"}}
    module = a_module(
        A={"type": "ConditionOnset", "codes": [CODE], "target_encounter": "Visit"},
        B=wait,
        Visit={"type": "Encounter", "encounter_class": "ambulatory", "codes": [CODE]},
        C={"type": "EncounterEnd"},
    )
    visit, condition = one(module).entries
    assert (condition.kind, condition.start) == ("Condition", visit.start)


def test_the_dead_are_told_as_dead():
    module = a_module(A={"type": "Delay", "exact": {"quantity": 40, "unit": "years"}}, B={"type": "Death", "exact": {"quantity": 1, "unit": "days"}})
    patient = bundle_of(one(module))["entry"][0]["resource"]
    assert patient["deceasedDateTime"][:4] == str(int(patient["birthDate"][:4]) + 40)


# --- the patients -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd():
    return list(people(read_module(synthea_module()), 5, 150, END, (20, 95)))


def test_each_patient_is_a_valid_bundle_whose_references_lead_somewhere(crowd):
    for person in crowd[:40]:
        bundle = bundle_of(person)
        Bundle.model_validate(json.loads(json.dumps(bundle)))
        known = {entry["fullUrl"] for entry in bundle["entry"]}
        text = json.dumps([entry["resource"] for entry in bundle["entry"]])
        assert {part.split('"')[0] for part in text.split('"reference": "')[1:]} <= known


def test_the_same_seed_makes_the_same_patients_whatever_the_number_is():
    module = read_module(synthea_module())
    some, more = ([bundle_of(p) for p in people(module, 9, n, END, (20, 95))] for n in (3, 6))
    assert some == more[:3]
    assert some != [bundle_of(p) for p in people(module, 10, 3, END, (20, 95))]


def test_the_command_writes_bundles_or_bulk_files_and_the_truth_beside_them(tmp_path):
    def run(*more):
        return CliRunner().invoke(main, ["make-patients", "--count", "5", *more])

    assert run("-o", str(tmp_path / "a")).exit_code == 0
    assert run("-o", str(tmp_path / "b"), "--ndjson").exit_code == 0
    truth = [json.loads(line) for line in (tmp_path / "a" / "truth.ndjson").read_text().splitlines()]
    bundles = [json.loads(p.read_text()) for p in sorted((tmp_path / "a").glob("patient-*.json"))]
    assert [t["patient"] for t in truth] == [b["entry"][0]["resource"]["id"] for b in bundles]
    rows = [json.loads(line) for p in (tmp_path / "b").glob("*.ndjson") if p.name != "truth.ndjson" for line in p.read_text().splitlines()]
    assert len(rows) == sum(len(b["entry"]) for b in bundles)
    assert "urn:uuid" not in json.dumps(rows)
    again = run("-o", str(tmp_path / "a"))
    assert again.exit_code == 13
    assert "is not empty" in again.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--end", "2030-03-01"), "holds on 2026-01-15 alone"),
        (("--ages", "200-300"), "two whole numbers up to 122"),
        (("-o", "/proc/x/y"), "/proc/x/y: cannot be written"),
    ],
)
def test_patients_whose_truth_would_not_hold_or_that_find_no_place_are_refused(tmp_path, options, says):
    result = CliRunner().invoke(main, ["make-patients", "--count", "2", "-o", str(tmp_path / "made"), *options])
    assert result.exit_code == 13
    assert says in result.output
    assert not (tmp_path / "made").exists()
