"""Which drugs an order names: by code, else possibly by its words, with the Medication to which it points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdshooks.chart.concepts import CodeIndex, Match
from cdshooks.chart.read import as_dict, as_list, as_text, codings, shown


@dataclass(frozen=True, slots=True)
class Named:
    """What one concept or one Medication says: concepts by code, concepts by words, those ruled out, how written."""

    by_code: tuple[Match, ...] = ()
    by_words: frozenset[str] = frozenset()
    ruled_out: frozenset[str] = frozenset()
    shown: str = ""


NOTHING = Named()


class Naming:
    """Reads each Medication once, however many orders point to it: many of both would take their product in time."""

    def __init__(self, drugs: CodeIndex, medications: Mapping[str, Mapping]):
        self._drugs, self._medications = drugs, medications
        self._read: dict[int, Named] = {}

    def of(self, order: Mapping) -> tuple[Iterable[Match], str]:
        """The concepts that an order names, each once, and how the drug is written there."""
        either = as_dict(order.get("medication"))  # R5 CodeableReference
        concept = as_dict(order.get("medicationCodeableConcept")) or as_dict(either.get("concept"))
        reference = as_dict(order.get("medicationReference")) or as_dict(either.get("reference"))
        own = self._named(codings(concept), [shown(concept), as_text(reference.get("display"))])
        pointed = self._pointed_at(as_text(reference.get("reference")), order)
        matches = _once((*own.by_code, *pointed.by_code))
        if not matches:
            names = (own.by_words | pointed.by_words) - own.ruled_out - pointed.ruled_out
            matches = [Match(name, None) for name in sorted(names)]
        return matches, own.shown or pointed.shown

    def _pointed_at(self, reference: str, order: Mapping) -> Named:
        medication = _medication(reference, order, self._medications)
        if not medication:
            return NOTHING
        known = self._read.get(id(medication))
        if known is None:
            found = [codings(as_dict(i).get("itemCodeableConcept")) for i in as_list(medication.get("ingredient"))]
            code = medication.get("code")
            known = self._named([*codings(code), *(c for some in found for c in some)], [shown(code)])
            self._read[id(medication)] = known
        return known

    def _named(self, found: list, words: list[str]) -> Named:
        words += [as_text(coding.get("display")) for coding in found if isinstance(coding, dict)]
        words = [word for word in words if word]
        by_words, ruled_out = self._drugs.words_in(" | ".join(dict.fromkeys(words)))
        return Named(tuple(_once(self._drugs.find(found))), by_words, ruled_out, words[0] if words else "")


def _once(matches: Iterable[Match]) -> list[Match]:
    """Of each concept the first match."""
    first: dict[str, Match] = {}
    for match in matches:
        first.setdefault(match.concept, match)
    return list(first.values())


def _medication(reference: str, order: Mapping, medications: Mapping[str, Mapping]) -> Mapping:
    if reference.startswith("#"):
        inside = (c for c in as_list(order.get("contained")) if as_dict(c).get("id") == reference[1:])
        return as_dict(next(inside, None))
    return medications.get(reference) or medications.get(reference.split("/_history/")[0].rpartition("/")[2], {})
