"""Codes that are masked, numbers, lists or bare words, and envelopes that withhold something: told, never passed over."""

import pytest
from test_feeds import PATIENT, SUBJECT, b12, call, concept

from cdshooks.reading.asides import PLACES

SNOMED, UNCHECKED, ALLERGY = "http://snomed.info/sct", "could-not-check", "cobalamin-hypersensitivity"
INJECTION = {
    "resourceType": "MedicationRequest", "status": "draft", "intent": "order",
    "medicationCodeableConcept": concept(system="http://www.nlm.nih.gov/research/umls/rxnorm", code="317106"),
}  # fmt: skip


def number(code):
    return {"coding": [{"system": SNOMED, "code": code}]}


def problem(code, **more):
    active = {"coding": [{"code": "active"}]}
    return {"resourceType": "Condition", "id": "c", "clinicalStatus": active, "code": code, **SUBJECT, **more}


def procedure(code, **more):
    row = {"resourceType": "Procedure", "id": "o", "status": "completed", "performedDateTime": "2025-12-20", "code": code}
    return row | SUBJECT | more


NUMBERS = {
    "a problem": problem(number(84027009)), "a procedure": procedure(number(442338001)),
    "a result": b12(number(271216009)),
}  # fmt: skip


@pytest.mark.parametrize("row", NUMBERS.values(), ids=NUMBERS)
def test_a_code_that_was_sent_as_a_number_is_told(row):
    assert UNCHECKED in call([PATIENT, row], by_hand=row["resourceType"])[0]


def test_a_number_that_is_no_code_of_ours_stays_quiet():
    assert call([PATIENT, problem(number(38341003))])[0] == []


def test_a_list_where_one_concept_belongs_is_read_as_its_parts():
    assert "lifelong-b12-lapsed" in call([PATIENT, problem([concept(system=SNOMED, code="84027009")])])[0]


@pytest.mark.parametrize("told", [{"code": "Vitamin B12"}, {"code": {"text": "x"}, "reaction": [{"substance": "hydroxocobalamin"}]}])
def test_an_allergy_in_bare_words_is_one(told):
    row = {"resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p"}, **told}
    topics, _ = call([PATIENT, row], "order-sign", INJECTION)
    assert ALLERGY in topics or UNCHECKED in topics


ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
MASKED = {
    "masked": {"coding": [{"system": ABSENT, "code": "masked"}]},
    "a null flavour": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "MSK"}]},
    "a null flavour by its OID": {"coding": [{"system": "urn:oid:2.16.840.1.113883.5.1008", "code": "MSK"}], "text": "-"},
    "an extension alone": {"extension": [{"url": ABSENT, "valueCode": "masked"}]},
}  # fmt: skip


@pytest.mark.parametrize("code", MASKED.values(), ids=MASKED)
def test_a_problem_whose_code_is_withheld_may_be_any(code):
    assert UNCHECKED in call([PATIENT, problem(code)], "order-sign", INJECTION)[0]


def test_a_withheld_code_beside_words_or_another_code_is_what_they_say():
    withheld = MASKED["masked"]["coding"][0]
    hypertension = {"coding": [withheld, {"system": SNOMED, "code": "38341003"}]}
    for code in (hypertension, {"coding": [withheld], "text": "Hypertension"}):
        assert UNCHECKED not in call([PATIENT, problem(code)], "order-sign", INJECTION)[0]


@pytest.mark.parametrize("status", [{"text": "see note"}, [None], ["active"], 1, True], ids=str)
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_a_status_that_is_no_word_fails_no_call(kind, status):
    row = {"resourceType": kind, "id": "x", "status": status, **SUBJECT, "code": {"text": "something"}}
    assert isinstance(call([PATIENT], beside=[row])[0], list)
