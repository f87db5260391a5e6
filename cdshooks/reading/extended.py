"""What stands only in an extension: of a row, of its code, of one of its codings, or of the words beside them.

Vendors put there what the row's own elements have no place for: the name that was typed, the detail of a code, a
translation, what a problem is due to. It names what it names, never for certain.
"""

from collections.abc import Iterator, Mapping

from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.terms.names import LONGEST

ONLY_THERE = "only an extension names it"
_WORDS = ("valueString", "valueMarkdown")
_DEEPEST, _MOST = 3, 30
_OF_CONCEPT = ("extension", "_text")


def is_extended(concept: object) -> bool:
    """Has a CodeableConcept or one of its codings an extension?"""
    if concept.__class__ is not dict:
        return False
    if "extension" in concept or "_text" in concept:
        return True
    # Asked of every result that is none of ours, so without a function for each coding: a third of the time.
    for coding in as_list(concept.get("coding"))[:_MOST]:
        if coding.__class__ is dict and ("extension" in coding or "_display" in coding):
            return True
    return False


def told_in_extensions(row: Mapping, concept: object = None) -> Iterator[object]:
    """The CodeableConcepts in them, and their texts as such; of this concept of the row, else of its code."""
    if "extension" in row:
        yield from _told(row["extension"])
    if (concept := row.get("code") if concept is None else concept).__class__ is not dict:
        return
    for name in _OF_CONCEPT:
        if name in concept:
            yield from _told(concept[name] if name == "extension" else as_dict(concept[name]).get("extension"))
    for coding in as_list(concept.get("coding"))[:_MOST]:
        if isinstance(coding, dict):
            yield from _told(coding.get("extension"))
            yield from _told(as_dict(coding.get("_display")).get("extension"))


def _told(extensions: object, depth: int = 1) -> Iterator[object]:
    for each in map(as_dict, as_list(extensions)[:_MOST]):
        yield from ({"text": as_text(each[name])[:LONGEST]} for name in _WORDS if name in each)
        if isinstance(each.get("valueCodeableConcept"), dict):
            yield each["valueCodeableConcept"]
        if isinstance(each.get("valueCoding"), dict):
            yield {"coding": [each["valueCoding"]]}
        if depth < _DEEPEST and "extension" in each:
            yield from _told(each["extension"], depth + 1)
