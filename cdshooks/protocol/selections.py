"""Selections as clients write them (a fullUrl, an address, a bare id) as the Type/id of the one draft that is meant."""

from collections.abc import Iterator, Mapping

from cdshooks.protocol.envelope import entries_of, resource_in
from cdshooks.reading.read import as_dict, as_text, reference_of
from cdshooks.reading.subjects import bare_reference

# What lies beside the orders, for them to point to.
_NO_ORDERS = ("Medication", "Substance", "Patient", "Practitioner", "OperationOutcome", "Bundle")
MOST = 1_000


def with_known_selections(body: object) -> object:
    """The request with each selection that means one draft alone as the reference of that draft; others stay."""
    context = as_dict(as_dict(body).get("context"))
    selections = context.get("selections")
    if not isinstance(selections, list) or len(selections) > MOST:
        return body
    drafts = list(_orders(context.get("draftOrders")))
    there = {reference_of(resource) for _, resource in drafts}
    if all(isinstance(one, str) and one in there for one in selections):
        return body
    meant = _meant(drafts)
    named = [one if not isinstance(one, str) or one in there else _named(one, meant) for one in selections]
    return body | {"context": context | {"selections": named}}


def _orders(bundle: object) -> Iterator[tuple[Mapping, Mapping]]:
    for entry in map(as_dict, entries_of(bundle)):
        resource = as_dict(resource_in(entry))
        if isinstance(resource.get("resourceType"), str) and resource["resourceType"] not in _NO_ORDERS:
            yield entry, resource


def _meant(drafts: list[tuple[Mapping, Mapping]]) -> dict[str, set[str]]:
    """The drafts that each spelling can mean."""
    meant: dict[str, set[str]] = {}
    for entry, resource in drafts:
        ref, identity, url = reference_of(resource), as_text(resource.get("id")), as_text(entry.get("fullUrl"))
        for spelled in {ref.casefold() if identity else "", identity, bare_reference(url)} - {""}:
            meant.setdefault(spelled, set()).add(ref)
    return meant


def _named(selection: str, meant: Mapping[str, set[str]]) -> str:
    """The draft that a selection means; the selection itself where that is none, or could be several."""
    address = bare_reference(selection.strip())
    tail = "/".join(address.split("/")[-2:]) if "/" in address else address.removeprefix("urn:uuid:")
    for spelled in (address, tail, tail.casefold()):
        found = meant.get(spelled, set())
        if len(found) == 1:
            return next(iter(found))
    return selection
