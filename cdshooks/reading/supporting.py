"""The drug of an order of which only its supporting information or its category tells: what a kit holds."""

from collections.abc import Callable, Iterator, Mapping

from cdshooks.reading.contained import Inside
from cdshooks.reading.read import as_dict, as_text, shown
from cdshooks.terms.names import LONGEST

_PLACES = frozenset({"supportingInformation", "supportingInfo"})
_DRUGS = frozenset({
    "Medication", "Substance", "MedicationKnowledge", "MedicationRequest", "MedicationStatement", "MedicationDispense",
    "MedicationAdministration", "MedicationOrder", "SupplyRequest",
})  # fmt: skip
_MOST = 30


Find = Callable[[str], Mapping]  # what a reference points to among the rows that came


def drugs_beside(row: Mapping, find: Find | None = None) -> Iterator[object]:
    """The CodeableConcepts of the drugs that its supporting information names, that lie inside it for that, or to
    which it points where they came.
    """
    if _PLACES.isdisjoint(row):
        return
    inside = Inside(row)
    for name in _PLACES & row.keys():
        told = row[name]
        for each in map(as_dict, (told if isinstance(told, list) else [told])[:_MOST]):
            pointing = as_dict(each.get("reference")) or each  # R5 has CodeableReferences
            yield from _drugs_of(pointing, inside, find)
            if isinstance(each.get("concept"), dict):
                yield each["concept"]


def _drugs_of(pointing: Mapping, inside: Inside, find: Find | None) -> Iterator[object]:
    reference = as_text(pointing.get("reference"))
    if reference.startswith("#"):
        found = inside.find(reference)
    else:
        found = find(reference) if find and reference else {}
    kind = found.get("resourceType") or as_text(pointing.get("type")) or _kind_in(reference)
    if kind and kind not in _DRUGS:
        return
    told = (found.get(name) for name in ("medicationCodeableConcept", "code", "itemCodeableConcept"))
    yield from filter(None, told)
    if words := as_text(pointing.get("display")) or shown(as_dict(found.get("medicationReference"))):
        yield {"text": words[:LONGEST]}


def _kind_in(reference: str) -> str:
    kind, _, _ = reference.rpartition("/")
    return kind.rpartition("/")[2] if kind[:4] != "urn:" else ""


def categories_of(row: Mapping) -> Iterator[object]:
    """The categories of an order that are told in words: some name there what is ordered."""
    told = row.get("category")
    for each in (told if isinstance(told, list) else [told])[:_MOST]:
        if isinstance(each, str):
            yield {"text": each[:LONGEST]}
        elif as_text(as_dict(each).get("text")) or shown(each):
            yield each
