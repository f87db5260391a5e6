"""One thing where a list belongs, as converters from XML write it: read as the list of one that it was."""

from collections.abc import Mapping

from cdshooks.reading.versions import Restated

# In every kind of row that has them, and in every version of FHIR, these are lists.
_EVERYWHERE = frozenset({
    "component", "complication", "complicationDetail", "contained", "dosageInstruction", "evidence", "hasMember",
    "ingredient", "note", "orderDetail", "reaction", "reasonCode", "reasonReference", "referenceRange", "supplement",
    "used", "usedCode", "usedReference",
})  # fmt: skip
# Elsewhere something of this name is none.
_OF_A_KIND = {
    "Encounter": frozenset({"diagnosis", "type"}),
    "FamilyMemberHistory": frozenset({"condition"}),
    "MedicationStatement": frozenset({"dosage"}),
}
_LISTS = {kind: _EVERYWHERE | names for kind, names in _OF_A_KIND.items()}


def listed(resource: Mapping) -> Mapping:
    """The resource with each thing that belongs into a list in one; itself where all are."""
    kind = resource.get("resourceType")
    names = _LISTS.get(kind, _EVERYWHERE) if isinstance(kind, str) else _EVERYWHERE
    if names.isdisjoint(resource):
        return resource
    alone = {name: [resource[name]] for name in names & resource.keys() if isinstance(resource[name], dict)}
    if not alone:
        return resource
    whole = Restated(resource)
    whole.sent = getattr(resource, "sent", resource)
    whole |= alone
    return whole
