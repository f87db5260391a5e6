"""A kidney function that is there is never said not to be known: it is read, or told as not understood."""

import pytest

from tests.test_feeds import ACTIVE, LABORATORY, LOINC, PATIENT, SUBJECT, call, concept

SNOMED = "http://snomed.info/sct"
CODES = [
    *((LOINC, code) for code in (
        "33914-3", "48642-3", "48643-1", "50044-7", "50210-4", "62238-1", "69405-9", "70969-1", "77147-7", "88293-6", "88294-4", "94677-2", "98979-8",
        "98980-6")),
    *((SNOMED, code) for code in (
        "1011481000000105", "1011491000000107", "963621000000102", "963601000000106", "1020291000000106", "996231000000108", "1107411000000104",
        "80274001")),
]  # fmt: skip
UNIT = {"unit": "mL/min/1.73m2"}


def measured(code, **value):
    return {
        "resourceType": "Observation", "id": f"{len(code)}-{len(value)}", "status": "final", "category": [LABORATORY], "code": code,
        "effectiveDateTime": "2026-01-10", **SUBJECT, **value,
    }  # fmt: skip


MMA = {**measured(concept(system=LOINC, code="13964-2"), valueQuantity={"value": 900, "unit": "nmol/L"}), "id": "mma"}
EGFR = concept(system=LOINC, code="98979-8")


@pytest.mark.parametrize(("system", "code"), CODES)
def test_every_equation_is_read(system, code):
    row = measured(concept(system=system, code=code), valueQuantity={"value": 80, **UNIT})
    assert call([PATIENT, MMA, row])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("told", ["> 60 mL/min/1.73m2", ">60 mL/min", ">= 90 mL/min/1.73m2"])
def test_words_that_are_a_comparator_a_number_and_a_unit_are_read(told):
    assert call([PATIENT, MMA, measured(EGFR, valueString=told)])[0] == ["b12-deficiency"]


@pytest.mark.parametrize("row", [
    measured(EGFR, valueString=">60"), measured(EGFR, valueString="normal"), measured(EGFR, valueString="60+"), measured(EGFR, valueQuantity={"value": 80}),
    measured(EGFR, valueString="> 30 mL/min/1.73m2"), measured(concept("eGFR"), valueQuantity={"value": 80, **UNIT}),
    measured(concept("Creatinine clearance"), valueQuantity={"value": 80, **UNIT}), measured(concept(system=LOINC, code="35591-7"), valueString="80"),
    measured(concept("Kreatinin-Clearance"), valueString="80"), measured(concept("DFG estimé"), valueString=">60"),
])  # fmt: skip
def test_what_cannot_be_read_is_to_be_looked_at_and_never_not_known(row):
    topics, text = call([PATIENT, MMA, row], by_hand=True)
    assert topics[0] == "mma-renal"
    assert "not understood: look at it" in text
    assert "not known" not in text


@pytest.mark.parametrize("words", ["CKD stage 3a", "ESRD on dialysis", "Chronic kidney disease, stage 3b (HCC)", "Renal failure", "CKD (chronic kidney disease), stage III", "CKD stage IV"])
def test_a_kidney_disease_in_words_is_to_be_looked_at_and_never_not_known(words):
    problem = {"resourceType": "Condition", "id": "c", "clinicalStatus": ACTIVE, **SUBJECT, "code": concept(words)}
    topics, text = call([PATIENT, MMA, problem])
    assert topics[0] == "mma-renal"
    assert "not understood: look at it" in text
    assert "not known" not in text


def test_without_any_the_kidneys_are_not_known():
    assert "kidney function is not known: measure eGFR" in call([PATIENT, MMA])[1]
