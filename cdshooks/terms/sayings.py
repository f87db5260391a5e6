"""From words to the concepts whose names stand in them, and those that a word beside them denies."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cdshooks.terms.concept import Concept
from cdshooks.terms.hedging import Hedges, without
from cdshooks.terms.names import LONGEST, Names, plain

BREAKS = re.compile(r"[;|\n。；]|\. ")
LISTED = ("drug", "substance")  # kinds of which one text may name several
_ENDS = re.compile(r"[;；。]")
_TAIL = re.compile(r"^\w+")


@dataclass(frozen=True, slots=True)
class Named:
    """The concepts whose names stand in a text: those that it may mean, and of these the ones that it surely names."""

    possible: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()


NOBODY = Named()
NO_HEDGES = Hedges()


class Sayings:
    """The names of the concepts of one kind of resource; `wider`: by concept, those whose codes hold all of its own.

    A statement that one of the `hedges` denies names nothing.
    """

    def __init__(self, concepts: tuple[Concept, ...], hedges: Hedges = NO_HEDGES):
        self.wider = _wider(concepts)
        self._by_name = _by_name(concepts)
        self._ruled_out = _by_name(concepts, of="not_words")
        self._alone = _by_name(concepts, of="alone")
        self._hedges = hedges
        self._names, self._not_names = Names(self._by_name), Names(self._ruled_out)
        self._inside = frozenset(_around_names(concepts))

    def named(self, text: str) -> Named:
        """The concepts whose listed name stands in a text; a name of several surely names only the widest of them."""
        whole = self._whole(text) - self.ruled_out(text) if self._alone else frozenset()
        looked_at, beside = plain(_ENDS.sub("|", text)), (self._hedges.before, self._hedges.after)
        names = self._names.find(looked_at)
        if names and self._hedges.stand_in(looked_at):
            looked_at = self._unhedged(text)
            names = self._names.find(looked_at)
        names = undenied(names, looked_at, *beside)
        if not names:
            return Named(whole, whole) if whole else NOBODY
        ruling_out = undenied(self._not_names.find(looked_at), looked_at, *beside)
        possible, sure = set(whole), set(whole)
        for name in names:
            concepts = self._by_name[name]
            if ruling_out:
                concepts = frozenset(c for c in concepts if self._stands(name, c, ruling_out, looked_at))
            possible |= concepts
            sure |= {c for c in concepts if not self.wider[c] & concepts}
        return Named(frozenset(possible), frozenset(sure))

    def _whole(self, text: str) -> frozenset[str]:
        """The concepts whose short name is all that stands in a statement."""
        return frozenset(name for said in text[:LONGEST].split("|") for name in self._alone.get(plain(said), ()))

    def _stands(self, name: str, concept: str, ruling_out: Iterable[str], text: str) -> bool:
        """Does the name mean this concept, whatever else of the text is none of its names?"""
        other = [each for each in ruling_out if concept in self._ruled_out[each]]
        if any((concept, each) not in self._inside for each in other):
            return False
        return not other or name in without(other, text)

    def ruled_out(self, text: str) -> frozenset[str]:
        """The concepts that a text cannot mean, wherever it names them."""
        found = ((name, concept) for name in self._not_names.find(plain(text)) for concept in self._ruled_out[name])
        return frozenset(concept for name, concept in found if (concept, name) not in self._inside)

    def deny(self, text: str) -> bool:
        """Does every statement of this text hold a word that denies it as a whole, whatever lifts that?"""
        return bool(text and self._hedges.stand_in(plain(text))) and all(map(self._hedges.stand_in, _statements(text)))

    def _unhedged(self, text: str) -> str:
        """The statements of a text that deny nothing: what one of them excludes, the next may still say."""
        return " | ".join(statement for statement in _statements(text) if not self._hedges.deny(statement))

    def find_exactly(self, texts: Iterable[str]) -> frozenset[str]:
        """The concepts one of whose names is one of these texts, whole."""
        return frozenset(name for text in texts for name in self._by_name.get(plain(text), ()))


def _statements(text: str) -> list[str]:
    return [statement for statement in map(plain, BREAKS.split(text[:LONGEST])) if statement]


def undenied(
    names: Iterable[str], text: str, before: tuple[str, ...], after: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The names without those before which a word that denies stands, wherever they stand, and their parts; or behind
    which one stands that ends the statement.

    >>> undenied({"gout", "cough"}, "no gout, cough", (" no",)) == {"cough"}
    True
    >>> undenied({"gout", "cough"}, "gout cough: none | fever", (), frozenset({"none"})) == {"gout"}
    True
    """
    denied = {name for name in names if (before or after) and _is_denied(name, text, before, after)}
    return frozenset(name for name in names if not any(name in longer for longer in denied))


def _is_denied(name: str, text: str, before: tuple[str, ...], after: frozenset[str]) -> bool:
    parts = text.split(name)
    return all(_stands_before(left, before) or _stands_after(right, after) for left, right in pairwise(parts))


def _stands_before(left: str, before: tuple[str, ...]) -> bool:
    return f" {left.rstrip()}".endswith(before)


def _stands_after(right: str, after: frozenset[str]) -> bool:
    """Is what is left of the statement behind a name, or behind the word of which it is the stem, one that denies?"""
    rest = right.partition("|")[0]
    return bool(after) and any(each.strip(" ?:=.!") in after for each in (rest, _TAIL.sub("", rest)))


def _by_name(concepts: Iterable[Concept], of: str = "words") -> Mapping[str, frozenset[str]]:
    """Each listed name, as texts are compared, with the concepts that list it."""
    found: dict[str, set[str]] = {}
    for concept in concepts:
        for word in getattr(concept, of):
            found.setdefault(plain(word), set()).add(concept.name)
    return {name: frozenset(named) for name, named in found.items()}


def _around_names(concepts: Iterable[Concept]) -> Iterator[tuple[str, str]]:
    """The concepts with what is none of their names although one of these stands in it ("hepatitis x 9" and "x 9").

    A text may list several drugs: there it rules out that place alone. What else names none rules out the whole text.
    """
    for concept in concepts:
        names = tuple(map(plain, concept.words if concept.kind in LISTED else ()))
        yield from ((concept.name, each) for each in map(plain, concept.not_words) if any(n in each for n in names))


def _wider(concepts: tuple[Concept, ...]) -> Mapping[str, frozenset[str]]:
    """The concepts whose codes hold all of a concept's, and more."""
    codes = {c.name: frozenset((code.system, code.code) for code in c.codes) for c in concepts}
    return {
        name: frozenset(other for other, theirs in codes.items() if mine and mine < theirs)
        for name, mine in codes.items()
    }
