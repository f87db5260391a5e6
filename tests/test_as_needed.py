"""Vitamin B12 that is to be had only as needed proves no treatment: it is told as a prescription that nobody can verify."""

import pytest

from tests.test_feeds import KNOWN, PATIENT, RXNORM, SUBJECT, b12, call, concept

LOW = b12(KNOWN, 112)
B12, METFORMIN = concept(system=RXNORM, code="317106"), concept(system=RXNORM, code="6809")


def order(kind="MedicationRequest", drug=B12, **more):
    dated = {"authoredOn": "2025-12-20"} if kind == "MedicationRequest" else {"effectiveDateTime": "2025-12-20"}
    status = "completed" if kind == "MedicationAdministration" else "active"
    told = {"resourceType": kind, "id": "o", "status": status, "intent": "order", "medicationCodeableConcept": drug}
    return told | dated | SUBJECT | more


NEEDED = [
    {"asNeededBoolean": True}, {"asNeededCodeableConcept": {"text": "tiredness"}}, {"text": "1 mg im as needed"}, {"text": "1 mg i.m. bei Bedarf"},
    {"text": "1 ampoule PRN"},
]  # fmt: skip


@pytest.mark.parametrize("entry", NEEDED)
@pytest.mark.parametrize(("kind", "at"), [("MedicationRequest", "dosageInstruction"), ("MedicationStatement", "dosage")])
def test_what_is_ordered_or_stated_as_needed_could_not_be_verified(kind, at, entry):
    topics, text = call([PATIENT, LOW, order(kind, **{at: [entry]})])
    assert topics == ["b12-deficiency"]
    assert "could not be verified" in text
    assert "only as needed" in text


@pytest.mark.parametrize("entries", [[], [{"text": "1 mg im monthly"}], [{"asNeededBoolean": False}],
                                     [{"text": "monthly"}, {"asNeededBoolean": True}]])  # fmt: skip
def test_what_is_ordered_without_that_is_treatment(entries):
    assert call([PATIENT, LOW, order(dosageInstruction=entries)])[0] == []


def test_what_was_given_was_given_whatever_it_was_ordered_for():
    assert call([PATIENT, LOW, order("MedicationAdministration", dosage={"asNeededBoolean": True})])[0] == []


def test_of_other_drugs_as_needed_is_no_doubt():
    old = order(drug=METFORMIN, authoredOn="2024-01-01", dosageInstruction=[{"asNeededBoolean": True}])
    assert call([PATIENT, old])[0] == call([PATIENT, old | {"dosageInstruction": []}])[0] == ["metformin-b12-check"]
