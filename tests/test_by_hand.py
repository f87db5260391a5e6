"""A draft that no action can name is never said to be replaced: the label and the text say what is left to be done."""

import pytest

from tests.test_prefetch import EMPTY, bundle, call, draft, problem
from tests.test_suggest import detail, key_of

LEBER = {key_of("Condition", "order-sign"): bundle(problem("58610003"))}
CYANOCOBALAMIN = draft("309594", dosageInstruction=[{"route": {"text": "intramuscular"}}])
NO_ID = {key: value for key, value in CYANOCOBALAMIN.items() if key != "id"}
SUBJECT = CYANOCOBALAMIN["subject"]
IN_A_GROUP = {
    "resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "order", "subject": SUBJECT,
    "contained": [{**CYANOCOBALAMIN, "id": "x"}], "action": [{"resource": {"reference": "#x"}}],
}  # fmt: skip
IN_A_PLAN = {
    "resourceType": "CarePlan", "id": "p", "status": "draft", "intent": "plan", "subject": SUBJECT,
    "activity": [{"detail": {
        "kind": "MedicationRequest", "status": "not-started",
        "productCodeableConcept": CYANOCOBALAMIN["medicationCodeableConcept"],
    }}],
}  # fmt: skip


def suggested(drafts):
    found = call(EMPTY | LEBER, "order-sign", drafts)
    (card,) = [c for c in found.cards if c["source"]["topic"]["code"] == "leber-cyanocobalamin"]
    return card["suggestions"], detail(found, "leber-cyanocobalamin")


@pytest.mark.parametrize("one", [NO_ID, {**NO_ID, "id": 7}, IN_A_GROUP, IN_A_PLAN], ids=["no id", "number", "group", "plan"])
def test_what_cannot_be_removed_is_told_and_not_called_replaced(one):
    suggestions, text = suggested([one])
    assert [[action["type"] for action in each["actions"]] for each in suggestions] == [["create"]]
    assert "Replace" not in suggestions[0]["label"]
    assert suggestions[0]["label"].endswith("remove the draft by hand")
    assert "**By hand:** Remove the draft" in text


def test_a_draft_with_an_id_is_replaced():
    suggestions, text = suggested([CYANOCOBALAMIN])
    assert suggestions[0]["label"].startswith("Replace the draft by")
    assert [action["type"] for action in suggestions[0]["actions"]] == ["create", "delete"]
    assert "By hand" not in text


def test_of_two_drafts_that_which_has_no_id_is_left_and_told_once():
    suggestions, text = suggested([CYANOCOBALAMIN, NO_ID])
    assert all(action["type"] in ("create", "delete") for each in suggestions for action in each["actions"])
    assert [each["label"] for each in suggestions if "by hand" not in each["label"]] == []
    assert text.count("**By hand:**") == 1
