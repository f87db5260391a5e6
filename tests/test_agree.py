"""What a prescriber reads of an order, what accepting it files, and what its codes mean say the same."""

import copy

import pytest

from cdshooks.content.agree import Content, label_faults, order_faults, suggestion_faults
from cdshooks.content.figures import Figures
from cdshooks.content.naming import Names
from cdshooks.content.orders import Suggestion
from tests.shipped import LIBRARY

CONTENT = Content.of(LIBRARY)
SNOMED = "http://snomed.info/sct"


def injection(**changes) -> dict:
    """1 mg of hydroxocobalamin IM three times a week for two weeks, with one thing otherwise."""
    told = {"code": "317106", "display": "hydroxocobalamin 1 MG/ML Injectable Solution", "value": 1, "unit": "mg",
            "route": ("78421000", "Intramuscular route"), "text": "1 mg intramuscularly three times a week for two weeks",
            "repeat": {"frequency": 3, "period": 1, "periodUnit": "wk", "boundsDuration": {"value": 2, "code": "wk"}}} | changes  # fmt: skip
    code, display = told["route"]
    return {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {
            "text": "Hydroxocobalamin 1 mg/mL injection",
            "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": told["code"], "display": told["display"]}],
        },
        "dosageInstruction": [{
            "text": told["text"],
            "route": {"text": display.removesuffix(" route"), "coding": [{"system": SNOMED, "code": code, "display": display}]},
            "timing": {"repeat": told["repeat"]},
            "doseAndRate": [{"doseQuantity": {"value": told["value"], "unit": told["unit"], "code": told["unit"]}}],
        }],
    }  # fmt: skip


LABEL = "Add hydroxocobalamin 1 mg IM, three times a week for two weeks"
WEEKLY = {"frequency": 3, "period": 1, "periodUnit": "wk"}
WRONG = {
    "ten times the dose": (LABEL, injection(value=10), "the label says the dose 1 mg, the resource has 10 mg"),
    "a thousand times the dose": (LABEL, injection(unit="ug"), "the label says the dose 1 mg, the resource has 0.001 mg"),
    "times a day": (LABEL, injection(repeat={**WEEKLY, "periodUnit": "d", "boundsDuration": {"value": 2, "code": "wk"}}), "the interval of 2.333 days, the resource has 0.333 days"),
    "times a day in words": (LABEL.replace("a week", "a day"), injection(), "the label says the interval of 0.333 days, the resource has 2.333 days"),
    "without an end": (LABEL, injection(repeat=WEEKLY), "the duration of 14 days, the resource has none"),
    "another end": (LABEL.replace("two weeks", "three weeks"), injection(), "the duration of 21 days, the resource has 14 days"),
    "another route": (LABEL, injection(route=("34206005", "Subcutaneous route")), "the label says the route intramuscular, the resource has subcutaneous"),
    "by mouth, though for injection": (LABEL.replace("IM", "by mouth"), injection(route=("26643006", "Oral route")), "the route is oral, but the product 317106"),
    "a route whose words are another": (LABEL, injection(route=("34206005", "Intramuscular route")), "the route's code 34206005 is subcutaneous, its words say intramuscular"),
    "another drug": (LABEL, injection(code="309594"), "names 'hydroxocobalamin', which the code is not"),
    "another strength": (LABEL, injection(code="103010"), "says a strength of 1 mg, the code 103010 has 0.25 mg"),
    "an unknown code": (LABEL, injection(code="31710"), "no concept in _concepts has the code 31710"),
    "a label without a dose": ("Add hydroxocobalamin IM, three times a week for two weeks", injection(), "the label does not say the dose 1 mg"),
    "a dosage text of its own": (LABEL, injection(text="1 mg intramuscularly twice a week for two weeks"), "the text of dosage 1 says the interval of 3.5 days"),
    "an unreadable dose": (LABEL, injection(unit="drops"), "its dose cannot be worked out"),
}  # fmt: skip


def one(label: str, **does):
    """A suggestion as it is offered, in any country."""
    (made,) = Suggestion(label, **does).in_country(None)
    return made


@pytest.mark.parametrize("what", WRONG)
def test_an_order_that_says_two_things_is_told(what):
    label, resource, says = WRONG[what]
    assert any(says in fault for fault in order_faults(label, label, resource, CONTENT)), list(
        order_faults(label, label, resource, CONTENT)
    )


def test_an_order_that_says_one_thing_everywhere_is_fine():
    assert list(order_faults(LABEL, LABEL, injection(), CONTENT)) == []


def test_of_several_steps_the_label_tells_at_least_the_first_and_nothing_else():
    first, then = injection(), copy.deepcopy(injection())
    entry = then["dosageInstruction"][0]
    entry |= {
        "text": "then 1 mg intramuscularly monthly",
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "mo"}},
    }
    first["dosageInstruction"].append(entry)
    whole = f"{LABEL}, then monthly"
    assert list(order_faults(LABEL, whole, first, CONTENT)) == []
    assert list(order_faults(whole, LABEL, first, CONTENT)) == [
        "the description does not say the interval of 30 days, which the resource has"
    ]
    assert any("90 days" in f for f in order_faults(whole.replace("monthly", "every 3 months"), whole, first, CONTENT))


def a_test(code: str, text: str) -> dict:
    coding = {"system": "http://loinc.org", "code": code, "display": text}
    return {"resourceType": "ServiceRequest", "code": {"text": text, "coding": [coding]}}


def test_the_label_of_a_test_names_the_analyte_of_its_code():
    mma = a_test("13964-2", "Methylmalonic acid (MMA)")
    assert list(order_faults("Order methylmalonic acid (MMA)", "Order serum MMA", mma, CONTENT)) == []
    assert list(order_faults("Order homocysteine", "Order serum MMA", mma, CONTENT)) == [
        "the label 'Order homocysteine' does not name 'Methylmalonic acid (MMA)', which is what the code is"
    ]
    assert list(label_faults("Order eGFR, to be able to read the raised MMA", [mma], CONTENT)) == [
        "the label 'Order eGFR, to be able to read the raised MMA' names 'eGFR' first, the code is 'Methylmalonic acid (MMA)'"
    ]


def test_a_label_says_what_accepting_it_does():
    three = {"dosageInstruction.0.text": "Every 3 months", "dosageInstruction.0.timing": {"repeat": {"frequency": 1, "period": 3, "periodUnit": "mo"}}}  # fmt: skip
    change = one("Change the draft to one injection every 2 months", change=("vitamin_b12",), patch=three)
    assert list(suggestion_faults(change, CONTENT)) == [
        "the label says the interval of 60 days, the resource has 90 days"
    ]
    remove = one("Order folic acid", remove=("vitamin_b12",))
    assert list(suggestion_faults(remove, CONTENT)) == [
        "the label says 'order', but what it does is to remove",
        "the label names 'folic acid', which it does not remove",
    ]
    assert list(suggestion_faults(one("Remove cyanocobalamin", remove=("vitamin_b12",)), CONTENT)) == []


def test_the_longest_name_in_a_text_is_what_it_names():
    assert Names(LIBRARY.concepts).mentioned("Order active vitamin B12, not vitamin B12")[0] == {"b12_active"}


FIGURES = Figures(LIBRARY.concepts.by_name.values(), LIBRARY.concepts.doses.table)


def test_figures_are_compared_and_not_their_spelling():
    same = [
        ("1 mg", "1000 micrograms"),
        ("two weeks", "14 days"),
        ("a year and 2 years", "24 months"),
        ("1 to 2 mg", "1-2 mg"),
    ]
    for left, right in same:
        assert set(FIGURES.of(left)) == set(FIGURES.of(right)), (left, right)
    other = [
        ("three times a week", "three times a day"),
        ("1 mg", "10 mg"),
        ("8 g/dL", "8 g/L"),
        ("2 weeks", "2 months"),
    ]
    for left, right in other:
        assert set(FIGURES.of(left)).isdisjoint(FIGURES.of(right)), (left, right)
