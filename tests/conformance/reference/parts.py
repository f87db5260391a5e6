"""The pieces of which answers are made: cards, actions, and the FHIR resources in them."""

EXAMPLE = "https://reference.example"
CODES = f"{EXAMPLE}/fhir/CodeSystem"


def card(summary, indicator="info", code="problems", detail=None) -> dict:
    topic = {"system": f"{CODES}/topics", "code": code, "display": code.capitalize()}
    source = {"label": "CDS Hooks reference service", "url": EXAMPLE, "icon": f"{EXAMPLE}/icon.png", "topic": topic}
    return {"summary": summary, "indicator": indicator, "source": source} | ({"detail": detail} if detail else {})


def create(resource):
    return {"type": "create", "description": f"Create: {resource['description']}", "resource": resource}


def update(resource):
    return {"type": "update", "description": "Mark the order", "resource": resource}


def delete(resource):
    return {"type": "delete", "description": "Delete the draft", "resourceId": f"{resource['resourceType']}/{resource['id']}"}


def task(patient: str, description: str) -> dict:
    subject = {"reference": f"Patient/{patient}"}
    return {"resourceType": "Task", "status": "draft", "intent": "proposal", "description": description, "for": subject}


def drafts(request: dict) -> list[dict]:
    entries = request["context"]["draftOrders"].get("entry") or []
    found = [entry.get("resource") for entry in entries]
    return [one for one in found if isinstance(one, dict) and "id" in one and "resourceType" in one]


def checked(order: dict) -> dict:
    """The whole order with one extension more: an update is never only what changed."""
    return extended(order, {"url": f"{EXAMPLE}/fhir/StructureDefinition/checked", "valueBoolean": True})


def extended(resource: dict, extension: dict) -> dict:
    return {**resource, "extension": [*resource.get("extension", []), extension]}
