"""Which drugs, tests and results a text names, by the names that people write."""

import re
from collections.abc import Iterator
from functools import cache

from cdshooks.terms.concepts import Concept, Concepts


class Names:
    """The names by which people call the drugs, tests and results of some concepts."""

    def __init__(self, concepts: Concepts):
        self._names = sorted(_names(concepts).items(), key=lambda item: -len(item[0]))

    def mentioned(self, text: str) -> list[frozenset[str]]:
        """What a text names, in its order: each name as the concepts that it may mean, the longest name first."""
        folded, found = text.casefold(), []
        for name, meant in self._names:
            if name in folded:  # most are not, and this is told faster than by the pattern
                whole = _whole(name)
                found += [(match.start(), meant) for match in whole.finditer(folded)]
                folded = whole.sub(lambda m: "\0" * len(m.group()), folded)
        return [meant for _, meant in sorted(found, key=lambda item: item[0])]


@cache
def _whole(name: str) -> re.Pattern:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _names(concepts: Concepts) -> dict[str, frozenset[str]]:
    """Names of drugs and tests as people write them; that of a group may mean any of its members."""
    found: dict[str, set[str]] = {}
    named = [c for c in concepts.by_name.values() if c.kind in ("drug", "test", "result", "results")]
    labels = {concept.label.casefold() for concept in named}
    for concept in named:
        for name in _written(concept):
            # What is the label of one drug means that drug, even where a group lists it among its words.
            if name not in labels or name == concept.label.casefold():
                found.setdefault(name, set()).update(concept.members or (concept.name,))
    return {name: frozenset(meant) for name, meant in found.items()}


def _written(concept: Concept) -> Iterator[str]:
    """The label; without its brackets, and what stands in them; the words."""
    label = concept.label.casefold()
    bracket = re.fullmatch(r"(.+?) \((.+)\)", label)
    yield from (label, *(bracket.groups() if bracket else ()), *(word.casefold() for word in concept.words))
