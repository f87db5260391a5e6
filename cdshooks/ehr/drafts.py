"""Draft orders as an EHR holds them while a prescriber writes: an id, the patient, the status draft, today."""

from datetime import date
from pathlib import Path

from cdshooks.ehr.files import read_json
from cdshooks.ehr.patients import rows
from cdshooks.errors import BadInput

# Where an order says whose it is and when it was written, for the types that a draft may have.
ORDERS = {
    "MedicationRequest": ("subject", "authoredOn"),
    "ServiceRequest": ("subject", "authoredOn"),
    "DeviceRequest": ("subject", "authoredOn"),
    "CommunicationRequest": ("subject", "authoredOn"),
    "NutritionOrder": ("patient", "dateTime"),
    "VisionPrescription": ("patient", "dateWritten"),
}


def open_draft(path: Path | str) -> tuple[dict, ...]:
    """The resources of a draft file: one resource, a list, or a Bundle."""
    body = read_json(Path(path))
    single = isinstance(body, dict) and body.get("resourceType") != "Bundle"
    resources, _ = rows([body] if single else body, str(path))
    if not any(row["resourceType"] in ORDERS for row in resources):
        raise BadInput(f"{path}: holds no order; a draft is one of {', '.join(ORDERS)}")
    return tuple(resources)


def drafted(resources: tuple[dict, ...], patient_id: str, today: date) -> tuple[dict, ...]:
    """The orders made drafts of this patient, numbered; what is no order (a Medication) stays as it is."""
    drafts, number = [], 0
    for row in resources:
        if row["resourceType"] in ORDERS:
            number += 1
            whose, when = ORDERS[row["resourceType"]]
            row = row | {
                "id": f"draft-{number}",
                whose: {"reference": f"Patient/{patient_id}"},
                "status": "draft",
                when: today.isoformat(),
            }
        drafts.append(row)
    return tuple(drafts)


def draft_bundle(resources: tuple[dict, ...], patient_id: str, today: date) -> dict:
    """The `draftOrders` of a hook."""
    entries = [{"resource": row} for row in drafted(resources, patient_id, today)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def draft_references(bundle: dict) -> list[str]:
    """`Type/id` of each order in it, as `selections` names them."""
    orders = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] in ORDERS]
    return [f"{order['resourceType']}/{order['id']}" for order in orders]
