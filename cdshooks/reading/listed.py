"""Shapes that converters and hand-written clients bend, read as what they were meant to be.

One thing where a list belongs, names of elements and statuses in another case, a text or a coding where a concept
belongs.
"""

from collections.abc import Mapping

from cdshooks.reading.json_text import in_json
from cdshooks.reading.respelled import KINDS_READ, NAMES, kind_meant, spelled, unwrapped
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
_LISTS = {kind: _EVERYWHERE | _OF_A_KIND.get(kind, frozenset()) for kind in KINDS_READ}
# Where one concept belongs.
_CONCEPTS = ("code", "medicationCodeableConcept", "vaccineCode", "valueCodeableConcept")


# Where they stand in a row, more is looked at than its code.
_SELDOM = frozenset({"medicationCodeableConcept", "vaccineCode", "valueCodeableConcept", "coding"})
_OF_CONCEPT = frozenset({"coding", "text", "id", "extension", "_text"})
# By kind, for the names of a row's elements in their order, those of them that are lists. Nothing of a row is in it but
# names that FHIR has; a kind has one of some 100 bytes for each way of writing its rows, and at most so many.
_KNOWN: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {kind: {} for kind in KINDS_READ}
MOST_KNOWN = 500


def listed(resource: Mapping) -> Mapping:
    """The resource with each thing that belongs into a list in one, and each concept as one; itself where all are."""
    return resource if _is_sound(resource) else _restated(resource)


def _is_sound(resource: Mapping) -> bool:
    """Is it surely written as FHIR has it? Said in quick words, for nearly all rows of a call are."""
    kind, code = resource.get("resourceType"), resource.get("code")
    known = _KNOWN.get(kind) if kind.__class__ is str else None
    if known is None:
        return False
    # Most rows of a call have the same elements: what their names say is found by one look at all of them.
    names = tuple(resource)
    lists = known.get(names)
    if lists is None and (lists := _lists_among(names, kind)) is None:
        return False
    for name in lists:
        if resource[name].__class__ is not list:
            return False
    status = resource.get("status")
    if status is not None and not (status.__class__ is str and status.islower()):
        return False
    return code is None or _is_sound_concept(code)


def _lists_among(names: tuple[str, ...], kind: str) -> tuple[str, ...] | None:
    """Those of these elements that are lists; None where one of them needs a second look."""
    if not NAMES.issuperset(names) or not _SELDOM.isdisjoint(names):
        return None
    known, lists = _KNOWN[kind], tuple(_LISTS[kind].intersection(names))
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[names] = lists
    return lists


def _is_sound_concept(code: object) -> bool:
    if code.__class__ is not dict or not _OF_CONCEPT.issuperset(code):
        return False
    text, coding = code.get("text", ""), code.get("coding")
    if text.__class__ is not str or text[:1] in ("{", "["):
        return False
    return not coding or (coding.__class__ is list and coding[0].__class__ is dict and _is_plain(coding[0]))


def _is_plain(coding: Mapping) -> bool:
    return coding.get("code").__class__ is not dict and coding.get("display").__class__ is not dict


def _restated(resource: Mapping) -> Mapping:
    resource = spelled(resource)
    resource = unwrapped(resource) if _is_wrapped(resource) else resource
    kind = resource.get("resourceType")
    names = _LISTS.get(kind, _EVERYWHERE) if isinstance(kind, str) else _EVERYWHERE
    changed = {name: [resource[name]] for name in names & resource.keys() if _is_alone(name, resource[name])}
    changed |= {name: meant(resource[name]) for name in _CONCEPTS if name in resource and _is_bent(resource[name])}
    if "coding" in resource and "code" not in resource:
        changed["code"] = {"coding": resource["coding"]}
    if isinstance(kind, str) and (named := kind_meant(kind)) != kind:
        changed["resourceType"] = named
    status = resource.get("status")
    if isinstance(status, str) and (word := "-".join(status.replace("_", " ").split()).casefold()) != status:
        changed["status"] = word
    if not changed:
        return resource
    whole = Restated(resource)
    whole.sent = getattr(resource, "sent", resource)
    whole |= changed
    return whole


def _is_wrapped(resource: Mapping) -> bool:
    """Is a primitive wrapped, as converters from XML do: its status, or what its code says?"""
    if resource.get("status").__class__ is dict:
        return True
    code = resource.get("code")
    if code.__class__ is not dict:
        return False
    if code.get("text").__class__ is dict:
        return True
    coding = code.get("coding")
    first = coding[0] if coding.__class__ is list and coding else coding
    return first.__class__ is dict and not _is_plain(first)


def _is_alone(name: str, value: object) -> bool:
    return isinstance(value, dict) or (name == "component" and isinstance(value, str))


def _is_bent(concept: object) -> bool:
    if concept.__class__ is not dict:
        return isinstance(concept, str)
    text = concept.get("text")
    if text.__class__ is str and text[:1] in ("{", "["):
        return True
    return "coding" not in concept and ("code" in concept or "display" in concept)


def meant(concept: object) -> object:
    """A concept that was sent as a text, as JSON in a text, or as a coding alone, as what was meant.

    >>> meant("x"), meant('{"text": "x"}'), meant({"code": "1", "system": "urn:s"})
    ({'text': 'x'}, {'text': 'x'}, {'coding': [{'code': '1', 'system': 'urn:s'}]})
    """
    if isinstance(concept, str):
        told = in_json(concept)
        return {"text": concept} if told is None else meant(told)
    if isinstance(concept, list):
        return [meant(each) for each in concept]
    if not isinstance(concept, dict):
        return concept
    if "coding" not in concept and ("code" in concept or "display" in concept):
        return {"coding": [concept]}
    text = concept.get("text")
    told = in_json(text) if isinstance(text, str) else None
    if told is None:
        return concept
    within, coding = meant(told), concept.get("coding")
    return {**within, "coding": coding} if coding and isinstance(within, dict) else within
