"""Questions about the problem list and about procedures."""

from dataclasses import dataclass
from datetime import date

from cdshooks.chart.chart import Chart, Need
from cdshooks.rules.answers import AND, NO, Answer, Reason
from cdshooks.rules.asking import OfRecord
from cdshooks.rules.verbs.looking import (
    any_of,
    doubtful,
    exists,
    incomplete,
    possibly_one,
    told,
    unknown,
)
from cdshooks.rules.verbs.ordering import COURSE
from cdshooks.rules.words import Window, Words
from cdshooks.terms.concepts import Concept
from cdshooks.terms.dates import Moment


@dataclass(frozen=True)
class Has(OfRecord):
    """The record holds an active problem of this kind, or a procedure that was done.

    `with no PROBLEM since` leaves out what began before, or on the day of, another one, active or not: that is its end.
    """

    OPENINGS = ("has",)
    FORMS = (
        "has PROBLEM [that started within N days|months] [with no PROBLEM since]",
        "has PROBLEM that started after starting DRUG",
    )
    NOTHING = "not on the problem list"

    concept: Concept
    window: Window | None = None
    after: Concept | None = None
    ended_by: Concept | None = None

    @classmethod
    def read(cls, words: Words) -> "Has":
        concept = words.concept("problem")
        if words.accept("that started after starting"):
            return cls(concept, after=words.concept("drug"))
        window = words.window() if words.accept("that started within") else None
        ended_by = None
        if words.accept("with no"):
            ended_by = words.concept("problem")
            words.expect("since")
        return cls(concept, window, ended_by=ended_by)

    @property
    def may_be_unsure(self) -> bool:
        return bool(self.window or self.after or self.ended_by)

    def needs(self) -> tuple[Need, ...]:
        return self._where_recorded() + (COURSE if self.after else ())

    def _where_recorded(self) -> tuple[Need, ...]:
        return recorded(self.concept) + (recorded(self.ended_by) if self.ended_by else ())

    def ask(self, chart: Chart) -> Answer:
        problems = chart.problems(self.concept.name)
        if self.after and not problems and not incomplete(chart, self._where_recorded):
            return Answer(NO, self)  # there is no such problem: when the drug was started does not matter
        if self.after and incomplete(chart, COURSE):
            return unknown(self, chart, problems) or Answer(NO, self)
        if self.ended_by and problems and incomplete(chart, lambda: recorded(self.ended_by)):
            return unknown(self, chart, problems) or Answer(NO, self)
        each = [(p, AND[possibly_one(p, chart)][self._fits(p, chart)]) for p in problems]
        bits = any_of(can for _, can in each)
        seen = [p for p, can in each if can == bits] or problems
        why = Reason.NOT_UNDERSTOOD if doubtful(seen) else Reason.NOT_RECORDED
        return exists(self, chart, bits, seen, why)

    def _fits(self, problem, chart: Chart) -> int:
        return AND[told(self._recent(problem, chart))][told(self._lasts(problem, chart))]

    def _recent(self, problem, chart: Chart) -> bool | None:
        if self.after:
            begun = chart.first_had(self.after.name)
            return problem.start.day > begun.day if problem.start and begun else None
        if self.window is None:
            return True
        return _since(problem.start, self.window.since(chart.today)) if problem.start else None

    def _lasts(self, problem, chart: Chart) -> bool | None:
        """Has nothing ended it since?"""
        ends = chart.ever(self.ended_by.name) if self.ended_by else ()
        late = [e for e in ends if e.start is None or problem.start is None or e.start.day >= problem.start.day]
        if any(not end.doubt and end.start and problem.start for end in late):
            return False
        return None if late else True  # what may be such an end, by its words, leaves it open

    def words(self) -> str:
        started = f" that started {self.window.words()}" if self.window else ""
        after = f" that started after starting {self.after.name}" if self.after else ""
        ended = f" with no {self.ended_by.name} since" if self.ended_by else ""
        return f"has {self.concept.name}{started}{after}{ended}"


def _since(start: Moment, day: date) -> bool | None:
    """Did it begin on this day or later? Of a year or a month alone, around that day, nobody can tell."""
    if start.day >= day:
        return True
    return None if start.latest_day >= day else False


def recorded(concept: Concept) -> tuple[Need, ...]:
    """Conditions are asked for as a whole (codes alone would lose sub-codes), procedures by their codes."""
    whole = (Need("Condition"),) if "Condition" in concept.recorded_as else ()
    coded = (Need(f"Procedure:{concept.name}"),) if "Procedure" in concept.recorded_as else ()
    return whole + coded


@dataclass(frozen=True)
class EverHad(Has):
    """The record holds such a problem, or such a procedure, even if it is over: what is inherited does not end."""

    OPENINGS = ("ever had",)
    FORMS = ("ever had PROBLEM",)
    NOTHING = "never on the problem list"

    @classmethod
    def read(cls, words: Words) -> "EverHad":
        return cls(words.concept("problem"))

    def ask(self, chart: Chart) -> Answer:
        found = chart.ever(self.concept.name)
        return exists(self, chart, any_of(possibly_one(p, chart) for p in found), found, Reason.NOT_UNDERSTOOD)

    def words(self) -> str:
        return f"ever had {self.concept.name}"
