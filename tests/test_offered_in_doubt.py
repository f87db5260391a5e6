"""What is offered with one click although something in the record is not understood: nothing that this could forbid."""

import pytest

from tests.test_prefetch import EMPTY, SUBJECT, bundle, call, draft, problem
from tests.test_suggest import LOW, detail, drugs_offered, key_of, offered

FOLIC_ACID = draft("199318", dosageInstruction=[{"text": "1 tablet daily", "route": {"text": "oral"}}])
LEBER = ("Leber hereditary optic neuropathy", "LHON", "Suspected LHON, gene test pending", "LHON carrier m.11778")


def condition(text, **more):
    return {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": text}, **more}


def allergy(**more):
    return {"resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, **more}


def asked(hook="patient-view", drafts=(), **rows):
    return call(EMPTY | LOW | {key_of(kind, hook): bundle(*each) for kind, each in rows.items()}, hook, drafts)


def names(orders):
    return {order["medicationCodeableConcept"]["text"].split()[0] for order in orders}


def test_without_doubts_cyanocobalamin_and_tablets_are_offered():
    assert names(drugs_offered(asked(Condition=[problem("38341003")]))) >= {"Cyanocobalamin", "Hydroxocobalamin"}


@pytest.mark.parametrize("text", LEBER)
@pytest.mark.parametrize(("hook", "drafts"), [("patient-view", ()), ("order-sign", [FOLIC_ACID])])
def test_cyanocobalamin_is_not_offered_where_leber_may_be_meant_and_the_card_says_so(text, hook, drafts):
    found = asked(hook, drafts, Condition=[condition(text)])
    assert names(drugs_offered(found)) == {"Hydroxocobalamin"}
    (card, *_) = found.cards
    unsaid = card["detail"].partition("**Not offered here:**")[2]
    assert "could not be checked for cyanocobalamin in Leber" in unsaid
    assert "Condition/c" in unsaid


@pytest.mark.parametrize(
    "told",
    [
        {"code": {"text": "Other"}, "note": [{"text": "anaphylaxis after Neo-Cytamen 2015"}]},
        {"code": {"text": "drug"}, "reaction": [{"description": "collapse after vitamin B12 injection"}]},
    ],
)
def test_no_cobalamin_is_offered_where_only_a_note_tells_of_an_allergy(told):
    found = asked(AllergyIntolerance=[allergy(**told)])
    assert not drugs_offered(found)
    assert "could not be checked for hypersensitivity" in detail(found, "b12-deficiency")


@pytest.mark.parametrize("text", ["Subacute combined degeneration of spinal cord", "numbness in both feet"])
def test_nothing_by_mouth_is_offered_beside_neurological_features_in_words(text):
    found = asked(Condition=[condition(text)])
    assert drugs_offered(found)
    assert not [label for labels in offered(found).values() for label in labels if "by mouth" in label]
    assert "could not be checked for vitamin B12 by mouth" in detail(found, "b12-deficiency")


METFORMIN = {
    "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": SUBJECT,
    "authoredOn": "2026-01-01", "medicationCodeableConcept": {"text": "Metformin"},
}  # fmt: skip


@pytest.mark.parametrize("rows", [{"Condition": [condition("Chronic kidney disease")]}, {"MedicationRequest": [METFORMIN]}])
def test_a_doubt_that_no_forbidding_card_asks_about_withholds_nothing(rows):
    doubtful = asked(**rows)
    assert doubtful.chart.has_doubts
    assert offered(doubtful) == offered(asked())
