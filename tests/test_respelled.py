"""Names of elements in another case, JSON within JSON, a coding where a concept belongs, parts without a name: what such a
row means is read or told, never passed over."""

import json

import pytest

from cdshooks.reading.respelled import NAMES, is_odd, respelled
from tests.test_bent_shapes import (
    ALLERGIC,
    CYANO,
    DEFICIENT,
    FIRST,
    FOLIC,
    HOOKS,
    HYDROXO,
    LEBER,
    allergy,
    answer,
    bundle,
    draft,
    problem,
    result,
)
from tests.test_feeds import KNOWN, PATIENT, UNCHECKED, b12, concept

LHON = concept("LHON", "http://snomed.info/sct", "58610003")


def renamed(value, how, keep=()):
    """The same with every name of an element changed."""
    if isinstance(value, list):
        return [renamed(each, how, keep) for each in value]
    if not isinstance(value, dict):
        return value
    return {name if name in keep else how(name): renamed(each, how, keep) for name, each in value.items()}


def snaked(name):
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


HOW = {"Pascal": lambda n: n[:1].upper() + n[1:], "UPPER": str.upper, "lower": str.lower, "snake": snaked}


def came(kind, *rows):
    """A prefetch in which these rows came as the answer for this kind."""
    keys = [q.key for q in HOOKS["patient-view"].queries if q.resource == kind]
    return {keys[0]: bundle(rows)}


@pytest.fixture(params=HOW)
def how(request):
    return HOW[request.param]


@pytest.mark.parametrize("keep", [(), ("resourceType",), ("resourceType", "id", "subject", "reference")], ids=len)
def test_a_result_in_another_case_is_read(how, keep):
    odd = renamed(b12(KNOWN), how, keep)
    assert DEFICIENT in answer([], **came("Observation", odd))[0]


def test_an_allergy_a_problem_and_a_draft_in_another_case_are_read(how):
    allergic = renamed(allergy(code=concept("Hydroxocobalamin")), how)
    assert ALLERGIC in answer([], draft(HYDROXO), **came("AllergyIntolerance", allergic))[0]
    assert LEBER in answer([], draft(CYANO), **came("Condition", renamed(problem(LHON), how)))[0]
    assert FIRST in answer([b12(KNOWN)], renamed(draft(FOLIC), how))[0]


def test_a_patient_in_another_case_is_as_old_as_told(how):
    odd = {**renamed(PATIENT, how, ("resourceType",))}
    assert DEFICIENT in answer([b12(KNOWN)], patient=odd)[0]


def test_a_type_in_another_case_is_that_type():
    for kind in ("observation", "OBSERVATION"):
        rows = ({**b12(KNOWN), "resourceType": kind}, b12(concept("Sodium"), 140, identity="sodium"))
        assert DEFICIENT in answer([], **came("Observation", *rows))[0]


def test_what_is_written_right_is_not_touched():
    row = b12(KNOWN)
    assert not is_odd(row)
    assert respelled(row) == row
    assert all(name[:1].islower() for name in NAMES)


# --- JSON within JSON, a coding where a concept belongs ------------------------------------------------------------

CODE = {
    "a concept as JSON text": json.dumps(KNOWN),
    "words that are JSON": {"text": json.dumps(KNOWN)},
    "a coding as JSON text": json.dumps(KNOWN["coding"][0]),
    "codings as JSON text": {"coding": [], "text": json.dumps(KNOWN)},
    "a coding alone": KNOWN["coding"][0],
}


@pytest.mark.parametrize("shape", CODE)
def test_a_code_in_another_shape_is_read(shape):
    assert DEFICIENT in answer([b12(CODE[shape])])[0]


def test_a_problem_and_a_drug_as_json_text_are_read():
    assert LEBER in answer([problem(json.dumps(LHON))], draft(CYANO))[0]
    drug = json.dumps(FOLIC["medicationCodeableConcept"])
    assert FIRST in answer([b12(KNOWN)], draft({"medicationCodeableConcept": drug}))[0]


def test_words_in_brackets_are_no_json():
    assert UNCHECKED in answer([b12(concept("[B12] Vitamin B12"))])[0]


def test_a_coding_in_place_of_a_code_is_read():
    row = {name: value for name, value in problem(LHON).items() if name != "code"}
    assert LEBER in answer([row | {"coding": LHON["coding"]}], draft(CYANO))[0]


def wrapped(value, name):
    """As converters from XML write primitives."""
    if isinstance(value, list):
        return [wrapped(each, name) for each in value]
    if isinstance(value, dict):
        return {key: each if key == "resourceType" else wrapped(each, name) for key, each in value.items()}
    return {name: str(value)}


@pytest.mark.parametrize("name", ["@value", "value"])
def test_primitives_in_a_wrapper_are_read_or_told(name):
    assert answer([wrapped(b12(KNOWN), name)])[0] & {DEFICIENT, UNCHECKED, "b12-result-unusable"}
    assert answer([wrapped(problem(LHON), name)], draft(CYANO))[0] & {LEBER, UNCHECKED}
    assert answer([wrapped(allergy(code=concept("Hydroxocobalamin")), name)], draft(HYDROXO))[0] & {ALLERGIC, UNCHECKED}


# --- a name that stands beside a result ---------------------------------------------------------------------------

ASIDE = {
    "note": {"note": [{"text": "Vitamin B12"}]}, "interpretation": {"interpretation": [concept("Vitamin B12 low")]}, "range": {"referenceRange": [{"text": "Vitamin B12 180-914"}]},
    "basedOn": {"basedOn": [{"display": "Vitamin B12"}]}, "device": {"device": {"display": "Vitamin B12 assay"}}, "narrative": {"text": {"div": "<div>Vitamin B12 90 ng/L</div>"}},
}  # fmt: skip


@pytest.mark.parametrize("place", ASIDE)
def test_a_result_whose_name_says_nothing_is_named_by_what_stands_beside_it(place):
    assert UNCHECKED in answer([b12(concept("Result"), valueCodeableConcept=concept("90 ng/L"), **ASIDE[place])])[0]
    assert answer([b12(concept("Sodium"), 140, **ASIDE[place])])[0] == set()


@pytest.mark.parametrize("name", ["Haematinics", "Anemia panel"])
def test_a_panel_named_after_what_is_measured_together_is_told(name):
    assert UNCHECKED in answer([result(name, hasMember=[{"reference": "Observation/elsewhere"}])])[0]
    assert answer([b12(concept(f"{name}: ferritin"), 90)])[0] == set()


# --- parts and members without a name -----------------------------------------------------------------------------

VALUE = {"valueQuantity": {"value": 90, "unit": "ng/L"}}
PARTS = {
    "a bare text": ["Vitamin B12 90 ng/L"],
    "one bare text": "Vitamin B12 90 ng/L",
    "a part with a bare code": [{"code": "Vitamin B12", **VALUE}],
    "a part that is JSON text": [json.dumps({"code": KNOWN, **VALUE})],
    "a part with an empty code": [{"code": {}, **VALUE}],
    "a part without a code": [VALUE],
    "a part named by its value": [{"code": concept("Comment"), "valueString": "Vitamin B12: 90 ng/L"}],
}


@pytest.mark.parametrize("shape", PARTS)
def test_a_part_in_another_shape_is_read_or_told(shape):
    assert answer([result("Laboratory report", component=PARTS[shape])])[0] & {DEFICIENT, UNCHECKED}


def test_a_part_of_another_test_is_none_of_ours():
    assert answer([result("Ferritin", component=[{"code": {}, "valueQuantity": {"value": 90, "unit": "ng/mL"}}])])[0] == set()
    assert answer([result("Blood pressure", component=[{"code": {}, "valueQuantity": {"value": 90, "unit": "mm[Hg]"}}])])[0] == set()


@pytest.mark.parametrize(
    "more",
    [
        {"method": concept("Vitamin B12 immunoassay")},
        {"category": [concept("Vitamin B12")]},
        {"category": ["Vitamin B12"]},
        {"method": concept(system="http://loinc.org", code="2132-9")},
    ],
    ids=["method", "category", "bare category", "coded method"],
)
def test_a_result_that_only_its_method_or_category_names_is_told(more):
    assert UNCHECKED in answer([b12(concept("Result"), **more)])[0]
    assert answer([b12(concept("Sodium"), **more)])[0] == set()


def test_a_result_whose_words_say_nothing_may_be_any_of_its_unit():
    assert UNCHECKED in answer([b12(concept("Lab result"))])[0]
    assert answer([b12(concept("Result", "http://loinc.org", "2951-2"))])[0] == set()


def test_a_panel_without_a_name_of_members_that_did_not_come_is_told():
    missing = {"hasMember": [{"reference": "Observation/elsewhere"}]}
    for name in ("Laboratory results", "Panel"):
        assert UNCHECKED in answer([result(name, **missing)])[0]
    bare = {k: v for k, v in result("x", **missing).items() if k != "code"}
    assert UNCHECKED in answer([bare])[0]
    assert answer([result("Lipid panel", **missing)])[0] == set()
    sodium = b12(concept("Sodium"), 140, identity="elsewhere")
    assert answer([result("Panel", identity="panel", **missing), sodium])[0] == set()
