"""Doses as people and feeds write them: every spelling of a unit, numbers with signs, and what nobody can read."""

import json
from decimal import Decimal

import pytest
from test_feeds import KNOWN, PATIENT, RXNORM, b12, call, concept

from cdshooks.chart.dosing import dose_of
from cdshooks.reading.dose_words import written_first
from tests.shipped import LIBRARY

UNITS = LIBRARY.concepts.doses
TOO_MUCH, UNCLEAR, INTERNATIONAL = "More than 10 mg", "cannot be read for certain", "dosed by mass, not in units"
UCUM = "http://unitsofmeasure.org"


def draft(code="317106", text=None, dosage=None, **more):
    drug = concept(text, RXNORM, code) if code else concept(text)
    row = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationCodeableConcept": drug}
    return row | {"dosageInstruction": [] if dosage is None else [dosage]} | more


def dose_error(row):
    topics, text = call([PATIENT], "order-sign", row)
    return text if "b12-dose-error" in topics else ""


def quantity(value, unit, **more):
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit, **more}}]}


@pytest.mark.parametrize("unit", [
    "mgs", "mg.", "MGM", "mG", "milligramme", "milligrammes", "milligram(s)", "Milligramm", "miligramos", "miligramo",
    "milligrammi", "мг", "ミリグラム", "毫克", "밀리그램", "מ\"ג", "mg/dose", "mg per dose", "mg{B12}",
])  # fmt: skip
def test_milligrams_are_known_in_every_spelling(unit):
    assert dose_of([quantity(1000, unit)], None, UNITS).single == 1000


@pytest.mark.parametrize(("unit", "factor"), [
    ("gm", "1000"), ("Gramm", "1000"), ("grammi", "1000"), ("mcg.", "0.001"), ("Mikrogramm", "0.001"), ("мкг", "0.001"),
    ("マイクログラム", "0.001"), ("microgramos", "0.001"), ("mg/kg", None),
])  # fmt: skip
def test_other_masses_are_known_in_every_spelling(unit, factor):
    assert dose_of([quantity(1, unit)], None, UNITS).single == (factor and Decimal(factor))


@pytest.mark.parametrize(("text", "masses"), [
    ("1,000 mg im", ["1000"]), ("1 000 mg im", ["1000"]), ("1'000 mg", ["1000"]), ("1000mgs im", ["1000"]), ("1000-2000 mg im", ["2000"]),
    ("1000 milligramme", ["1000"]), ("1000 мг в/м", ["1000"]), ("1000ミリグラム筋注", ["1000"]), ("1,000 µg", ["1"]),
    ("0,125 mg", ["0.125"]), ("2 500 mcg tablets", []), ("1000 mg/mL", []), ("1.000 mg", []), ("1.000.000 µg", ["1000"]), ("1.000,5 mg", ["1000.5"]), ("1000 mgx", []),
    ("10 am", []), ("2 gtts", []),
])  # fmt: skip
def test_a_mass_in_words_is_read_as_people_write_it(text, masses):
    assert list(written_first([{"text": text}], UNITS)) == [Decimal(mass) for mass in masses]


@pytest.mark.parametrize("row", [
    draft(dosage=quantity(1000, "Milligramm")), draft(dosage={"text": "1,000 mg im"}),
    draft(dosage={"patientInstruction": "inject 1000 mg"}), draft(renderedDosageInstruction="1000 mg im once a week"),
    draft(dosage={"additionalInstruction": [{"text": "give 1000 mg"}]}), draft(None, "Hydroxocobalamin 1,000 mg inj"),
    draft(dosage={"doseAndRate": {"doseQuantity": {"value": 1000, "unit": "mg"}}}),
])  # fmt: skip
def test_micrograms_entered_as_milligrams_are_seen_wherever_they_stand(row):
    assert TOO_MUCH in dose_error(row)


@pytest.mark.parametrize("row", [
    draft(dosage=quantity(1000, "mgx")), draft(dosage=quantity("1000", "mg")), draft(dosage=quantity(1000, "mg/mL")), draft(dosage=quantity(1000, "mg/1")),
    draft(dosage=quantity(1000, "mcg", code="mg", system=UCUM)), draft(dosage=quantity(1000, "mg", code="foo", system=UCUM)),
    draft(dosage={"doseAndRate": [{"doseRange": {"low": {"value": 1000, "unit": "mg"}}}]}),
    draft(dosage={"doseAndRate": [{"doseQuantity": "1000 mg"}]}),
    draft(dosage={"doseAndRate": [
        {"type": {"text": "calculated"}, "doseQuantity": {"value": 1, "unit": "mg"}},
        {"type": {"text": "ordered"}, "doseQuantity": {"value": 1000, "unit": "mg"}},
    ]}),
])  # fmt: skip
def test_a_dose_that_nobody_can_read_is_told(row):
    assert UNCLEAR in dose_error(row)


@pytest.mark.parametrize("text", ["5000 IU im", "5000 UI im", "5,000 I.E. im", "1000 units im", "1000 Einheiten"])
def test_international_units_in_words_are_told(text):
    assert INTERNATIONAL in dose_error(draft(dosage={"text": text}))


@pytest.mark.parametrize("dosage", [
    quantity(1, "vial"), quantity(1, "ampoule"), quantity(1, "Ampulle(n)"), quantity(1, "amp (1 mL)"), quantity(1, "mL"),
    quantity(1, "tablet"), quantity(1, "{ampule}", code="{ampule}", system=UCUM), quantity(1, "Spritze"), quantity(1, None),
    quantity(2, "drops"), quantity(1, "vial", code="1", system=UCUM), quantity(1, "{spray}"), {"text": "1 ampoule im monthly"},
    {"text": "1000 mcg/mL, give 1 mL"}, {"text": "1 mg im every 12 weeks"}, {"text": "1000 µg i.m. for 30 days"},
    {"doseAndRate": [{"rateQuantity": {"value": 1, "unit": "mL/h"}}]},
    {"doseAndRate": [
        {"type": {"text": "calculated"}, "doseQuantity": {"value": 1, "unit": "mg"}},
        {"type": {"text": "ordered"}, "doseQuantity": {"value": 1000, "unit": "mcg"}},
    ]},
])  # fmt: skip
def test_an_ordinary_dose_stays_quiet(dosage):
    assert dose_error(draft(dosage=dosage)) == ""


# --- a dose and its product ---------------------------------------------------------------------------------------


def loudness(row):
    _, text = call([PATIENT, b12(KNOWN)], "order-sign", row)
    cards = json.loads(text)
    return next((c["indicator"] for c in cards if c["source"]["topic"]["code"] == "folic-acid-first"), None)


def two_codes():
    coding = [{"system": RXNORM, "code": code} for code in ("198640", "199318")]
    return draft(dosage={"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}], **DAILY}) | {
        "medicationCodeableConcept": {"coding": coding}
    }


DAILY = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}


@pytest.mark.parametrize("row", [
    draft("199318", dosage=quantity(5, "ug") | DAILY), draft("199318", dosage=quantity(Decimal("0.005"), "mg") | DAILY),
    draft("199318", "Folic acid 5 mg tablet", quantity(5, "mcg") | DAILY), two_codes(),
    draft("198640", "Folic acid 5 mg tablet", quantity(1, "tablet") | DAILY),
    draft("4511", dosage=quantity(50, "ug") | DAILY, renderedDosageInstruction="5 mg daily"),
    draft("4511", dosage=quantity(50, "ug") | DAILY | {"additionalInstruction": [{"text": "take 5 mg daily"}]}),
])  # fmt: skip
def test_a_dose_that_its_product_or_its_words_contradict_counts_as_high(row):
    assert loudness(row) == "critical"


@pytest.mark.parametrize(("row", "indicator"), [
    (draft("198640", "Folic acid 400 microgram tablet", quantity(1, "Tablette") | DAILY), "warning"),
    (draft("4511", "Folic acid 400 mcg", quantity(400, "mcg") | DAILY), "warning"),
    (draft("4511", "Folic acid", quantity(100, "ug") | DAILY), None),
])  # fmt: skip
def test_a_dose_with_which_product_and_words_agree_is_computed(row, indicator):
    assert loudness(row) == indicator


@pytest.mark.parametrize("row", [
    draft(None, "Cyanocobalamin 1.000 mg inj"), draft(dosage={"text": "1.000 mg im"}),
    draft(dosage={"patientInstruction": "inject 2.500 mg once a month"}),
])  # fmt: skip
def test_a_number_that_is_one_or_a_thousand_is_neither_and_is_told(row):
    assert TOO_MUCH not in dose_error(row)
    assert "cannot be read" in dose_error(row)


@pytest.mark.parametrize("row", [
    draft(None, "Cyanocobalamin 1.000 µg inj"), draft(dosage={"text": "0.500 mg im"}),
    draft(None, "Cyanocobalamin 1.000 mg inj", dosage=quantity(1, "mg")), draft(dosage={"text": "1.00 mg im"}),
])  # fmt: skip
def test_nothing_is_told_where_it_makes_no_difference_or_an_element_says_how_much(row):
    assert not dose_error(row)


def test_what_a_unit_must_not_go_on_with_is_said_a_few_times_and_not_of_each_spelling():
    """Python takes milliseconds to compile each: said of all five hundred it was four seconds of the first card."""
    assert UNITS.spelled.count("(?!") * 3 < len(UNITS.table.texts)
