"""What leaves open whether a drug is had: it never counts as treatment, and nobody says that there is none."""

import pytest
from test_feeds import KNOWN, PATIENT, RXNORM, SUBJECT, b12, call, concept
from test_ill_typed import SNOMED, problem, procedure

DEFICIENT, LAPSED, NONE_FOUND = "b12-deficiency", "lifelong-b12-lapsed", "no current treatment found"
ATC = "http://www.whocc.no/atc"
PERNICIOUS = problem(concept(system=SNOMED, code="84027009"))


def had(kind="MedicationRequest", drug=None, **more):
    date = {"MedicationDispense": "whenHandedOver", "MedicationAdministration": "effectiveDateTime"}.get(kind, "authoredOn")
    status = "active" if kind == "MedicationRequest" else "completed"
    row = {"resourceType": kind, "id": "m", "status": status, "intent": "order", date: "2026-01-11", **SUBJECT}
    return row | {"medicationCodeableConcept": drug or concept(system=RXNORM, code="317106")} | more


def routed(**route):
    return had(drug=concept(system=ATC, code="B03BA01"), dosageInstruction=[{"route": route}])


REASON = concept("out of stock")
OPEN = {
    "an order for the eye": routed(coding=[{"system": SNOMED, "code": "54485002"}]),
    "an order for the skin, in words": routed(text="topical"),
    "eye drops by their name": had(drug=concept("Cyanocobalamin eye drops 0.02 %", ATC, "B03BA01")),
    "a Japanese product for the eye": routed(text="点眼"),
    "a statement of which nobody says whether it is taken (STU3)": had("MedicationStatement", status="active", taken="na"),
    "a dispense with a reason why not (STU3)": had("MedicationDispense", notDoneReasonCodeableConcept=REASON),
    "a dispense with a reason why not (R5)": had("MedicationDispense", notPerformedReason={"concept": REASON}),
    "a dispense that is ready": had("MedicationDispense", status="in-progress"),
    "an order that ran out (R5)": had(status="ended"),
    "an order whose instructions deny it (R5)": had(renderedDosageInstruction="do not give"),
}


@pytest.mark.parametrize("row", OPEN.values(), ids=OPEN)
def test_what_may_not_be_had_silences_no_deficiency(row):
    assert DEFICIENT not in call([PATIENT, b12(KNOWN), had()])[0]
    assert DEFICIENT in call([PATIENT, b12(KNOWN), row], by_hand=row["resourceType"])[0]


@pytest.mark.parametrize("row", OPEN.values(), ids=OPEN)
def test_nobody_says_that_there_is_no_treatment_beside_what_may_be_one(row):
    topics, text = call([PATIENT, PERNICIOUS, row], by_hand=row["resourceType"])
    assert LAPSED in topics
    assert NONE_FOUND not in text


def noting(row, text):
    return row | {"note": [{"text": text}]}


IN_NOTES = {
    "of the problem": [noting(PERNICIOUS, "on 3-monthly hydroxocobalamin")],
    "of a procedure": [PERNICIOUS, noting(procedure(concept("IM injection")), "B12 1 mg R deltoid")],
}


@pytest.mark.parametrize("rows", IN_NOTES.values(), ids=IN_NOTES)
def test_a_treatment_that_notes_tell_of_could_not_be_verified(rows):
    topics, text = call([PATIENT, *rows])
    assert LAPSED in topics
    assert NONE_FOUND not in text


@pytest.mark.parametrize("note", ["well", "B12 level normal"])
def test_notes_that_tell_of_no_treatment_change_nothing(note):
    assert NONE_FOUND in call([PATIENT, noting(PERNICIOUS, note)])[1]
