"""The question about the latest result: of which class it is, or on which side of a number, and since when."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.standing import Better, latest, usable
from cdshooks.reading.facts import Result
from cdshooks.rules.answers import ANY, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import OfRecord
from cdshooks.rules.verbs.looking import doubtful, incomplete, told, unknown, yes_or_no
from cdshooks.rules.verbs.measured import MEASURED, classes_of, in_window, needs_of, read_window
from cdshooks.rules.verbs.ordering import COURSE, BeforeStarting, NoDoseSince
from cdshooks.rules.verbs.problems import Has
from cdshooks.rules.words import Comparison, Window, Words
from cdshooks.terms.concepts import Concept


@dataclass(frozen=True)
class Latest(OfRecord):
    """The latest usable result is of a class, or lies on one side of a number.

    Usable results are those with a known unit, a date, and a final status; of a class question, those that have a
    class. Without any in the window it cannot be told: not recorded, or, if only unusable ones are there, not
    understood.
    """

    OPENINGS = ("latest",)
    FORMS = (
        "latest RESULT [within N days|months] [and …] is CLASS [or CLASS …]",
        "latest RESULT [within N days|months] [and …] below|at most|at least|above N UNIT",
        "… and at most N days before starting DRUG …",
        "… and not earlier than N days before latest RESULT …",
        "… and not earlier than PROBLEM …",
        "… and N days or more after starting DRUG with no dose since …",
    )

    concept: Concept
    window: Window | None
    classes: tuple[str, ...] = ()
    comparison: Comparison | None = None
    among: tuple = ()
    in_spite_of: NoDoseSince | None = None

    @classmethod
    def read(cls, words: Words) -> "Latest":
        concept = words.concept(*MEASURED)
        window = read_window(words)
        among, in_spite_of = read_conditions(words, window)
        if words.accept("is"):
            classes = words.classes(classes_of(concept, words), concept.name)
            return cls(concept, window, classes, among=among, in_spite_of=in_spite_of)
        if concept.kind != "result":
            raise words.wrong(f"{concept.name} has no number to compare; ask 'is CLASS'")
        comparison = words.comparison(concept.units, concept.name)
        return cls(concept, window, comparison=comparison, among=among, in_spite_of=in_spite_of)

    def _results(self) -> tuple[Need, ...]:
        """What must be whole before any result can be called the latest."""
        return needs_of(self.concept, self.window) + tuple(need for some in self.among for need in some.needs())

    def needs(self) -> tuple[Need, ...]:
        more: tuple[Need, ...] = ()
        if self.concept.overruled_by and self.window:
            more = (Need("MedicationAdministration", self.window.days), *COURSE[:3])
        return self._results() + more + (self.in_spite_of.needs() if self.in_spite_of else ())

    def ask(self, chart: Chart) -> Answer:
        if incomplete(chart, self._results):
            return unknown(self, chart)
        results = chart.results(self.concept.name)
        answer = self._answer(results, chart)
        return self._in_doubt(answer, results, chart) if chart.doubting else answer

    def _in_doubt(self, answer: Answer, results: list[Result], chart: Chart) -> Answer:
        """What it would be if what is not understood were what it says; or, where it says nothing, anything."""
        open_ = [r for r in results if r.is_open and (r.moment is None or in_window([r], self.window, chart))]
        drug = self.concept.overruled_by if self.window else None
        doses = doubtful(chart.given(drug)) if drug else frozenset()
        if not open_ and not doses:
            return answer
        as_if = [replace(r, fault=None) if r.doubt == r.fault else r for r in results]
        vague = any(r.is_open and r.doubt != r.fault for r in open_)
        can = answer.can | (ANY if vague else self._answer(as_if, chart).can)
        rows = doses.union(r.ref for r in open_)
        return replace(answer, can=can, missing=rows) if can != answer.can or doses else answer

    def _answer(self, results: list[Result], chart: Chart) -> Answer:
        fit = self._fit(results, chart)
        if not fit:
            return self._nothing(results, chart)
        result = latest(fit, self._given(chart), self._better())
        answer = self._of(result, fit, chart)
        return self._in_spite(answer, result, chart) if self.in_spite_of and answer.can == YES else answer

    def standing(self, chart: Chart) -> Result | None:
        """The result that counts, if there is one."""
        return latest(self._fit(chart.results(self.concept.name), chart), self._given(chart), self._better())

    def _fit(self, results: list[Result], chart: Chart) -> list[Result]:
        fit = in_window(usable(results, bool(self.classes)), self.window, chart)
        for condition in self.among:
            fit = condition.keeps(fit, chart)
        return fit

    def _better(self) -> Better | None:
        return Better(self.concept.better, self.concept.better_days) if self.concept.better else None

    def _in_spite(self, answer: Answer, result: Result, chart: Chart) -> Answer:
        """Whether there was no dose since; what was not provided may hold one."""
        can, seen = self.in_spite_of.of(result, chart)
        never = can == NO and bool(seen)  # a dose since then stays one, whatever else may come
        missing = frozenset() if never else incomplete(chart, self.in_spite_of.needs)
        reason = Reason.NOT_PROVIDED if missing else Reason.NOT_UNDERSTOOD if can == UNSURE else None
        can = (ANY if can == NO else can | NO | UNSURE) if missing else can
        return Answer(can, self, (*answer.seen, *seen), reason, missing=missing)

    def _given(self, chart: Chart) -> list:
        """The days on which the treatment was given that makes a later, better result uninformative."""
        drug = self.concept.overruled_by
        if not drug or not self.window:
            return []
        return [g.last.day for g in chart.given(drug) if g.last and (g.code or chart.doubting)]

    def _of(self, result: Result, fit: list[Result], chart: Chart) -> Answer:
        if self.comparison:
            return self._compared(result)
        bits = yes_or_no(result.klass in self.classes)
        missing = incomplete(chart, self.needs)
        if missing and any(r.rank < result.rank for r in fit):
            # Whether treatment lies between the results is not known, and would decide which of them counts.
            return unknown(self, chart, (result,))
        return Answer(bits, self, (result, *(r for r in fit if r.day == result.day and r.ref != result.ref)))

    def _compared(self, result: Result) -> Answer:
        if result.amount.kind != self.comparison.kind:
            return Answer(UNSURE, self, (result,), Reason.NOT_UNDERSTOOD)
        bits = told(result.amount.against(self.comparison.limit, *self.comparison.sides))
        return Answer(bits, self, (result,), Reason.NOT_UNDERSTOOD if bits == UNSURE else None)

    def _nothing(self, results: list[Result], chart: Chart) -> Answer:
        odd = [r for r in results if r.fault or r.class_fault]
        recent = tuple(r for r in odd if r.moment is None or in_window([r], self.window, chart))
        if recent:
            return Answer(UNSURE, self, recent, Reason.NOT_UNDERSTOOD)
        older = tuple(usable(results, bool(self.classes))[-1:])
        return Answer(UNSURE, self, older, Reason.NOT_RECORDED)

    def words(self) -> str:
        asked = self.comparison.words() if self.comparison else f"is {' or '.join(self.classes)}"
        window = f" {self.window.words()}" if self.window else ""
        conditions = (*self.among, *((self.in_spite_of,) if self.in_spite_of else ()))
        return f"latest {self.concept.name}{window}{''.join(c.words() for c in conditions)} {asked}"


@dataclass(frozen=True)
class NotEarlier:
    """`not earlier than 90 days before latest RESULT`, within the same window"""

    days: int
    than: Latest

    def needs(self) -> tuple[Need, ...]:
        return self.than.needs()

    def keeps(self, results: list[Result], chart: Chart) -> list[Result]:
        other = self.than.standing(chart)
        return [r for r in results if other and (other.day - r.day).days <= self.days]

    def words(self) -> str:
        return f" and not earlier than {self.days} days before latest {self.than.concept.name}"


@dataclass(frozen=True)
class NotBefore:
    """`not earlier than PROBLEM`: on the day on which the problem, the last of its kind, began, or later"""

    problem: Has

    def needs(self) -> tuple[Need, ...]:
        return self.problem.needs()

    def keeps(self, results: list[Result], chart: Chart) -> list[Result]:
        starts = [p.start for p in chart.problems(self.problem.concept.name)]
        if not starts or None in starts:
            return []
        begun = max(start.day for start in starts)
        return [r for r in results if r.day >= begun]

    def words(self) -> str:
        return f" and not earlier than {self.problem.concept.name}"


def read_conditions(words: Words, window: Window | None) -> tuple[tuple, NoDoseSince | None]:
    """The conditions between the window and what is asked: which results may be the latest, and what of it."""
    among, in_spite_of = [], None
    while words.accept("and"):
        if words.accept("at most"):
            among.append(_before_starting(words))
        elif words.accept("not earlier than"):
            among.append(_not_earlier(words, window))
        else:
            in_spite_of = NoDoseSince.read(words)
    return tuple(among), in_spite_of


def _before_starting(words: Words) -> BeforeStarting:
    days = words.days()
    words.expect("before starting")
    return BeforeStarting(days, words.concept("drug"))


def _not_earlier(words: Words, window: Window | None) -> NotEarlier | NotBefore:
    if not words.ahead("* days"):
        return NotBefore(Has(words.concept("problem")))
    days = words.days()
    words.expect("before latest")
    concept = words.concept("result", "results")
    return NotEarlier(days, Latest(concept, window, classes_of(concept, words)))
