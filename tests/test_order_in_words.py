"""Orders in words become the drafts that they say, and nothing that they do not say."""

from decimal import Decimal

import pytest

from cdshooks.ehr.words import order_in_words, told
from cdshooks.errors import BadInput
from cdshooks.terms.often import number_in
from tests.shipped import LIBRARY

CONCEPTS = LIBRARY.concepts


def parts(text):
    """Code, dose, (times, period, unit) and route of the draft."""
    order = order_in_words(text, CONCEPTS)
    drug, (dosage,) = order["medicationCodeableConcept"], order["dosageInstruction"]
    coding, rate = drug.get("coding", [{}])[0], dosage.get("doseAndRate", [{}])[0].get("doseQuantity", {})
    repeat = dosage.get("timing", {}).get("repeat", {})
    often = tuple(repeat.get(key) for key in ("frequency", "period", "periodUnit")) if repeat else None
    return coding.get("code"), rate and (rate["value"], rate["unit"]), often, dosage.get("route", {}).get("text")


@pytest.mark.parametrize(
    ("text", "code", "dose", "often", "route"),
    [
        ("omeprazole 20 mg daily", "198051", (20, "mg"), (1, 1, "d"), None),
        ("folic acid 5 mg oral daily", "199318", (5, "mg"), (1, 1, "d"), "oral"),
        ("folic acid 5 mg daily", "4511", (5, "mg"), (1, 1, "d"), None),  # there is an injection of that strength, too
        ("Folic acid 400 micrograms once daily", "198640", (400, "micrograms"), (1, 1, "d"), None),
        ("cyanocobalamin 1,000 mcg by mouth every day", "309593", (1000, "mcg"), (1, 1, "d"), "by mouth"),
        ("cyanocobalamin 1 mg daily", "11248", (1, "mg"), (1, 1, "d"), None),  # tablet or injection: not said
        ("hydroxocobalamin 1 mg IM three times a week", "317106", (1, "mg"), (3, 1, "wk"), "im"),
        ("hydroxocobalamin 1mg im every other day", "317106", (1, "mg"), (1, 2, "d"), "im"),
        ("methotrexate 15 mg weekly", "6851", (15, "mg"), (1, 1, "wk"), None),  # no such product is listed
        ("colchicine 0,5 mg q12h", "2683", (Decimal("0.5"), "mg"), (1, 12, "h"), None),
        ("omeprazole 20 mg capsules 1 capsule bd po", "198051", (1, "capsule"), (2, 1, "d"), "po"),
        ("furosemide 40 mg", None, (40, "mg"), None, None),
        ("folic acid", "4511", {}, None, None),
        ("vitamin C 1 g/day", None, (1, "g"), (1, 1, "d"), None),
    ],
)
def test_words_become_a_draft(text, code, dose, often, route):
    assert parts(text) == (code, dose, often, route)


def test_the_words_stay_in_the_order():
    order = order_in_words("folic acid 5 mg  daily for a month", CONCEPTS)
    assert order["medicationCodeableConcept"]["text"] == "folic acid 5 mg daily for a month"
    assert order["dosageInstruction"][0]["text"] == "folic acid 5 mg daily for a month"


def test_what_was_not_said_is_told():
    assert told(order_in_words("grapefruit juice", CONCEPTS)) == (
        "order 'grapefruit juice': a drug in words only: no listed code fits, no dose, not how often"
    )


@pytest.mark.parametrize("text", ["20 mg daily", "daily 5 mg", "by mouth"])
def test_an_order_without_a_drug_is_refused(text):
    with pytest.raises(BadInput, match="names no drug"):
        order_in_words(text, CONCEPTS)


def test_a_number_is_read_as_people_write_it():
    assert [number_in(text) for text in ("1,000", "2,5", "1,000.5")] == [1000, Decimal("2.5"), Decimal("1000.5")]
    with pytest.raises(BadInput, match="is no number"):
        order_in_words("omeprazole 1.2.3 mg daily", CONCEPTS)
