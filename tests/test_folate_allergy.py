"""Folic acid is never offered, to nobody with an allergy to it either."""

import json

import pytest

from tests.shipped import LIBRARY
from tests.test_feeds import ACTIVE, KNOWN, PATIENT, RXNORM, b12, call, concept

B12 = {
    "resourceType": "MedicationRequest", "status": "draft", "intent": "order", "medicationCodeableConcept": concept(system=RXNORM, code="317106"),
}  # fmt: skip


def is_folic_acid(resource):
    told = json.dumps(resource).casefold()
    return any(word in told for word in LIBRARY.concepts.by_name["folic_acid"].words)


@pytest.mark.parametrize("told", ["Folic acid", "Folsäure", "Acide folique"])
@pytest.mark.parametrize("folate", [1, 1.5])
def test_beside_a_folate_deficiency_and_an_allergy_to_it_no_folic_acid_is_offered(told, folate):
    allergy = {"resourceType": "AllergyIntolerance", "id": "a", "clinicalStatus": ACTIVE, "code": concept(told), "patient": {"reference": "Patient/p"}}
    low = b12(concept(system="http://loinc.org", code="2284-8"), folate, identity="f") | {"valueQuantity": {"value": folate, "unit": "ug/L"}}
    topics, text = call([PATIENT, b12(KNOWN, 112), low, allergy], "order-sign", B12)
    assert "folate-deficiency-with-b12" in topics
    offered = [a["resource"] for c in json.loads(text) for s in c.get("suggestions", ()) for a in s["actions"] if "resource" in a]
    assert [row for row in offered if is_folic_acid(row)] == []


def test_no_drug_order_that_we_write_is_of_folic_acid():
    drugs = [template for order in LIBRARY.orders.values() for template in order.variants if "Medication" in str(template)]
    assert drugs
    assert [template for template in drugs if is_folic_acid(str(template))] == []
