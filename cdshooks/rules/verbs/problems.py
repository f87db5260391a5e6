"""Questions about the problem list and about procedures."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.rules.answers import Answer, Reason
from cdshooks.rules.verbs.looking import any_of, exists, told
from cdshooks.rules.words import Words


@dataclass(frozen=True)
class Has:
    """The record holds an active problem of this kind, or a procedure that was done."""

    OPENINGS = ("has",)
    FORMS = ("has PROBLEM [that started within N days]",)
    NOTHING = "not on the problem list"

    concept: Concept
    days: int | None = None

    @classmethod
    def read(cls, words: Words) -> "Has":
        concept = words.concept("problem")
        return cls(concept, words.days() if words.accept("that started within") else None)

    @property
    def may_be_unsure(self) -> bool:
        return self.days is not None

    def needs(self) -> tuple[Need, ...]:
        # Conditions are asked for as a whole (codes alone would lose sub-codes), procedures by their codes.
        whole = (Need("Condition"),) if "Condition" in self.concept.recorded_as else ()
        coded = (Need(f"Procedure:{self.concept.name}"),) if "Procedure" in self.concept.recorded_as else ()
        return whole + coded

    def ask(self, chart: Chart) -> Answer:
        problems = chart.problems(self.concept.name)
        bits = any_of(told(self._recent(p, chart)) for p in problems)
        return exists(self, chart, bits, problems, Reason.NOT_RECORDED)

    def _recent(self, problem, chart: Chart) -> bool | None:
        if self.days is None:
            return True
        return problem.start.age(chart.today) <= self.days if problem.start else None

    def words(self) -> str:
        started = f" that started within {self.days} days" if self.days is not None else ""
        return f"has {self.concept.name}{started}"
