"""The draft orders of a call, wherever they lie: in the Bundle, in a Bundle inside it, or inside a group of orders."""

from collections.abc import Iterable, Iterator
from itertools import chain

from cdshooks.protocol.choices import as_option, dicts_in, is_open, planned_as, pointed_by, reference_in, steps_of
from cdshooks.protocol.envelope import entries_of, holds_something, is_error, lacks, resource_in
from cdshooks.reading.read import as_dict, as_text
from cdshooks.reading.respelled import spelled

GROUPS = ("RequestGroup", "RequestOrchestration", "CarePlan")
POINTING = (*GROUPS, "Task", "List", "CommunicationRequest", "Composition")
OF_DRUGS = ("MedicationRequest", "MedicationOrder", "MedicationPrescription")
ORDERS = (*OF_DRUGS, "ServiceRequest", "ProcedureRequest", "DiagnosticOrder")
DRUGS = ("Medication", "Substance")
INSIDE = "/#"  # stands in the reference of an order that lies inside another resource: no action can name it
UNREAD = "#unread: "  # begins the id of an order that came, and of which nothing but its place is known
_DEEPEST = 4  # Bundles inside each other


def orders_of(bundle: dict, selections: Iterable[str] = ()) -> tuple[dict, ...]:
    """Everything that is drafted, and of what did not come, though something points to it, the name.

    What points to it is a group, an entry without its resource, or, where nothing is drafted, a selection.
    """
    found = _as_groups_say(tuple(drafts_in(bundle)))
    pointed = [*_announced(bundle), *(() if found else selections)]
    return (*found, *_lacking(found, pointed))


def drafts_in(bundle: dict, depth: int = 1) -> Iterator[dict]:
    """Every order of a Bundle, and what may be one and cannot be read, by its place.

    Real clients send entries that are null or hold no resource: those are no orders.
    """
    held = 0
    for number, entry in enumerate(entries_of(bundle), 1):
        resource = resource_in(entry)
        if not isinstance(resource, dict):
            if holds_something(entry):
                yield _unread(f"entry {number} of draftOrders holds no resource that can be read")
            continue
        resource = spelled(resource)
        held += 1
        kind = resource.get("resourceType")
        # An order that does not say what it is may be one of a drug.
        yield resource if isinstance(kind, str) else _order_of(resource)
        if kind == "Bundle":
            deep = depth >= _DEEPEST
            yield from (_unread("Bundles inside Bundles"),) if deep else drafts_in(resource, depth + 1)
        elif kind == "OperationOutcome" and is_error(resource):
            yield _unread(f"entry {number} of draftOrders is an error")
        elif kind in POINTING:
            yield from _inside(resource)
    said = lacks(bundle, held)
    if said:
        yield _unread(f"draftOrders {said}")


def _inside(group: dict) -> Iterator[dict]:
    """The orders inside a group, and the Medications to which they point, under ids that are theirs alone.

    None holds a copy of another: many orders of one large Medication would take their product in time.
    """
    within = f"#{group.get('id')}."
    options = {_inner(step) for step, left_open in steps_of(group) if left_open}
    pointed = {reference[1:] for reference in _references_in(group) if reference.startswith("#")}
    for one in dicts_in(group.get("contained")):
        named = one | {"id": f"{within}{one.get('id')}"}
        if one.get("resourceType") in ORDERS or (one.get("id") in pointed and one.get("resourceType") not in DRUGS):
            drug = pointed_by(one.get("medicationReference") or one.get("medication"))
            points = {"medicationReference": {"reference": f"Medication/{within}{drug[1:]}"}} if drug[:1] == "#" else {}
            about = {} if "subject" in one or "patient" in one else {"subject": group.get("subject")}
            order = named | about | points
            yield as_option(order) if is_open(group) or one.get("id") in options else order
        elif one.get("resourceType") in DRUGS:
            yield named
    for number, step in enumerate(dicts_in(group.get("activity"))):
        detail = as_dict(step.get("detail"))
        if detail:
            about = {"id": f"{within}{number}", "subject": group.get("subject")}
            yield from _planned(detail, about | planned_as(detail, is_open(group)))


def _planned(detail: dict, order: dict) -> Iterator[dict]:
    """What an activity says itself, instead of pointing to an order: a product, or a service by its code."""
    product, pointed = detail.get("productCodeableConcept"), detail.get("productReference")
    if product or pointed:
        named = {"medicationCodeableConcept": product, "medicationReference": pointed}
        yield order | {"resourceType": OF_DRUGS[0]} | {name: value for name, value in named.items() if value}
    elif detail.get("code"):
        yield order | {"resourceType": "ServiceRequest", "code": detail["code"]}


def _order_of(untyped: dict) -> dict:
    return {"id": "#untyped", **untyped, "resourceType": OF_DRUGS[0]}


def _unread(what: str) -> dict:
    return {"resourceType": OF_DRUGS[0], "id": f"{UNREAD}{what}"}


def _announced(bundle: dict) -> Iterator[str]:
    """What entries without a resource name by their address; one that is to be deleted is no order any more."""
    for entry in map(as_dict, entries_of(bundle)):
        if "resource" not in entry and as_dict(entry.get("request")).get("method") != "DELETE":
            yield "/".join(as_text(entry.get("fullUrl")).split("/")[-2:])


def _lacking(drafts: Iterable[dict], pointed: Iterable[str]) -> Iterator[dict]:
    """The orders of drugs that did not come, though they are pointed to: of each its name alone, so that it is told."""
    there = set(map(_name, drafts))
    grouped = (each for draft in drafts if draft.get("resourceType") in POINTING for each in _pointed_at(draft))
    for reference in chain(pointed, grouped):
        kind, _, identity = reference.partition("/")
        if kind in OF_DRUGS and reference not in there:
            there.add(reference)
            yield {"resourceType": kind, "id": f"#{identity}"}


def selected_with(selections: Iterable[str], drafts: Iterable[dict]) -> tuple[str, ...]:
    """The selections; whoever selects a group selects what it holds and what it points to.

    Where it points to something that is not among the drafts by that name, any of them may be meant: all are selected.
    A selection that is not there, beside one that is, may mean what cannot be read.
    """
    chosen, there = dict.fromkeys(selections), dict.fromkeys(map(_name, drafts))
    for draft in drafts:
        if draft.get("resourceType") in POINTING and _name(draft) in chosen:
            pointed = _pointed_at(draft)
            if not there.keys() >= set(pointed):
                return tuple(there)
            chosen |= dict.fromkeys([*map(_name, _inside(draft)), *pointed])
    if 0 < len(chosen.keys() & there.keys()) < len(chosen):
        chosen |= dict.fromkeys(name for name in there if f"/{UNREAD}" in name)
    return tuple(chosen)


def _name(resource: dict) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _pointed_at(group: dict) -> list[str]:
    """The orders to which it points, but for those inside it."""
    return [_last_two(each) for each in _references_in(group) if not each.startswith("#")]


def _references_in(group: dict) -> Iterator[str]:
    """What its actions, its items, its focus, its inputs, its messages or its sections point to."""
    yield from filter(None, (reference_in(step) for step, _ in steps_of(group)))
    told = [group.get("focus"), *(entry.get("item") for entry in dicts_in(group.get("entry")))]
    told += [part.get("valueReference") for part in dicts_in(group.get("input"))]
    told += [part.get("contentReference") for part in dicts_in(group.get("payload"))]
    told += [entry for section in dicts_in(group.get("section")) for entry in dicts_in(section.get("entry"))]
    yield from filter(None, map(pointed_by, told))


def _as_groups_say(drafts: tuple[dict, ...]) -> tuple[dict, ...]:
    """The drafts, those as options that a group among them leaves open; one that lies inside it is so already."""
    groups = (draft for draft in drafts if draft.get("resourceType") in GROUPS)
    options = {_last_two(reference_in(step)) for group in groups for step, left_open in steps_of(group) if left_open}
    return tuple(as_option(d) if options and _name(d) in options else d for d in drafts)


def _last_two(reference: str) -> str:
    return "/".join(reference.split("/")[-2:])


def _inner(step: dict) -> str:
    return reference_in(step).removeprefix("#")
