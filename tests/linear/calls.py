"""A grown record as calls of the services: a view of the chart, and orders being written."""

from zoneinfo import ZoneInfo

from cdshooks.config import Settings
from cdshooks.protocol.discovery import Service, services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import judge
from cdshooks.terms.dates import Clock
from tests.linear.shapes import LIBRARY, TODAY, resource

CLOCK = Clock(TODAY, ZoneInfo("UTC"))
SERVICES = {service.hook: service for group in services(LIBRARY, Settings()).values() for service in group}


def body(hook: str, rows: list[dict], drafts: list[dict]) -> dict:
    """One call that answers every template; each row stands under the first key that asks for its type."""
    service = SERVICES[hook]
    entries: dict[str, list[dict]] = {query.key: [] for query in service.queries}
    for row in rows:
        key = next((q.key for q in service.queries if q.resource == row["resourceType"]), "medication_requests")
        entries[key].append({"resource": row})
    entries["patient"].append({"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1951-03-04"}})
    context = {"patientId": "p1", "userId": "Practitioner/1"}
    if hook != "patient-view":
        # One draft that is enough to be judged, before those that grow.
        drafts = [resource("MedicationRequest", 0) | {"status": "draft"}, *drafts]
        context["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": draft} for draft in drafts]}
    if hook == "order-select":
        context["selections"] = [f"{d['resourceType']}/{d['id']}" for d in drafts][:1000]
    return {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": context,
        "prefetch": {key: {"resourceType": "Bundle", "entry": found} for key, found in entries.items()},
    }


def answer(sent: dict) -> object:
    """What the service comes to, for a body that was read."""
    service: Service = SERVICES[sent["hook"]]
    return judge(LIBRARY, service, parse_request(sent, service.hook), CLOCK)
