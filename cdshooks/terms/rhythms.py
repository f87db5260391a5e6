"""How often something is to be done, as people write it in a language; which words say it is content.

A template says it with {n} in place of a number: "{n} mal am tag" so many times a day, "alle {n} monate" once in so
many months. Each is compared with whole words, the longest first.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cdshooks.terms.often import NUMBER, Often, count_in, often_in

_BLANKLESS = 0x2E80  # from here on are scripts that do not part their words by blanks
HOLE = "{n}"


@dataclass(frozen=True)
class Template:
    """What a text says: `times` in `period` units; one of them is None where {n} stands for it."""

    text: str
    times: int | None
    period: int | None
    unit: str


@dataclass(frozen=True, eq=False)
class Rhythms:
    """The templates of all languages; `counts` are words for numbers, `filling` words that say nothing more."""

    templates: tuple[Template, ...] = ()
    counts: Mapping[str, int] | None = None
    filling: tuple[str, ...] = ()

    def often_in(self, plain: str) -> Often | None:
        """The way of saying how often that stands first in a folded text, in any language; of several the longest."""
        found = [*self._found(plain), *filter(None, [often_in(plain)])]
        return min(found, key=lambda each: (each.start, each.start - each.end), default=None)

    def without_filling(self, text: str) -> str:
        """What is left of a text without the words that say nothing more."""
        return self._filling.sub(" ", text) if self.filling else text

    def _found(self, plain: str) -> Iterable[Often]:
        for template, pattern in self._fitting(plain):
            match = pattern.search(plain)
            number = _number(match, self.counts or {}) if match else None
            if number is not None:
                repeat = {"frequency": template.times or number, "period": template.period or number}
                yield Often(repeat | {"periodUnit": template.unit}, match.start(), match.end())

    def _fitting(self, plain: str) -> Iterable[tuple[Template, re.Pattern]]:
        """The templates that are worth a search, of hundreds one or two: what they cannot be without stands there."""
        by_start, rest = self._by_start
        starts = set(zip(plain, plain[1:], plain[2:], strict=False)) & by_start.keys()
        found = [each for some in (rest, *(by_start[start] for start in starts)) for each in some if each[1] in plain]
        return [(self.templates[place], self._patterns[place]) for place, _ in sorted(found)]

    @cached_property
    def _by_start(self) -> tuple[dict[tuple, list], list]:
        """(place of a template, what it cannot be without), by the first three letters of that; and shorter ones."""
        by_start: dict[tuple, list] = {}
        rest = []
        for place, each in enumerate(self.templates):
            anchor = max(map(str.strip, each.text.split(HOLE)), key=len)
            (rest if len(anchor) < 3 else by_start.setdefault(tuple(anchor[:3]), [])).append((place, anchor))
        return by_start, rest

    @cached_property
    def _patterns(self) -> tuple[re.Pattern, ...]:
        return tuple(_pattern(each.text, self.counts or {}) for each in self.templates)

    @cached_property
    def _filling(self) -> re.Pattern:
        longest_first = sorted(self.filling, key=len, reverse=True)
        return re.compile("|".join(_whole(re.escape(word), word) for word in longest_first))


def _number(match: re.Match, counts: Mapping[str, int]) -> int | Decimal | None:
    """The number in place of {n}; 1 where the template has none; None where nobody can read it, or it is nothing."""
    told = match.groupdict().get("n", "1")
    return counts.get(told) or count_in(told) or None


def _pattern(text: str, counts: Mapping[str, int]) -> re.Pattern:
    """A template as a pattern; blanks of a template may be left out beside a number."""
    words = "|".join(map(re.escape, sorted(counts, key=len, reverse=True)))
    number = rf"(?P<n>{NUMBER}{'|' + words if words else ''})"
    before, hole, behind = (part.strip() for part in text.partition(HOLE))
    left, right = f"{re.escape(before)} ?" if before else "", f" ?{re.escape(behind)}" if behind else ""
    return re.compile(_whole(f"{left}{number}{right}" if hole else re.escape(before), text))


def _whole(pattern: str, text: str) -> str:
    """Words and numbers do not begin or end within others, in scripts that part words by blanks."""
    before = r"(?<![\d.,])" if text.startswith(HOLE) else r"(?<!\w)" if ord(text[0]) < _BLANKLESS else ""
    after = r"(?!\w)" if ord(text[-1]) < _BLANKLESS else ""
    return rf"{before}(?:{pattern}){after}"


NO_RHYTHMS = Rhythms()
