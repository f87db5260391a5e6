"""Notions, said once and used by name: a yes/no question, or classes of which the first that holds counts."""

from dataclasses import dataclass
from functools import cached_property

from cdshooks.chart.chart import Chart, Need
from cdshooks.rules.answers import YES, Answer, Classed
from cdshooks.rules.asking import OfQuestions, ask


@dataclass(frozen=True)
class Row:
    """One class of a notion: the sentence a clinician signs, and the question; the last row has none."""

    name: str
    say: str
    question: object | None
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notion(OfQuestions):
    """A shared clinical notion. Without rows it is a yes/no question."""

    name: str
    say: str
    question: object | None = None
    rows: tuple[Row, ...] = ()
    source: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.name for row in self.rows))

    @property
    def questions(self) -> tuple:
        return (self.question,) if self.question else tuple(r.question for r in self.rows if r.question)

    def inside(self) -> tuple:
        return self.questions

    def needs(self) -> tuple[Need, ...]:
        return self._needs

    @cached_property
    def _needs(self) -> tuple[Need, ...]:
        return tuple(dict.fromkeys(need for q in self.questions for need in q.needs()))

    def ask(self, chart: Chart) -> Answer | Classed:
        """The answer, made once per chart."""
        known = chart.notions.get(self.name)
        if known is None:
            known = chart.notions[self.name] = self._ask(chart)
        return known

    def _ask(self, chart: Chart) -> Answer | Classed:
        if self.question:
            inner = ask(self.question, chart)
            return Answer(inner.can, self, reason=inner.reason, parts=(inner,), missing=inner.missing)
        return self._class(chart)

    def _class(self, chart: Chart) -> Classed:
        """Of the rows the first that holds; a row that may still hold leaves open what the rows below it say."""
        possible, parts, missing = [], [], frozenset()
        for row in self.rows:
            answer = ask(row.question, chart) if row.question else None
            parts.append((row, answer))
            if answer is None or answer.can == YES:
                possible.append(row.name)
                break
            if answer.can & YES:
                possible.append(row.name)
                missing |= answer.missing
        return Classed(tuple(dict.fromkeys(possible)), self, tuple(parts), missing)
