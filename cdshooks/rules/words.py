"""The words of one question with their columns, and what may be read from them: names, numbers, amounts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from cdshooks.terms.concepts import Concept
from cdshooks.terms.dates import add_months
from cdshooks.terms.units import UnitTable

_TOKEN = re.compile(r"[()]|[^\s()]+")
COMPARISONS = {"below": (True, False), "at most": (True, True), "at least": (False, True), "above": (False, False)}


class LanguageError(Exception):
    """A question that is not in the language, with the column (from 0) of the word at fault."""

    def __init__(self, says: str, column: int):
        super().__init__(says)
        self.says, self.column = says, column


@dataclass
class Vocabulary:
    """The names that questions may use, and the book in which notions are found when a question is asked."""

    concepts: Mapping[str, Concept]
    routes: tuple[str, ...]
    doses: UnitTable
    hooks: tuple[str, ...]
    dose_kinds: tuple[str, ...] = ()
    notions: dict = field(default_factory=dict)
    notion_classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _asked: dict[str, list] = field(default_factory=dict, repr=False)

    def once(self, question):
        """The question, or the equal one that was read before: what is one object is asked once of a chart."""
        alike = self._asked.setdefault(question.words(), [])
        known = next((other for other in alike if other == question), None)
        if known is None:
            alike.append(known := question)
        return known


@dataclass(frozen=True)
class Window:
    """So many days, or calendar months, back from today; both ends included."""

    number: int
    unit: str = "days"

    @property
    def days(self) -> int:
        """Rounded up to days: a month has at most 31."""
        return self.number * (31 if self.unit == "months" else 1)

    def since(self, today: date) -> date:
        """The first day inside."""
        return add_months(today, -self.number) if self.unit == "months" else today - timedelta(days=self.number)

    def words(self) -> str:
        return f"within {self.number} {self.unit}"


@dataclass(frozen=True)
class Comparison:
    """`below 3.5 mmol/L`: a direction, a number as it was written, and the limit in the kind's own unit."""

    word: str
    number: str
    unit: str
    limit: Decimal
    kind: str

    @property
    def sides(self) -> tuple[bool, bool]:
        """(below?, including?)"""
        return COMPARISONS[self.word]

    def holds(self, number) -> bool:
        """Whether a number, in the kind's own unit, lies on that side."""
        below, including = self.sides
        return (including and number == self.limit) or (number < self.limit if below else number > self.limit)

    def words(self) -> str:
        return f"{self.word} {self.number} {self.unit}".strip()


class Words:
    """A question being read from left to right."""

    def __init__(self, text: str, vocabulary: Vocabulary):
        self.text, self.vocabulary = text, vocabulary
        self._tokens = [(m.group(), m.start()) for m in _TOKEN.finditer(text)]
        self._at = 0

    @property
    def next(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    @property
    def column(self) -> int:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else len(self.text)

    def wrong(self, says: str) -> LanguageError:
        return LanguageError(says, self.column)

    def take(self) -> str:
        word = self.next
        if not word:
            raise self.wrong("the question ends too early")
        self._at += 1
        return word

    def accept(self, phrase: str) -> bool:
        """Take these words if they come next."""
        parts = phrase.split()
        ahead = [token for token, _ in self._tokens[self._at : self._at + len(parts)]]
        if ahead != parts:
            return False
        self._at += len(parts)
        return True

    def ahead(self, phrase: str) -> bool:
        """Do these words come next? `*` stands for any word; nothing is taken."""
        parts = phrase.split()
        coming = [token for token, _ in self._tokens[self._at : self._at + len(parts)]]
        return len(coming) == len(parts) and all(p in ("*", c) for p, c in zip(parts, coming, strict=True))

    def expect(self, phrase: str) -> None:
        if not self.accept(phrase):
            raise self.wrong(f"here must come '{phrase}', not '{self.next or 'the end'}'")

    def one_of(self, names: Iterable[str], what: str) -> str:
        """One of these names; if it is none of them, the nearest is offered."""
        names = list(names)
        if self.next in names:
            return self.take()
        near = get_close_matches(self.next, names, n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise self.wrong(f"no {what} is called '{self.next}'{hint}" if self.next else f"a {what} is missing")

    def concept(self, *kinds: str) -> Concept:
        """A concept of one of these kinds."""
        concepts = self.vocabulary.concepts
        fit = [name for name, concept in concepts.items() if concept.kind in kinds]
        if self.next in concepts and self.next not in fit:
            raise self.wrong(
                f"'{self.next}' is a {concepts[self.next].kind}; here a {' or '.join(kinds)} is asked about"
            )
        return concepts[self.one_of(fit, " or ".join(kinds))]

    def number(self) -> Decimal:
        try:
            number = Decimal(self.next)
        except InvalidOperation:
            raise self.wrong(f"here must come a number, not '{self.next or 'the end'}'") from None
        if not number.is_finite() or number < 0:
            raise self.wrong(f"'{self.next}' is not a number that can be meant")
        self.take()
        return number

    def whole(self) -> int:
        column, number = self.column, self.number()
        if number != int(number):
            raise LanguageError(f"here must come a whole number, not {number}", column)
        return int(number)

    def days(self) -> int:
        """`365 days`"""
        number = self.whole()
        if not (self.accept("days") or self.accept("day")):
            raise self.wrong(f"after the number must come 'days', not '{self.next or 'the end'}'")
        return number

    def window(self) -> "Window":
        """`365 days` or `36 months`"""
        number = self.whole()
        if number > 40000:
            raise self.wrong(f"{number} is longer than a life")
        for unit in ("days", "months"):
            if self.accept(unit):
                return Window(number, unit)
        raise self.wrong(f"after the number must come 'days' or 'months', not '{self.next or 'the end'}'")

    def comparison_word(self) -> str:
        for word in COMPARISONS:
            if self.accept(word):
                return word
        raise self.wrong(f"here must come one of {', '.join(COMPARISONS)}, not '{self.next or 'the end'}'")

    def comparison(self, units: UnitTable, of: str) -> Comparison:
        """`below 3.5 mmol/L`, with a unit that the thing compared has."""
        word = self.comparison_word()
        shown, number, column, spelled = self.next, self.number(), self.column, self.next
        unit = units.find(spelled)
        if unit is None:
            raise LanguageError(f"'{spelled or 'nothing'}' is not a unit of {of}", column)
        self.take()
        return Comparison(word, shown, spelled, number * unit.factor, unit.kind)

    def classes(self, known: tuple[str, ...], of: str) -> tuple[str, ...]:
        """`low or doubtful`: one or more classes; a further `or` is taken only before a class name."""
        found = [self.one_of(known, f"class of {of}")]
        while self.next == "or" and self._after_next() in known:
            self.take()
            found.append(self.take())
        return tuple(found)

    def _after_next(self) -> str:
        return self._tokens[self._at + 1][0] if self._at + 1 < len(self._tokens) else ""
