"""What the service lists at /cds-services, for each release of the standard."""

PATIENT = "Patient/{{context.patientId}}"
ORDER_DATA = {"patient": PATIENT, "medications": "MedicationRequest?patient={{context.patientId}}&status=active"}

PROBLEM_LIST = {
    "hook": "patient-view",
    "id": "problem-list",
    "title": "Problem list at a glance",
    "description": "Says how long the problem list is, and offers to have it reviewed",
    "prefetch": {
        "patient": PATIENT,
        "problems": "Condition?patient={{context.patientId}}&category=problem-list-item",
        "user": "{{context.userId}}",
    },
    "usageRequirements": "Works from prefetch alone, or from a FHIR server that gives read access to these resources",
    "extension": {"com.example.reference.purpose": "education"},
}
# One id for two hooks: the answer at signing replaces the one at selection.
ORDER_SELECT = {
    "hook": "order-select",
    "id": "order-check",
    "title": "Order check while choosing",
    "description": "Counts the active medications and offers changes to the draft order",
    "prefetch": ORDER_DATA,
}
ORDER_SIGN = {
    "hook": "order-sign",
    "id": "order-check",
    "title": "Order check before signing",
    "description": "Marks each order as checked, and says so",
    "prefetch": ORDER_DATA,
}
VISIT = {
    "hook": "encounter-start",
    "id": "visit-opening",
    "title": "Visit opening",
    "description": "Stays silent unless the visit has already ended",
    "prefetch": {"patient": PATIENT, "encounter": "Encounter/{{context.encounterId}}"},
}
VERSIONS = {"patient-view": "1.0", "order-select": "1.0", "order-sign": "1.1.0", "encounter-start": "1.0"}

# Templates that only 3.0 allows: a day reckoned from today, a path into the drafts, and a template that needs another.
NEW_IN_3 = {
    "patient-view": {"recent": "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}"},
    "order-sign": {
        "orderers": "Practitioner?_id={{context.draftOrders.entry.resource.ofType(MedicationRequest).requester"
        ".resolve().ofType(Practitioner).id}}",
        "roles": "PractitionerRole?practitioner={{%orderers.entry.resource.id}}",
    },
}
COVERAGE = {"coverage": "Coverage?patient={{context.patientId}}&status=active"}


def services(spec: str, crd: bool) -> list[dict]:
    """The list for one release; `crd` adds the coverage that Da Vinci CRD is about, and leaves patient-view out."""
    listed = [PROBLEM_LIST, ORDER_SELECT, ORDER_SIGN, VISIT]
    return [_for(service, spec, crd) for service in listed if not (crd and service is PROBLEM_LIST)]


def _for(service: dict, spec: str, crd: bool) -> dict:
    hook = service["hook"]
    service = {**service, "prefetch": {**service["prefetch"], **(COVERAGE if crd else {})}}
    if spec != "1.0":
        service["version"] = {"2.0": "2.0.1", "3.0": "3.0.0"}[spec]  # asked for by 3.0 only, and useful before
    if spec == "3.0":
        service["hookVersion"] = VERSIONS[hook]
        service["prefetch"] |= NEW_IN_3.get(hook, {})
    return service
