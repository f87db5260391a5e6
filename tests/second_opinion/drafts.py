"""The orders that are being written: which stand, which are judged, what came with them."""

from .raw import belongs_to, codings, many, names, part, strings, text


def draft_entries(context):
    return many(part(context, "draftOrders"), "entry")


def draft_medications(context):
    """Medications that came in the same Bundle as the drafts."""
    return [
        (text(entry, "fullUrl"), part(entry, "resource"))
        for entry in draft_entries(context)
        if part(entry, "resource").get("resourceType") == "Medication"
    ]


def drafts(record, context, kind="MedicationRequest"):
    """Reading M7: the drafts of a kind that stand."""
    found = []
    for entry in draft_entries(context):
        draft = part(entry, "resource")
        if draft.get("resourceType") != kind or draft.get("doNotPerform") is True:
            continue
        if draft.get("status") in ("cancelled", "entered-in-error", "stopped", "revoked") or draft.get("intent") == "proposal":
            continue
        if belongs_to(draft, record["patient_id"]):
            found.append(draft)
    return found


def judged(hook, context, all_drafts):
    """order-sign judges every draft, order-select the selected ones (DQ13).

    Selections that name nothing in the Bundle cannot be meant so: then every draft is judged (M7).
    """
    everything = [part(entry, "resource") for entry in draft_entries(context)]
    if hook == "order-sign" or not any(is_selected(one, context) for one in everything):
        return all_drafts
    return [draft for draft in all_drafts if is_selected(draft, context)]


def is_selected(draft, context):
    kind, name = text(draft, "resourceType"), text(draft, "id")
    return bool(kind and name) and any(names(one, kind, name) for one in strings(context, "selections"))


def is_settled(draft):
    """M7: what is held, or only an option, warns, and never reassures."""
    return draft.get("status") != "on-hold" and draft.get("intent") != "option"


OVER = ("cancelled", "stopped", "revoked", "completed", "ended", "on-hold")


def as_the_sitting_leaves(resources, context):
    """The record beside drafts that end or hold an order of the same drug under another id: nobody knows what runs.

    What was entered in error says so of itself alone.
    """
    over = [part(entry, "resource") for entry in draft_entries(context)]
    over = [one for one in over if one.get("doNotPerform") is True or one.get("status") in OVER]
    ended = {pair for one in over if one.get("status") != "entered-in-error" and one.get("intent") not in ("option", "proposal")
             for pair in named(one)}
    if not ended:
        return resources
    kinds = ("MedicationRequest", "MedicationStatement")
    return [
        {**one, "status": "perhaps over"}
        if one.get("resourceType") in kinds and one.get("status") == "active" and not ended.isdisjoint(named(one))
        else one
        for one in resources
    ]


def named(order):
    """The drug of an order: its codes, its words, the Medication that it points to."""
    concept = part(order, "medicationCodeableConcept")
    words = [text(concept, "text").lower(), text(part(order, "medicationReference"), "reference")]
    return {*codings(concept), *(one for one in words if one)}
