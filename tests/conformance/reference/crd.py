"""What Da Vinci CRD adds at order-sign: coverage-information on each order, and its other kinds of cards."""

import uuid

from .parts import CODES, EXAMPLE, card, create, drafts, extended, task

COVERAGE_INFORMATION = "http://hl7.org/fhir/us/davinci-crd/StructureDefinition/ext-coverage-information"


def covered(request: dict, found: dict) -> list[dict]:
    """A system action for each order that says what is covered."""
    return [_update(order, request, found) for order in drafts(request)]


def _update(order: dict, request: dict, found: dict) -> dict:
    policy = next((f"Coverage/{one['id']}" for one in found["coverage"] if one.get("id")), None)
    parts = {
        "coverage": {"valueReference": {"reference": policy} if policy else {"display": "no coverage is on file"}},
        "covered": {"valueCode": "covered" if policy else "not-covered"},
        "date": {"valueDate": "2026-01-15"},
        "coverage-assertion-id": {"valueString": str(uuid.uuid5(uuid.NAMESPACE_URL, request["hookInstance"]))},
    }
    says = {"url": COVERAGE_INFORMATION, "extension": [{"url": name, **value} for name, value in parts.items()]}
    return {"type": "update", "description": "Say what is covered", "resource": extended(order, says)}


def crd_cards(request: dict, found: dict) -> list[dict]:
    patient = request["context"]["patientId"]
    return [smart_launch(), additional_order(patient), form(patient), coverage(patient)]


def smart_launch() -> dict:
    launch = card("The payer asks for documentation", code="documentation")
    launch["links"] = [{"label": "Fill it in", "url": f"{EXAMPLE}/dtr/launch", "type": "smart", "appContext": "form=1"}]
    launch["overrideReasons"] = [{"system": f"{CODES}/reasons", "code": "sent", "display": "It was sent already"}]
    return launch


def additional_order(patient: str) -> dict:
    visit = {"text": "Visit at home"}
    order = {
        "resourceType": "ServiceRequest", "status": "draft", "intent": "order", "code": visit,
        "subject": {"reference": f"Patient/{patient}"},
    }  # fmt: skip
    action = {"type": "create", "description": "Order a visit at home", "resource": order}
    return suggesting("A visit at home goes with this order", "Order the visit", action)


def form(patient: str) -> dict:
    asked = task(patient, "Fill in the questionnaire")
    asked["code"] = {"coding": [{"system": "http://hl7.org/fhir/uv/sdc/CodeSystem/temp", "code": "complete-questionnaire"}]}
    asked["input"] = [{"type": {"text": "questionnaire"}, "valueCanonical": f"{EXAMPLE}/fhir/Questionnaire/1"}]
    return suggesting("A questionnaire waits", "Put it on the list", create(asked))


def coverage(patient: str) -> dict:
    insured = {
        "resourceType": "Coverage", "status": "active", "beneficiary": {"reference": f"Patient/{patient}"},
        "payor": [{"display": "A payer"}],
    }  # fmt: skip
    action = {"type": "create", "description": "Note the coverage", "resource": insured}
    return suggesting("There is a newer coverage", "Note it", action)


def suggesting(summary: str, label: str, action: dict) -> dict:
    made = card(summary, code="coverage")
    return made | {"suggestions": [{"label": label, "actions": [action]}], "selectionBehavior": "any"}
