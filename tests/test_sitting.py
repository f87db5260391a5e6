"""What a sitting says of an order on record: what it ends, holds, denies or says in unknown words never reassures."""

from copy import deepcopy

import pytest
from test_feeds import (
    CLOCK,
    KNOWN,
    PATIENT,
    RXNORM,
    SERVICES,
    SUBJECT,
    Filled,
    answer,
    b12,
    concept,
    parse_request,
    respond,
)

from tests.shipped import LIBRARY

ORDER = {
    "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2025-12-20",
    "medicationCodeableConcept": concept(system=RXNORM, code="317106"), **SUBJECT,
}  # fmt: skip
FOLIC = {
    "resourceType": "MedicationRequest", "id": "f", "status": "draft", "intent": "order", **SUBJECT,
    "medicationCodeableConcept": concept(system=RXNORM, code="199318"),
}  # fmt: skip
TODAY, YESTERDAY = "2026-01-15", "2026-01-14"


def folic_acid_card(*drafts):
    """The indicator of the card on folic acid, for a low vitamin B12 with an order that treats it."""
    record = Filled([PATIENT, b12(KNOWN), ORDER])
    prefetch = {
        q.key: answer(record, q.template.replace("{{context.patientId}}", "p")) for q in SERVICES["order-sign"].queries
    }
    entry = [{"resource": draft} for draft in (FOLIC, *drafts)]
    context = {"userId": "Practitioner/x", "patientId": "p", "draftOrders": {"resourceType": "Bundle", "entry": entry}}
    body = {"hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, "prefetch": prefetch}
    cards = respond(LIBRARY, SERVICES["order-sign"], parse_request(body, "order-sign"), CLOCK).cards
    return next((c["indicator"] for c in cards if c["source"]["topic"]["code"] == "folic-acid-first"), None)


def changed(**more):
    row = deepcopy(ORDER) | more
    return {name: value for name, value in row.items() if value is not None}


def until(day):
    return [{"timing": {"repeat": {"boundsPeriod": {"start": "2025-12-20", "end": day}}}}]


OF_RECORD = {"reference": "MedicationRequest/m"}


@pytest.mark.parametrize("draft", [
    changed(), changed(status="draft"), changed(status="Active"), changed(dosageInstruction=until(TODAY)),
    changed(id="n", basedOn=[OF_RECORD]), changed(id="n", status="entered-in-error"),
])  # fmt: skip
def test_an_order_that_goes_on_in_the_sitting_reassures(draft):
    assert folic_acid_card() is None
    assert folic_acid_card(draft) is None


@pytest.mark.parametrize("draft", [
    changed(status="ended"), changed(status="Stopped"), changed(status=" ON-HOLD "), changed(doNotPerform=True),
    changed(dosageInstruction=until(YESTERDAY)), changed(dispenseRequest={"validityPeriod": {"end": YESTERDAY}}),
    changed(id="n", status="stopped", basedOn=[OF_RECORD]),
    changed(id="n", status="stopped", priorPrescription={"reference": "http://ehr.example/fhir/MedicationRequest/m"}),
    changed(id="n", status="revoked", replaces=[OF_RECORD]),
    changed(id="n", status="draft", doNotPerform=True, basedOn=[OF_RECORD]),
])  # fmt: skip
def test_an_order_that_the_sitting_ends_never_reassures(draft):
    assert folic_acid_card(draft) == "critical"


def test_a_draft_that_replaces_an_order_stands_for_it():
    oral = concept(system=RXNORM, code="309595")
    draft = changed(id="n", status="draft", medicationCodeableConcept=oral, priorPrescription=OF_RECORD)
    assert folic_acid_card(draft | {"priorPrescription": None}) is None
    assert folic_acid_card(draft) is not None


@pytest.mark.parametrize("draft", [
    changed(status="unknown"), changed(status="discontinued"), changed(status="suspended"), changed(status="beendet"),
    changed(id=None, status="stopped"), changed(id="n", status="stopped"), changed(id="n", doNotPerform=True),
    changed(id="n", status="ended", medicationCodeableConcept=concept(system=RXNORM, code="317106", display="x")),
    changed(id="n", status="ended", medicationCodeableConcept=concept(system="urn:oid:2.16.840.1.113883.6.88", code="317106")),
])  # fmt: skip
def test_an_order_that_the_sitting_may_end_never_reassures(draft):
    assert folic_acid_card(draft) in ("warning", "critical")


@pytest.mark.parametrize("draft", [
    changed(id="n", status="draft", dosageInstruction=until(YESTERDAY)),
    changed(id="n", status="draft", dosageInstruction=[{"asNeededBoolean": True}]),
    changed(id="n", status="draft", dosageInstruction=[{"asNeededCodeableConcept": {"text": "tiredness"}}]),
    changed(id="n", status="unknown"),
])  # fmt: skip
def test_a_draft_that_may_never_be_had_is_no_treatment(draft):
    record = changed(status="cancelled")
    assert folic_acid_card(record, changed(id="n", status="draft")) == "info"
    assert folic_acid_card(record, draft) == "critical"
