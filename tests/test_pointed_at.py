"""What a reason points to inside its own row is read as words beside it are; a reference to what did not come tells nothing."""

import pytest

from tests.test_feeds import ACTIVE, KNOWN, PATIENT, RXNORM, SUBJECT, UNCHECKED, b12, call, concept

LOW = b12(KNOWN, 112)
CORD = {
    "resourceType": "Condition", "id": "c", "clinicalStatus": ACTIVE, "code": concept(system="http://snomed.info/sct", code="60576007"),
}  # fmt: skip
INSIDE, ELSEWHERE = {"reference": "#c"}, {"reference": "Condition/elsewhere"}


def visit(**more):
    return {"resourceType": "Encounter", "id": "v", "status": "finished", "period": {"start": "2026-01-10"}, **SUBJECT, **more}


def order(kind="ServiceRequest", **more):
    told = {"resourceType": kind, "id": "o", "status": "active", "intent": "order", "authoredOn": "2026-01-10"}
    drug = {"medicationCodeableConcept": concept("Aspirin", RXNORM, "1191")} if kind != "ServiceRequest" else {}
    return told | drug | {"code": concept("Physiotherapy")} | SUBJECT | more


def procedure(**more):
    return {
        "resourceType": "Procedure", "id": "p", "status": "completed", "code": concept("MRI"), "performedDateTime": "2026-01-01", **SUBJECT, **more,
    }  # fmt: skip


POINTING = [
    lambda to: visit(reasonReference=[to]), lambda to: visit(diagnosis=[{"condition": to}]),
    lambda to: visit(reason=[{"value": [{"reference": to}]}]), lambda to: order(reasonReference=[to]),
    lambda to: order(reason=[{"reference": to}]), lambda to: order("MedicationRequest", reasonReference=[to]),
    lambda to: order("MedicationStatement", reasonReference=[to]), lambda to: procedure(reasonReference=[to]),
    lambda to: procedure(complicationDetail=[to]),
]  # fmt: skip


def told(row):
    return UNCHECKED in call([PATIENT, LOW, row])[0]


@pytest.mark.parametrize("pointing", POINTING)
def test_a_problem_inside_the_row_is_told(pointing):
    assert told(pointing(INSIDE) | {"contained": [CORD]})


@pytest.mark.parametrize("pointing", POINTING)
def test_so_is_one_elsewhere_by_its_words(pointing):
    assert told(pointing(ELSEWHERE | {"display": "Subacute combined degeneration of the cord"}))


@pytest.mark.parametrize("pointing", POINTING)
def test_a_reference_without_words_to_what_did_not_come_tells_nothing(pointing):
    assert not told(pointing(ELSEWHERE))


@pytest.mark.parametrize("changes", [
    {"clinicalStatus": concept(code="resolved")}, {"verificationStatus": concept(code="refuted")}, {"id": "another"},
])  # fmt: skip
def test_a_problem_inside_that_is_over_refuted_or_not_pointed_to_is_not_told(changes):
    assert not told(visit(reasonReference=[INSIDE]) | {"contained": [CORD | changes]})
