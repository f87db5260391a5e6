"""What is offered with one click: judged by our own cards first, each drug offered once, and the reason where it is not."""


import pytest

from cdshooks.protocol.suggest import Offers
from cdshooks.review.vignettes import chart_of
from cdshooks.rules.decide import decide
from tests.test_prefetch import EMPTY, LIBRARY, SERVICES, SUBJECT, bundle, call, draft, problem, result

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ALLERGY = {
    "resourceType": "AllergyIntolerance", "id": "a", "patient": SUBJECT, "criticality": "high",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "1217428002", "display": "Hydroxocobalamin"}]},
    "reaction": [{"manifestation": [{"text": "Anaphylaxis"}]}],
}  # fmt: skip
LOW = {"results": bundle(result(90))}
FORBIDDING = [card for card in LIBRARY.cards if card.forbids]


def key_of(source, hook="patient-view"):
    return SERVICES[hook].key_of(source)


def offered(response):
    """The labels of everything that is offered, by topic."""
    return {
        card["source"]["topic"]["code"]: [s["label"] for s in card.get("suggestions", ())] for card in response.cards
    }


def detail(response, topic):
    return next(card["detail"] for card in response.cards if card["source"]["topic"]["code"] == topic)


def drugs_offered(response):
    actions = [a for c in response.cards for s in c.get("suggestions", ()) for a in s["actions"]]
    return [a["resource"] for a in actions if a.get("resource", {}).get("resourceType") == "MedicationRequest"]


def test_a_drug_to_which_the_patient_is_allergic_is_not_offered_and_the_card_says_why():
    rows = LOW | {key_of("AllergyIntolerance"): bundle(ALLERGY)}
    assert drugs_offered(call(EMPTY | LOW))
    found = call(EMPTY | rows)
    assert not drugs_offered(found)
    assert "An allergy to a cobalamin is recorded" in detail(found, "b12-deficiency").partition("Why this card")[0]


def test_a_drug_is_not_offered_while_nobody_has_looked_for_allergies():
    rows = {key: value for key, value in EMPTY.items() if key != key_of("AllergyIntolerance")} | LOW
    found = call(rows)
    assert not drugs_offered(found)
    assert "could not be checked" in detail(found, "b12-deficiency")
    assert found.lacking == {"AllergyIntolerance"}


def test_two_cards_on_one_draft_offer_one_schedule():
    rows = {key_of("Condition", "order-sign"): bundle(problem("58610003"), problem("91019004"))}
    by_mouth = draft("309593", dosageInstruction=[{"route": {"text": "oral"}}])
    found = call(EMPTY | rows, "order-sign", [by_mouth])
    assert {"leber-cyanocobalamin", "b12-route"} <= set(offered(found))
    assert len({order["dosageInstruction"][0]["text"] for order in drugs_offered(found)}) == 1


def test_what_a_silent_card_would_have_offered_another_card_offers():
    """Cards that stay quiet are left out before anything is offered, not after."""
    rows = {key_of("Condition", "order-sign"): bundle(problem("58610003"), problem("91019004"))}
    by_mouth = draft("309593", dosageInstruction=[{"route": {"text": "oral"}}])
    found = call(EMPTY | rows, "order-sign", [by_mouth])
    left = found.without({"leber-cyanocobalamin"})
    assert [c["source"]["topic"]["code"] for c in left] == ["b12-route"]
    assert any(a["type"] == "create" for c in left for s in c["suggestions"] for a in s["actions"])


@pytest.mark.parametrize("card", LIBRARY.cards, ids=lambda card: card.topic)
def test_nothing_that_a_vignette_is_offered_makes_a_forbidding_card_speak(card):
    for vignette in card.page.vignettes:
        chart = chart_of(LIBRARY, card, vignette)
        decision = decide(card, chart)
        if not decision.fires:
            continue
        for suggestion in Offers(chart, LIBRARY).of(decision, "x").suggestions:
            for action in suggestion["actions"]:
                if action.get("resource", {}).get("resourceType") == "MedicationRequest":
                    as_if = chart.drafting([action["resource"]], "order-sign")
                    assert not [c.topic for c in FORBIDDING if decide(c, as_if).may_fire], vignette["name"]


def test_judging_a_suggestion_leaves_the_chart_as_it_was():
    """What is asked of it afterwards is answered about the drafts that came."""
    card = LIBRARY.card("leber-cyanocobalamin")
    vignette = next(v for v in card.page.vignettes if v["expect"] == "critical")
    chart = chart_of(LIBRARY, card, vignette)
    before = decide(card, chart)
    Offers(chart, LIBRARY).of(before, "x")
    assert decide(card, chart) == before
    assert chart.hook == vignette.get("hook", card.hooks[0])


def test_of_many_cards_on_one_draft_two_speak_and_every_critical_one_and_the_rest_is_named():
    problems = bundle(problem("60576007"), problem("84027009"), problem("190633005"))
    rows = {
        key_of("Condition", "order-sign"): problems,
        key_of("AllergyIntolerance", "order-sign"): bundle(ALLERGY),
    }
    found = call(EMPTY | rows, "order-sign", [draft("309593", dosageInstruction=[{"route": {"text": "oral"}}])])
    assert [c["source"]["topic"]["code"] for c in found.cards] == ["cobalamin-hypersensitivity", "b12-route"]
    assert "**Also about this order:** Folate deficiency when vitamin B12 is ordered." in found.cards[0]["detail"]


def test_a_card_comes_from_the_evidence_of_its_outcome():
    rows = {key_of("Condition", "order-sign"): bundle(problem("58610003"))}
    (card,) = call(EMPTY | rows, "order-sign", [draft("309594")]).cards
    label = LIBRARY.sources["LABEL"]
    assert (card["source"]["label"], card["source"]["url"]) == (label.label, label.url)
    assert [link["url"] for link in card["links"]] == [LIBRARY.sources["SMPC"].url]
    assert "**Evidence:**" in card["detail"].partition("**Why this card**")[2]


def test_the_texts_of_the_order_cards_are_read_at_once():
    from cdshooks.content.lengths import too_long

    orders = [card for card in LIBRARY.cards if "patient-view" not in card.hooks or card.forbids]
    assert [says for card in orders for says in too_long(card)] == []


def test_a_source_that_is_not_published_has_no_address_and_none_of_another():
    own = LIBRARY.sources["REFERENCE"]
    assert own.url == ""
    drug = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": SUBJECT,
            "authoredOn": "2024-01-01", "medicationCodeableConcept": {"text": "Vitamin B12"}}  # fmt: skip
    found = call(EMPTY | LOW | {key_of("MedicationRequest", "patient-view"): bundle(drug)}).cards
    said = [card["source"] for card in found if card["source"]["label"] == own.label or card["source"]["topic"]["code"] == "could-not-check"]
    assert said
    assert not any("url" in each for each in said)


@pytest.mark.proves("act-6")
def test_whatever_is_offered_is_for_the_patient_of_the_call():
    answers = [call(EMPTY | LOW), call(EMPTY | LOW, "order-sign", [draft("199318")])]
    actions = [a for found in answers for c in found.cards for s in c.get("suggestions", ()) for a in s["actions"]]
    written = [action["resource"] for action in actions if "resource" in action]
    assert written
    assert {resource["subject"]["reference"] for resource in written} == {SUBJECT["reference"]}


@pytest.mark.proves("pre-15")
def test_what_one_call_brought_no_other_call_knows():
    first, nobody, again = call(EMPTY | LOW), call(EMPTY), call(EMPTY | LOW)
    assert (offered(first), offered(nobody)) == (offered(again), {})
