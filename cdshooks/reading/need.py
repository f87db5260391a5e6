"""Whether an order or a statement is for need alone ("as needed"): then nobody knows whether any of it is had."""

from collections.abc import Iterable, Mapping

from cdshooks.reading.dose_words import texts_of
from cdshooks.terms.phrases import Phrases

FOR_NEED = "it is to be had only as needed"
_AS_NEEDED = ("asNeededBoolean", "asNeededCodeableConcept", "asNeeded", "asNeededFor")  # R4, R5


def is_for_need_alone(entries: Iterable[Mapping], phrases: Phrases) -> bool:
    """Is every dosage entry "as needed", by its elements or its words?"""
    entries = tuple(entries)
    return bool(entries) and all(_is_for_need(entry, phrases) for entry in entries)


def _is_for_need(entry: Mapping, phrases: Phrases) -> bool:
    return any(entry.get(name) for name in _AS_NEEDED) or phrases.say_as_needed(texts_of(entry))
