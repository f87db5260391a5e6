"""Rows of which nobody can know what they are about hush no card, and what is not understood is told as loud as it may be."""

import json

import pytest
from test_feeds import KNOWN, PATIENT, RXNORM, UNCHECKED, b12, call, concept, order

SUBJECT = {"subject": {"reference": f"Patient/{PATIENT['id']}"}}
NAMELESS = {"medicationCodeableConcept": concept(system=RXNORM, code="11289")}
NUMB = {
    "resourceType": "Condition", "id": "n", **SUBJECT,
    "code": concept(system="http://hl7.org/fhir/sid/icd-10-cm", code="G32.0"),
    "clinicalStatus": concept(code="active", system="http://terminology.hl7.org/CodeSystem/condition-clinical"),
}  # fmt: skip
LOW = b12(KNOWN)


def answered(rows, **how):
    """By topic how loud it is, and the whole text."""
    told = call(rows, **how)[1]
    return {card["source"]["topic"]["code"]: card["indicator"] for card in json.loads(told)}, told


BOUNDS = {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2017-11-01", "end": "2017-12-01"}}}}]}


def row(kind, status, day):
    """A drug row of this kind that names no drug."""
    told = {
        "MedicationRequest": {"authoredOn": day} | BOUNDS,
        "MedicationStatement": {"effectivePeriod": {"start": day, "end": day}},
        "MedicationDispense": {"whenHandedOver": day},
        "MedicationAdministration": {"effectiveDateTime": day},
    }
    return order(NAMELESS, status) | {"resourceType": kind} | told[kind]


KINDS = {
    "MedicationRequest": "active", "MedicationStatement": "active", "MedicationDispense": "completed",
    "MedicationAdministration": "completed",
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_drug_that_nobody_can_know_makes_a_low_result_no_quieter(kind):
    loud, text = answered([PATIENT, LOW, NUMB, row(kind, KINDS[kind], "2025-12-01")])
    assert loud["b12-deficiency"] == "critical"
    assert "could not be verified" in text
    assert "11289" in text
    assert "no treatment" not in text.casefold()


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationDispense", "MedicationAdministration"])
def test_what_ended_years_ago_is_no_treatment_whatever_it_was(kind):
    over = row(kind, "completed", "2017-12-01")
    assert answered([PATIENT, LOW, NUMB, over]) == answered([PATIENT, LOW, NUMB])


def test_an_order_without_a_written_end_may_have_gone_on():
    ended = row("MedicationRequest", "stopped", "2017-12-01")
    without = {name: value for name, value in ended.items() if name != "dosageInstruction"}
    assert "could not be verified" not in answered([PATIENT, LOW, NUMB, ended])[1]
    assert "could not be verified" in answered([PATIENT, LOW, NUMB, without])[1]


def test_an_old_order_that_is_still_active_may_be_treatment_whatever_it_is():
    loud, text = answered([PATIENT, LOW, NUMB, row("MedicationRequest", "active", "2017-12-01")])
    assert (loud["b12-deficiency"], "could not be verified" in text) == ("critical", True)


def test_a_card_that_only_such_a_row_could_raise_is_told_and_not_raised_by_it():
    assert answered([PATIENT, b12(KNOWN, 500), row("MedicationRequest", "active", "2025-01-01")])[0] == {UNCHECKED: "info"}


def test_what_may_be_a_low_result_is_told_as_loud_as_it_would_be():
    assert answered([PATIENT, b12(concept("Vitamin B12"))])[0] == {UNCHECKED: "warning"}


def test_what_may_be_a_contraindication_is_told_as_loud_as_it_would_be():
    leber = {"resourceType": "Condition", "id": "l", **SUBJECT, "code": concept("Leber's hereditary optic neuropathy")}
    drug = {"medicationCodeableConcept": concept(system=RXNORM, code="11248")}
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **drug}
    assert answered([PATIENT, leber], hook="order-sign", draft=draft)[0][UNCHECKED] == "critical"


def test_that_a_product_is_not_known_is_information_where_nothing_else_is_odd():
    drug = {"medicationCodeableConcept": concept("Vitamin B12 injection", "urn:oid:2.999.1", "77")}
    draft = {"resourceType": "MedicationRequest", "status": "draft", "intent": "order", **drug}
    dose = {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "ampoule"}}]}
    assert answered([PATIENT], hook="order-sign", draft=draft | {"dosageInstruction": [dose]})[0] == {UNCHECKED: "info"}
