"""Folic acid that may be needed is not offered for removal: what the draft itself says, and what tells of a pregnancy."""

import pytest

from tests.test_prefetch import EMPTY, LIBRARY, SUBJECT, bundle, call, draft, result
from tests.test_suggest import detail, key_of, offered

LOW = {"results": bundle(result(112))}
DOSE = {"text": "1 tablet daily", "route": {"text": "oral"}}
FOLIC_ACID = draft("199318", dosageInstruction=[DOSE])
WOMAN = {"patient": {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1995-05-05"}}
REMOVE = "Remove the folic acid draft until vitamin B12 is dealt with"


def answer(drafted=FOLIC_ACID, **rows):
    told = {key_of(kind, "order-sign"): bundle(*each) for kind, each in rows.items()}
    return call(EMPTY | WOMAN | LOW | told, "order-sign", [drafted])


def removal_is_offered(drafted=FOLIC_ACID, **rows):
    found = answer(drafted, **rows)
    assert "folic-acid-first" in offered(found)
    return REMOVE in offered(found)["folic-acid-first"]


def with_text(text, **more):
    return {**FOLIC_ACID, "dosageInstruction": [{**DOSE, "text": text}], **more}


def condition(**more):
    return {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "recordedDate": "2026-01-10", **more}


CONTAINED = condition(code={"coding": [{"system": "http://snomed.info/sct", "code": "77386006"}]})


@pytest.mark.parametrize("drafted", [
    with_text("1 tablet daily until week 12 of pregnancy"), with_text("5 mg weekly, the day after methotrexate"),
    {**FOLIC_ACID, "dosageInstruction": [{**DOSE, "patientInstruction": "take while pregnant"}]},
    {**FOLIC_ACID, "note": [{"text": "previous NTD: spina bifida"}]},
    {**FOLIC_ACID, "note": [{"text": "Kinderwunsch"}]},
    {**FOLIC_ACID, "supportingInformation": [{"display": "Pregnancy, 8 weeks"}]},
    {**FOLIC_ACID, "encounter": {"display": "Antenatal clinic"}},
    {**FOLIC_ACID, "medicationCodeableConcept": {
        **FOLIC_ACID["medicationCodeableConcept"], "text": "Folic acid 5 mg (pregnancy)"}},
    {**FOLIC_ACID, "medicationCodeableConcept": {"text": "Prenatal vitamin with folic acid 5 mg"}},
    {**FOLIC_ACID, "reasonReference": [{"reference": "#c"}], "contained": [CONTAINED]},
    {**FOLIC_ACID, "reasonCode": [{"text": "sickle cell disease"}]},
])  # fmt: skip
def test_folic_acid_whose_own_order_tells_why_it_is_needed_is_not_offered_for_removal(drafted):
    assert not removal_is_offered(drafted)


@pytest.mark.parametrize("text", ["1 tablet daily", "not pregnant", "stop if numbness or tingling", "take with food"])
def test_folic_acid_whose_order_tells_nothing_of_that_is(text):
    assert removal_is_offered(with_text(text))


def test_only_concepts_of_which_the_content_says_so_are_told_by_the_words_of_a_draft():
    assert answer(with_text("stop if numbness or tingling")).chart.doubts == []
    assert {"pregnancy", "neural_tube_defect", "methotrexate"} <= LIBRARY.concepts.told_by_drafts


@pytest.mark.parametrize("told", [
    {"code": {"text": "Urine pregnancy test positive"}}, {"code": {"text": "IUP 10 weeks"}},
    {"code": {"text": "Gestational diabetes mellitus"}},
    {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "250423000"}]}},
    {"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "Z32.01"}]}},
    {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "237238006"}]}},
    {"code": {"text": "Pre-eclampsia"}}, {"code": {"text": "G2P1"}}, {"code": {"text": "宫内孕16周+2天"}},
    {"code": {"text": "Trudnoća"}}, {"code": {"text": "Präeklampsie"}}, {"code": {"text": "UPT: Positive"}},
    {"code": {"coding": [{"system": "http://snomed.info/sct", "code": "36813001"}]}},
    {"code": {"coding": [{"system": "urn:oid:1.2.208.176.2.4", "code": "DO244"}]}},
    {"code": {"coding": [{"system": "urn:oid:1.2.208.176.2.4", "code": "DZ34.9"}]}},
    {"code": {"coding": [{"system": "https://national.example/icd", "code": "O24.4"}]}},
])  # fmt: skip
def test_what_tells_of_a_pregnancy_keeps_the_folic_acid(told):
    found = answer(Condition=[condition(**told)])
    assert REMOVE not in offered(found)["folic-acid-first"]
    assert "settled" in detail(found, "folic-acid-first") or "pregnan" in detail(found, "folic-acid-first").casefold()


@pytest.mark.parametrize("said", ["EDD", "Fecha probable de parto", "分娩予定日", "Due date"])
def test_so_does_a_day_on_which_a_child_is_expected(said):
    due = {"resourceType": "Observation", "id": "e", "status": "final", "subject": SUBJECT, "code": {"text": said},
           "effectiveDateTime": "2026-01-02", "valueDateTime": "2026-06-30"}  # fmt: skip
    found = call(EMPTY | WOMAN | {"results": bundle(result(112), due)}, "order-sign", [FOLIC_ACID])
    assert REMOVE not in offered(found)["folic-acid-first"]


@pytest.mark.parametrize("text", ["避孕", "不孕", "Pregnancy test negative", "Encounter for pregnancy test, result negative"])
def test_a_negative_test_does_not(text):
    assert removal_is_offered(Condition=[condition(code={"text": text})])


@pytest.mark.parametrize("code", ["49051-6", "11888-5", "55283-6", "18185-9"])
def test_what_is_measured_of_an_unborn_child_keeps_it(code):
    rows = {"results": bundle(result(112), result(12, code=code, unit="wk"))}
    found = call(EMPTY | WOMAN | rows, "order-sign", [FOLIC_ACID])
    assert REMOVE not in offered(found)["folic-acid-first"]


@pytest.mark.parametrize("name", ["Carbamazepin 400 retard", "Fenitoína", "Dilantin", "デパケンR錠", "Epilim Chrono", "topiramate 50"])
def test_an_antiepileptic_by_any_name_keeps_the_folic_acid_of_a_woman(name):
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": SUBJECT,
             "authoredOn": "2025-12-01", "medicationCodeableConcept": {"text": name}}  # fmt: skip
    assert not removal_is_offered(MedicationRequest=[order])
