"""Names and codes under which real records write drugs, problems, procedures and results, and those that mean something else."""

import pytest
from test_feeds import KNOWN, PATIENT, PERNICIOUS, SUBJECT, UNCHECKED, b12, call, concept

from tests.shipped import LIBRARY

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


# --- drugs by their names in the world ------------------------------------------------------------------------------------


def named(words, **more):
    drug = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2025-12-20", **SUBJECT}
    return drug | {"medicationCodeableConcept": concept(words)} | more


@pytest.mark.parametrize(
    "words",
    [
        "Cobamamide 0.5 mg", "コバマミド", "dibencozide", "Hycobal", "CoB12", "hydroxocobalam inj", "Hydrocobamine", "Nervobion", "Нейромультивит",
        "메티코발", "ノイロビタン配合錠", "Complexe vitaminique B", "Vitamin-B-Komplex", "複合ビタミンB", "Neurosanbe", "Vitamin injection", "Calomist", "维生素B族",
    ],
)  # fmt: skip
def test_an_order_that_may_be_vitamin_b12_by_its_name_is_never_no_treatment(words):
    assert NONE_FOUND not in treated(named(words))


@pytest.mark.parametrize("words", ["Multivitamin", "Cernevit", "Vitamin B compound strong", "Pabrinex", "Vitamin B1 2 tablets", "Hepatitis B 12 mcg vaccine"])
def test_what_has_micrograms_or_none_is_no_treatment(words):
    assert NONE_FOUND in treated(named(words))


@pytest.mark.parametrize(
    "words",
    ["FA 5mg", "Pregnacare", "Elevit", "Prenatal vitamins", "Tardyferon B9", "Фемибион", "爱乐维", "Orofer XT", "Femibion 1", "Asam folat"],
)  # fmt: skip
def test_folic_acid_is_known_by_its_names(words):
    assert "folic-acid-first" in ordered(named(words, status="draft"))


@pytest.mark.parametrize("words", ["Agalsidase alfa 5 mg", "Interferon alfa 5 mg", "Fusidic acid cream", "Vitamin B6"])
def test_what_only_looks_like_it_is_not(words):
    assert ordered(named(words, status="draft")) == []


NEUROPATHY = {"resourceType": "Condition", "id": "n", "clinicalStatus": PERNICIOUS["clinicalStatus"], "recordedDate": "2025-06-01", **SUBJECT}
NEUROPATHY |= {"code": concept(system="http://snomed.info/sct", code="302226006")}


@pytest.mark.parametrize("words", ["Stagid", "Glucovance", "Competact", "Vokanamet", "Riomet", "Segluromet", "Янумет", "捷诺达", "メタクト配合錠", "자누메트"])
def test_metformin_is_known_by_its_brands(words):
    assert "metformin-b12-check" in call([PATIENT, NEUROPATHY, named(words, authoredOn="2024-01-01")])[0]


@pytest.mark.parametrize(
    ("words", "name"),
    [("Zoton FasTab", "acid_suppressant"), ("Inipomp", "acid_suppressant"), ("オメプラール", "acid_suppressant"), ("Pan-D", "acid_suppressant"),
     ("Colgout", "colchicine"), ("Colchimax", "colchicine")],
)  # fmt: skip
def test_risk_drugs_are_known_by_their_brands(words, name):
    assert name in {match.concept for match in LIBRARY.concepts.drugs.read([], [words], {}).doubtful}
