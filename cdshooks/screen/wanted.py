"""Which rows of a register some card may need: of the types that are asked for, those that could be about our concepts.

A row that is not ours changes no decision; what could be ours and is not understood is kept, for it may.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cdshooks.protocol.discovery import Service
from cdshooks.protocol.wire import encode
from cdshooks.reading.read import codings, words_of
from cdshooks.reading.spellings import R4_KIND
from cdshooks.terms.concepts import Concepts

# The indexes that say what a row of a type is about, and what it may tell of beside (reading/tellings.py): a dose, an
# allergy, a problem; what stands beside it (reading/asides.py) as well. Rows of other types are all kept.
INDEXES = {
    "Observation": ("observations", "drugs", "problems", "substances"),
    "Condition": ("problems", "drugs", "substances"),
    "Procedure": ("problems", "drugs", "substances"),
    "Encounter": ("visits", "drugs", "problems", "substances"),
}
CODED = ("Observation", "Condition", "Procedure")  # with a code that nobody knows they could be about anything
MOST_REMEMBERED, LONGEST_REMEMBERED = 20_000, 1_000  # ways in which rows are written, and their bytes


@dataclass
class Wanted:
    """What is wanted of a register: by type, and by the concepts that a row could be about."""

    kinds: Mapping[str, str]  # as it is sent -> in R4's words
    concepts: Concepts
    blanks: bool = False  # keep for counting what has only codes that nobody here can know; it decides nothing
    _rows: dict = field(default_factory=dict)
    _named: dict = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        return kind in self.kinds

    def alike(self, written: tuple, about: Callable[[], Iterable[object]]) -> bool:
        """May some card need such a row? `written` is its type and how what it is about is written."""
        return _recall(self._rows, written, lambda: self.row(written[0], about()))

    def row(self, kind: str, about: Iterable[object]) -> bool:
        """The same, not remembered as a whole: of a panel, whose numbers never come twice, each name is."""
        r4 = self.kinds.get(kind, "")
        indexes, told = INDEXES.get(r4), [concept for concept in about if concept]
        if indexes is None or not told:
            return True  # of a row that is cut to its id nobody can know what it is about
        coded = r4 == "Observation" or (self.blanks and r4 in CODED)  # a result may be any of its unit
        return any(self._is_ours(r4, indexes, concept, coded) for concept in told)

    def _is_ours(self, kind: str, indexes: Iterable[str], concept: object, coded: bool) -> bool:
        return _recall(self._named, (kind, encode(concept)), lambda: self._ours(indexes, concept, coded))

    def _ours(self, indexes: Iterable[str], concept: object, coded: bool) -> bool:
        words = words_of(concept)
        for at, index in enumerate(indexes):
            reading = getattr(self.concepts, index).read(codings(concept), words, {})
            if reading.known or reading.doubtful or (coded and reading.blank and at == 0):
                return True
        return self.concepts.phrases.tell_of_kin(words)


def _recall(remembered: dict, written: tuple, answer: Callable[[], bool]) -> bool:
    """What was answered of what is written alike; bounded, in number and in length."""
    known = remembered.get(written)
    if known is None:
        known = answer()
        if sum(map(len, written)) <= LONGEST_REMEMBERED:
            if len(remembered) >= MOST_REMEMBERED:
                remembered.clear()
            remembered[written] = known
    return known


def wanted(services: Iterable[Service], concepts: Concepts, blanks: bool = False) -> Wanted:
    """The types that the services ask for, under the names of every FHIR version; patient and drugs, too."""
    asked = {"Patient", "Medication"} | {query.resource for service in services for query in service.queries}
    kinds = {kind: kind for kind in asked} | {k: r4 for k, r4 in R4_KIND.items() if r4 in asked}
    return Wanted(kinds, concepts, blanks)
