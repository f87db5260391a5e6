"""A draft of which nobody can know the drug makes no other card quieter: it may be vitamin B12, and may be none."""

import pytest

from cdshooks.errors import DataNotAvailable
from tests.test_beside_draft import EMPTY, LOW, SUBJECT, WOMAN, call
from tests.test_prefetch import draft
from tests.test_suggest import detail

DOSE = {"route": {"text": "oral"}, "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg"}}]}
FOLIC_ACID = draft("199318", dosageInstruction=[DOSE])
B12 = draft("317106", dosageInstruction=[{"route": {"text": "intramuscular"}}]) | {"id": "b"}


def unknown(**drug):
    return {
        "resourceType": "MedicationRequest", "id": "u", "status": "draft", "intent": "order", "subject": SUBJECT, **drug,
    }  # fmt: skip


MISSING = unknown(medicationReference={"reference": "Medication/elsewhere"})
NAMELESS = unknown(medicationCodeableConcept={"coding": [{"code": "4711"}]})


def answer(*drafts, **more):
    return call(EMPTY | WOMAN | LOW | more, "order-sign", list(drafts))


def loud(found):
    return {card["source"]["topic"]["code"]: card["indicator"] for card in found.cards}


@pytest.mark.parametrize("drug", [MISSING, NAMELESS], ids=["a reference to what did not come", "a number alone"])
def test_folic_acid_is_as_urgent_beside_a_draft_that_nobody_can_know(drug):
    alone = loud(answer(FOLIC_ACID))["folic-acid-first"]
    assert alone == "critical"
    for drafts in ((FOLIC_ACID, drug), (drug, FOLIC_ACID)):
        found = answer(*drafts)
        assert loud(found)["folic-acid-first"] == alone
        assert "MedicationRequest/u" in detail(found, "could-not-check")


def test_vitamin_b12_that_is_known_still_lowers_it():
    assert loud(answer(FOLIC_ACID, B12, MISSING))["folic-acid-first"] == loud(answer(FOLIC_ACID, B12))["folic-acid-first"]
    assert loud(answer(FOLIC_ACID, B12))["folic-acid-first"] != "critical"


def test_such_a_draft_alone_is_asked_for_and_raises_no_card_of_a_drug():
    with pytest.raises(DataNotAvailable, match="Medication/elsewhere"):
        answer(MISSING)
    assert list(loud(answer(NAMELESS))) == ["could-not-check"]


@pytest.mark.parametrize("words", ["See supporting information", "As per supporting info", "Per pharmacy", "See linked order", "Scanned order"])
def test_a_draft_whose_words_point_elsewhere_is_told(words):
    pointing = unknown(medicationCodeableConcept={"text": words}, supportingInformation=[{"reference": "MedicationRequest/x"}])
    assert list(loud(answer(pointing))) == ["could-not-check"]
    assert loud(answer(FOLIC_ACID, pointing))["folic-acid-first"] == "critical"
