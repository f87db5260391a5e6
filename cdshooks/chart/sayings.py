"""From words to the concepts whose names stand in them, and those that a word beside them denies."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cdshooks.chart.concept import Concept
from cdshooks.chart.names import LONGEST, Names, plain

BEFORE = "..."
BREAKS = re.compile(r"[;|\n。；]|\. ")


@dataclass(frozen=True, slots=True)
class Named:
    """The concepts whose names stand in a text: those that it may mean, and of these the ones that it surely names."""

    possible: frozenset[str] = frozenset()
    sure: frozenset[str] = frozenset()


NOBODY = Named()


class Sayings:
    """The names of the concepts of one kind of resource; `wider`: by concept, those whose codes hold all of its own.

    A statement that holds one of the `hedges` ("no evidence of") names nothing; one that ends in "..." denies only the
    name that follows it.
    """

    def __init__(self, concepts: tuple[Concept, ...], hedges: Iterable[str]):
        self.wider = _wider(concepts)
        self._by_name = _by_name(concepts)
        self._ruled_out = _by_name(concepts, of="not_words")
        hedges = tuple(hedges)
        self._hedges = Names(hedge for hedge in hedges if not hedge.endswith(BEFORE))
        self._before = words_before(hedges)
        self._names, self._not_names = Names(self._by_name), Names(self._ruled_out)

    def named(self, text: str) -> Named:
        """The concepts whose listed name stands in a text; a name of several surely names only the widest of them."""
        looked_at = plain(text)
        names = self._names.find(looked_at)
        if names and self._hedges.find(looked_at):
            looked_at = self._unhedged(text)
            names = self._names.find(looked_at)
        names = undenied(names, looked_at, self._before)
        if not names:
            return NOBODY
        ruled_out = {c for name in self._not_names.find(looked_at) for c in self._ruled_out[name]}
        possible: set[str] = set()
        sure: set[str] = set()
        for name in names:
            concepts = self._by_name[name] - ruled_out
            possible |= concepts
            sure |= {c for c in concepts if not self.wider[c] & concepts}
        return Named(frozenset(possible), frozenset(sure))

    def deny(self, text: str) -> bool:
        """Is every statement of this text one that is denied as a whole?"""
        return bool(text and self._hedges.find(plain(text))) and not self._unhedged(text).strip(" |")

    def _unhedged(self, text: str) -> str:
        """The statements of a text that deny nothing: what one of them excludes, the next may still say."""
        statements = map(plain, BREAKS.split(text[:LONGEST]))
        return " | ".join(statement for statement in statements if not self._hedges.find(statement))

    def find_exactly(self, texts: Iterable[str]) -> frozenset[str]:
        """The concepts one of whose names is one of these texts, whole."""
        return frozenset(name for text in texts for name in self._by_name.get(plain(text), ()))


def words_before(hedges: Iterable[str]) -> tuple[str, ...]:
    """Of the hedges those that deny the name which follows them, each behind a blank as in a text that is `plain`."""
    return tuple(f" {plain(hedge.removesuffix(BEFORE))}" for hedge in hedges if hedge.endswith(BEFORE))


def undenied(names: Iterable[str], text: str, before: tuple[str, ...]) -> frozenset[str]:
    """The names without those before which a word that denies stands, wherever they stand, and their parts.

    >>> undenied({"gout", "rash"}, "no gout, rash", (" no",)) == {"rash"}
    True
    """
    denied = {name for name in names if before and _is_denied(name, text, before)}
    return frozenset(name for name in names if not any(name in longer for longer in denied))


def _is_denied(name: str, text: str, before: tuple[str, ...]) -> bool:
    return all(f" {said.rstrip()}".endswith(before) for said in text.split(name)[:-1])


def _by_name(concepts: Iterable[Concept], of: str = "words") -> Mapping[str, frozenset[str]]:
    """Each listed name, as texts are compared, with the concepts that list it."""
    found: dict[str, set[str]] = {}
    for concept in concepts:
        for word in getattr(concept, of):
            found.setdefault(plain(word), set()).add(concept.name)
    return {name: frozenset(named) for name, named in found.items()}


def _wider(concepts: tuple[Concept, ...]) -> Mapping[str, frozenset[str]]:
    """The concepts whose codes hold all of a concept's, and more."""
    codes = {c.name: frozenset((code.system, code.code) for code in c.codes) for c in concepts}
    return {
        name: frozenset(other for other, theirs in codes.items() if mine and mine < theirs)
        for name, mine in codes.items()
    }
