"""What else may stand among draft orders than orders: tasks, lists, plans and groups that say what is to be had.

Each thing that one of them says is taken as a request for just that, under the name of the row in which it stands.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from cdshooks.reading.read import as_dict, as_list, as_text, codings
from cdshooks.reading.versions import Restated

REQUEST, SUPPLY = "ServiceRequest", "SupplyRequest"
IMMUNIZATION = "Immunization"
# These are read as what they are, and lie beside orders for them to point to.
_READ_OTHERWISE = frozenset({
    "MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", REQUEST, SUPPLY,
    "Medication", "Substance", "Patient", "Practitioner", "PractitionerRole", "Organization", "Location", "Encounter",
    "Condition", "Observation", "AllergyIntolerance", "OperationOutcome", "Bundle", "Specimen", "Coverage",
    "Provenance",
})  # fmt: skip
# Whatever these name is to be had; in others a name alone may be that of a test.
_OF_GOODS = frozenset({
    "NutritionOrder", "DeviceRequest", "MedicationKnowledge", "List", IMMUNIZATION, "ImmunizationRecommendation",
    "ActivityDefinition",
})  # fmt: skip
# What is no part of what is asked for: who, why, when, and where it came from.
_BESIDE = frozenset({
    "id", "meta", "text", "implicitRules", "language", "contained", "extension", "modifierExtension", "identifier",
    "status", "statusReason", "intent", "priority", "category", "subject", "patient", "for", "encounter", "context",
    "requester", "owner", "author", "performer", "performerType", "recipient", "sender", "source", "participant",
    "reason", "reasonCode", "reasonReference", "addresses", "basedOn", "replaces", "supportingInfo",
    "supportingInformation", "relevantHistory", "insurance", "goal", "careTeam", "condition", "documentation",
    "supplement", "enteralFormula", "resourceType", "businessStatus", "allergyIntolerance",
})  # fmt: skip
_OF_PLANS = frozenset({"productCodeableConcept", "productReference"})  # of a plan they are orders already
_SAID = (
    "description", "title", "instruction", "display", "productName", "contentString", "valueString", "textEquivalent",
)  # fmt: skip
_DEEPEST, _MOST, _LONGEST = 8, 50, 500


def requests_in(row: Mapping, orders: Container[str]) -> Iterator[Restated]:
    """What a draft that is no order of a drug, and no service, asks for: each as a request.

    What it points to and is among the `orders`, by Type/id, says itself what it is.
    """
    kind = as_text(row.get("resourceType"))
    if kind in _READ_OTHERWISE or row.get("status") == "not-done":
        return
    for concept, _ in zip(_said_in(row, orders, 1), range(_MOST), strict=False):
        yield _request(row, concept, SUPPLY if kind in _OF_GOODS else REQUEST)


def products_alone(drafts: Iterable[Mapping]) -> Iterator[Restated]:
    """The Medications among drafts of which none is an order, each as a request: what else would they be there for?"""
    drafts = tuple(drafts)
    products = [row for row in drafts if row.get("resourceType") == "Medication"]
    if len(products) == len(drafts):
        for row in products:
            yield _request(row, as_dict(row.get("code")), SUPPLY)


def noted_in(service: Mapping) -> Iterator[str]:
    """What the notes and the instructions of a service say."""
    notes = (as_text(as_dict(note).get("text")) for note in as_list(service.get("note")))
    for told in (*notes, as_text(service.get("patientInstruction"))):
        if told:
            yield told[:_LONGEST]


def _request(row: Mapping, concept: object, kind: str) -> Restated:
    told = Restated({"resourceType": kind, "code" if kind == REQUEST else "itemCodeableConcept": concept})
    told.sent = getattr(row, "sent", row)
    shared = ("id", "subject", "patient", "contained", "status", "intent", "doNotPerform", "authoredOn")
    told |= {name: row[name] for name in shared if name in row}
    if row.get("resourceType") == IMMUNIZATION and row.get("status") == "completed":
        told["status"] = "draft"  # FHIR has no other word for one that is to be had
    return told


def _said_in(value: object, orders: Container[str], depth: int) -> Iterator[object]:
    """The CodeableConcepts and texts that lie in it."""
    if depth > _DEEPEST or (isinstance(value, dict) and value.get("doNotPerform") is True):
        return
    if isinstance(value, list):
        for each in value[:_MOST]:
            yield from _said_in(each, orders, depth + 1)
    elif isinstance(value, dict) and "/".join(as_text(value.get("reference")).split("/")[-2:]) not in orders:
        if codings(value) or ("text" in value and depth > 1):
            yield value
            return
        yield from ({"text": value[name][:_LONGEST]} for name in _SAID if isinstance(value.get(name), str))
        planned = _OF_PLANS if depth > 1 or value.get("resourceType") == "CarePlan" else ()
        for name, inner in value.items():
            if name not in _BESIDE and name not in planned and isinstance(inner, dict | list):
                yield from _said_in(inner, orders, depth + 1)
