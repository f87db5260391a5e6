"""Questions about the problem list and about procedures."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.rules.answers import AND, NO, Answer, Reason
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
from cdshooks.rules.words import Words


@dataclass(frozen=True)
class Has:
    """The record holds an active problem of this kind, or a procedure that was done."""

    OPENINGS = ("has",)
    FORMS = ("has PROBLEM [that started within N days]", "has PROBLEM that started after starting DRUG")
    NOTHING = "not on the problem list"

    concept: Concept
    days: int | None = None
    after: Concept | None = None

    @classmethod
    def read(cls, words: Words) -> "Has":
        concept = words.concept("problem")
        if words.accept("that started after starting"):
            return cls(concept, after=words.concept("drug"))
        return cls(concept, words.days() if words.accept("that started within") else None)

    @property
    def may_be_unsure(self) -> bool:
        return self.days is not None or self.after is not None

    def needs(self) -> tuple[Need, ...]:
        return self._where_recorded() + (COURSE if self.after else ())

    def _where_recorded(self) -> tuple[Need, ...]:
        """Conditions are asked for as a whole (codes alone would lose sub-codes), procedures by their codes."""
        whole = (Need("Condition"),) if "Condition" in self.concept.recorded_as else ()
        coded = (Need(f"Procedure:{self.concept.name}"),) if "Procedure" in self.concept.recorded_as else ()
        return whole + coded

    def ask(self, chart: Chart) -> Answer:
        problems = chart.problems(self.concept.name)
        if self.after and not problems and not incomplete(chart, self._where_recorded):
            return Answer(NO, self)  # there is no such problem: when the drug was started does not matter
        if self.after and incomplete(chart, COURSE):
            return unknown(self, chart, problems) or Answer(NO, self)
        each = [(p, AND[possibly_one(p, chart)][told(self._recent(p, chart))]) for p in problems]
        bits = any_of(can for _, can in each)
        seen = [p for p, can in each if can == bits] or problems
        why = Reason.NOT_UNDERSTOOD if doubtful(seen) else Reason.NOT_RECORDED
        return exists(self, chart, bits, seen, why)

    def _recent(self, problem, chart: Chart) -> bool | None:
        if self.after:
            begun = chart.first_had(self.after.name)
            return problem.start.day > begun.day if problem.start and begun else None
        if self.days is None:
            return True
        return problem.start.age(chart.today) <= self.days if problem.start else None

    def words(self) -> str:
        started = f" that started within {self.days} days" if self.days is not None else ""
        after = f" that started after starting {self.after.name}" if self.after else ""
        return f"has {self.concept.name}{started}{after}"


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
