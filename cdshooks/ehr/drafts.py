"""Orders of a sitting as an EHR holds them while a prescriber writes: drafts of today, and what becomes of others."""

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
    """The orders as this patient's, each with an id; what is no order (a Medication) stays as it is.

    One without a status is a draft of today. One that says its status (stopped, on-hold, ...) keeps it, and its id and
    day: it may be an order of the record that changes in this sitting.
    """
    drafts, number = [], 0
    ids = [(row["resourceType"], row.get("id")) for row in resources]
    for row in resources:
        if row["resourceType"] in ORDERS:
            number += 1
            whose, when = ORDERS[row["resourceType"]]
            status = row.get("status") or "draft"
            own = row.get("id") if status != "draft" and ids.count((row["resourceType"], row.get("id"))) == 1 else None
            day = row.get(when) if status != "draft" else None
            row = row | {
                "id": own or f"draft-{number}",
                whose: {"reference": f"Patient/{patient_id}"},
                "status": status,
                when: day or today.isoformat(),
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
