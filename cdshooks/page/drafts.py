"""The draft orders of a state: written as a name or in words, or packed as what a suggestion made of them."""

import re
from dataclasses import dataclass

from cdshooks.ehr import shelf
from cdshooks.ehr.drafts import ORDERS
from cdshooks.ehr.patients import rows
from cdshooks.ehr.words import order_in_words
from cdshooks.errors import BadInput, CdsError
from cdshooks.page.packing import MARK, pack, unpack
from cdshooks.protocol.wire import decode, encode
from cdshooks.reading.read import as_dict, as_list, as_text, shown
from cdshooks.terms.concepts import Concepts

_LONGEST = 200  # characters of an order in words
_WORDS = re.compile(r"\s|^\w+$")  # several words, or one that is no path and no name of a file
_EXAMPLE = "NAME 20 mg daily"
_LARGEST = 200_000  # bytes of a packed draft


@dataclass(frozen=True, slots=True)
class Draft:
    """One entry of the list of drafts: how the state says it, its resources, and what a person reads."""

    said: str
    resources: tuple[dict, ...]
    text: str
    ids: tuple[str, ...]


def drafts_of(orders: tuple[str, ...], concepts: Concepts | None = None) -> list[Draft]:
    """The drafts that a state says, numbered as the EHR numbers them; raises BadInput with every fault.

    `concepts` explain orders in words.
    """
    found, number, faults = [], 0, []
    for said in orders:
        try:
            resources = _opened(said, concepts)
        except CdsError as fault:
            faults += fault.issues
            continue
        ids = []
        for row in resources:
            if row["resourceType"] in ORDERS:
                number += 1
                ids.append(f"draft-{number}")
        found.append(Draft(said, resources, words_of(resources), tuple(ids)))
    if faults:
        raise BadInput(*faults)
    return found


def _opened(said: str, concepts: Concepts | None) -> tuple[dict, ...]:
    if said.startswith(MARK):
        return _unpacked(said)
    if said in shelf.draft_names():
        return shelf.open_named_draft(said)
    if concepts is None or len(said) > _LONGEST or not _WORDS.search(said):
        raise BadInput(f"{said[:80]!r} is no draft of the list; write the drug and the dose, as in {_EXAMPLE!r}")
    try:
        return (order_in_words(said, concepts),)
    except BadInput:
        raise BadInput(f"{said!r} begins with no drug; write it first, as in {_EXAMPLE!r}") from None


def packed(resources: tuple[dict, ...]) -> str:
    """Resources as a text that fits into an address."""
    return pack(encode(list(resources)))


def _unpacked(said: str) -> tuple[dict, ...]:
    try:
        resources, _ = rows(decode(unpack(said, _LARGEST)), "order")
    except (ValueError, CdsError):
        raise BadInput("order: a packed draft in the address cannot be read; take it out") from None
    if not any(row["resourceType"] in ORDERS for row in resources):
        raise BadInput("order: a packed draft in the address holds no order; take it out")
    return tuple(resources)


def words_of(resources: tuple[dict, ...]) -> str:
    """What is ordered, in the words that stand in it."""
    found = []
    for row in resources:
        if row["resourceType"] in ORDERS:
            dosage = [as_text(as_dict(d).get("text")) for d in as_list(row.get("dosageInstruction"))]
            what = shown(row.get("medicationCodeableConcept") or row.get("code")) or _referred(row, resources)
            found.append(", ".join(dict.fromkeys(part for part in (what or row["resourceType"], *dosage) if part)))
    return "; ".join(found)


def _referred(row: dict, resources: tuple[dict, ...]) -> str:
    """The name of a drug that stands in a resource beside the order, or inside it."""
    beside = [*resources, *map(as_dict, as_list(row.get("contained")))]
    return next((shown(one.get("code")) for one in beside if one.get("resourceType") == "Medication"), "")


def accepted(drafts: list[Draft], actions: list) -> tuple[str, ...]:
    """The orders of the state after a suggestion: what is created is added, what is changed or deleted is replaced."""
    kept = [(draft.said, draft.resources, list(draft.ids)) for draft in drafts]
    for action in filter(lambda one: isinstance(one, dict), actions):
        kind, resource = action.get("type"), as_dict(action.get("resource"))
        if kind == "create" and resource.get("resourceType") in ORDERS:
            kept.append((packed((dict(resource),)), (dict(resource),), [None]))
        elif kind == "update":
            kept = [_replaced(entry, resource.get("id"), resource) for entry in kept]
        elif kind == "delete":
            gone = as_text(action.get("resourceId")).rpartition("/")[2]
            kept = [_replaced(entry, gone, None) for entry in kept]
    return tuple(said for said, _, ids in kept if ids)


def _replaced(entry: tuple, identity: object, resource: dict | None) -> tuple:
    """An entry with one of its orders changed, or taken out."""
    said, resources, ids = entry
    if identity not in ids or identity is None:
        return entry
    place = ids.index(identity)
    orders = [index for index, row in enumerate(resources) if row["resourceType"] in ORDERS]
    made = list(resources)
    if resource is None:
        del made[orders[place]]
        ids = [one for one in ids if one != identity]
    else:
        made[orders[place]] = dict(resource)
    return packed(tuple(made)) if ids else said, tuple(made), ids
