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
        for template, anchor, pattern in self._patterns:
            match = pattern.search(plain) if anchor in plain else None
            number = _number(match, self.counts or {}) if match else None
            if number is not None:
                repeat = {"frequency": template.times or number, "period": template.period or number}
                yield Often(repeat | {"periodUnit": template.unit}, match.start(), match.end())

    @cached_property
    def _patterns(self) -> tuple[tuple[Template, str, re.Pattern], ...]:
        """Each template with what stands in each text that it fits: of hundreds, one or two are worth a search."""
        anchors = (max(map(str.strip, each.text.split(HOLE)), key=len) for each in self.templates)
        patterns = (_pattern(each.text, self.counts or {}) for each in self.templates)
        return tuple(zip(self.templates, anchors, patterns, strict=True))

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
