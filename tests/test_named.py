"""Names and codes under which real records write drugs, problems, procedures and results, and those that mean something else."""

import pytest
from test_feeds import KNOWN, PATIENT, PERNICIOUS, SUBJECT, UNCHECKED, b12, call, concept

NONE_FOUND = "no current treatment found"


def treated(row):
    """What is said of a patient who needs it for life, of whose treatment this row tells, or does not."""
    return call([PATIENT, PERNICIOUS, row], by_hand=row["resourceType"])[1]


def ordered(row):
    return call([PATIENT, b12(KNOWN)], "order-sign", {"status": "draft", "intent": "order", **row})[0]


# --- doses that are written down as something else --------------------------------------------------------------------


def procedure(code):
    return {"resourceType": "Procedure", "id": "r", "status": "completed", "performedDateTime": "2026-01-05", **SUBJECT, "code": code}


DOSES = [
    "B12 jab", "B12 shot", "IM B12", "Depot B12", "vit b12 im", "Vitamin B12 therapy", "piqûre B12", "B12-Spritze", "B12 prik",
    "Hydroxocobalamin", "Zastrzyk witaminy B12", "Укол витамина B12", "ビタミンB12筋注", "비타민 B12 주사", "维生素B12肌注", "Vitamin B12 1 mg",
]  # fmt: skip
TESTS = ["B12 level drawn", "Vitamin B12 measurement", "Dosage de la vitamine B12", "Vitamin-B12-Bestimmung", "ビタミンB12測定", "Анализ на витамин B12"]


@pytest.mark.parametrize("words", DOSES)
def test_a_procedure_that_names_the_drug_may_have_given_it(words):
    assert NONE_FOUND not in treated(procedure(concept(words)))


@pytest.mark.parametrize("words", TESTS)
def test_one_that_measures_it_has_not(words):
    assert NONE_FOUND in treated(procedure(concept(words)))


@pytest.mark.parametrize("system", ["http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "urn:oid:2.16.840.1.113883.6.285", "http://terminology.hl7.org/CodeSystem/HCPCS"])
def test_a_code_of_an_injection_tells_of_it_without_words(system):
    assert NONE_FOUND not in treated(procedure(concept(system=system, code="J3420")))


@pytest.mark.parametrize("used", [{"usedCode": [concept("Hydroxocobalamin")]}, {"used": [{"concept": concept("Hydroxocobalamin")}]}])
def test_what_a_procedure_used_is_looked_at(used):
    assert NONE_FOUND not in treated(procedure(concept("Intramuscular injection")) | used)


@pytest.mark.parametrize("words", ["On vitamin B12 injections", "Vitamin B12 therapy", "Long term current use of vitamin B12", "B12-Substitution"])
def test_a_problem_may_tell_of_treatment(words):
    row = {"resourceType": "Condition", "id": "t", **SUBJECT, "code": concept(words)}
    assert NONE_FOUND not in treated(row)


@pytest.mark.parametrize("value", ["low, replacement advised", "90 ng/L (on therapy)", "5 mg/L"])
def test_a_result_that_speaks_of_treatment_is_still_a_result(value):
    assert UNCHECKED in call([PATIENT, b12(concept("Vitamin B12"), valueString=value)])[0]


@pytest.mark.parametrize("words", ["Administer folic acid 5 mg", "Folic acid 5 mg daily", "Folic acid tablets daily", "FOLIC ACID 5MG OD", "Folsäure 5 mg"])
def test_a_drug_that_is_ordered_as_a_service_is_not_passed_over(words):
    assert "folic-acid-first" in ordered({"resourceType": "ServiceRequest", "code": concept(words)})


@pytest.mark.parametrize("words", ["Folic acid", "Serum folate", "Folic acid level before therapy", "Folate 5 ug/L", "Folsäure im Serum"])
def test_a_test_that_is_ordered_is_no_drug(words):
    assert "folic-acid-first" not in ordered({"resourceType": "ServiceRequest", "code": concept(words)})
