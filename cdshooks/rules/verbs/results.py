"""Questions about laboratory results and coded observations: latest, preliminary, unusable, no."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.facts import Result
from cdshooks.chart.results import latest, usable
from cdshooks.rules.answers import ANY, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.verbs.looking import (
    any_of,
    doubtful,
    exists,
    incomplete,
    possibly_one,
    told,
    unknown,
    yes_or_no,
)
from cdshooks.rules.verbs.ordering import COURSE, AfterStarting, BeforeStarting, read_after, started
from cdshooks.rules.words import Comparison, Window, Words

MEASURED = ("result", "results", "status")


def _window(words: Words, required: bool = False) -> Window | None:
    if required:
        words.expect("within")
        return words.window()
    return words.window() if words.accept("within") else None


def _needs(concept: Concept, window: Window | None) -> tuple[Need, ...]:
    days = window.days if window else None
    return tuple(Need(f"Observation:{name}", days) for name in concept.members or (concept.name,))


def _inside(results: list[Result], window: Window | None, chart: Chart) -> list[Result]:
    return [r for r in results if window is None or r.day >= window.since(chart.today)]


def _classes(concept: Concept, words: Words) -> tuple[str, ...]:
    concepts = words.vocabulary.concepts
    return concepts[concept.members[0]].classes if concept.members else concept.classes


@dataclass(frozen=True)
class Latest:
    """The latest usable result is of a class, or lies on one side of a number.

    Usable results are those with a known unit, a date, and a final status; of a class question, those that have a
    class. Without any in the window it cannot be told: not recorded, or, if only unusable ones are there, not
    understood.
    """

    OPENINGS = ("latest",)
    FORMS = (
        "latest RESULT [within N days|months] is CLASS [or CLASS …]",
        "latest RESULT [within N days|months [and at most N days before starting DRUG]]"
        " below|at most|at least|above N UNIT",
    )

    concept: Concept
    window: Window | None
    classes: tuple[str, ...] = ()
    comparison: Comparison | None = None
    before: BeforeStarting | None = None

    @classmethod
    def read(cls, words: Words) -> "Latest":
        concept = words.concept(*MEASURED)
        window = _window(words)
        if words.accept("is"):
            return cls(concept, window, classes=words.classes(_classes(concept, words), concept.name))
        if concept.kind != "result":
            raise words.wrong(f"{concept.name} has no number to compare; ask 'is CLASS'")
        before = None
        if words.accept("and at most"):
            days = words.days()
            words.expect("before starting")
            before = BeforeStarting(days, words.concept("drug"))
        return cls(concept, window, comparison=words.comparison(concept.units, concept.name), before=before)

    def _results(self) -> tuple[Need, ...]:
        """What must be whole before any result can be called the latest."""
        return _needs(self.concept, self.window) + (COURSE if self.before else ())

    def needs(self) -> tuple[Need, ...]:
        more: tuple[Need, ...] = ()
        if self.concept.overruled_by and self.window:
            more = (Need("MedicationAdministration", self.window.days), *COURSE[:3])
        return self._results() + more

    def ask(self, chart: Chart) -> Answer:
        if incomplete(chart, self._results):
            return unknown(self, chart)
        results = chart.results(self.concept.name)
        answer = self._answer(results, chart)
        if not chart.doubting:
            return answer
        open_ = [r for r in results if r.is_open and (r.moment is None or _inside([r], self.window, chart))]
        if not open_:
            return answer
        # What the answer would be if what is not understood were what it says; or, where it says nothing, anything.
        as_if = [replace(r, fault=None) if r.doubt == r.fault else r for r in results]
        vague = any(r.is_open and r.doubt != r.fault for r in open_)
        can = answer.can | (ANY if vague else self._answer(as_if, chart).can)
        return replace(answer, can=can, missing=frozenset(r.ref for r in open_)) if can != answer.can else answer

    def _answer(self, results: list[Result], chart: Chart) -> Answer:
        fit = _inside(usable(results, bool(self.classes)), self.window, chart)
        if self.before:
            begun = started(self.before.drug, chart)
            fit = self.before.keeps(fit, begun) if begun else []
        if not fit:
            return self._nothing(results, chart)
        return self._of(latest(fit, self._given(chart)), fit, chart)

    def _given(self, chart: Chart) -> list:
        """The days on which the treatment was given that makes a later, better result uninformative."""
        drug = self.concept.overruled_by
        if not drug or not self.window:
            return []
        return [g.last.day for g in chart.given(drug) if g.last and g.code]

    def _of(self, result: Result, fit: list[Result], chart: Chart) -> Answer:
        if self.comparison:
            return self._compared(result)
        bits = yes_or_no(result.klass in self.classes)
        missing = incomplete(chart, self.needs)
        if missing and any(r.rank < result.rank for r in fit):
            # Whether treatment lies between the results is not known, and would decide which of them counts.
            return unknown(self, chart, (result,))
        return Answer(bits, self, (result, *(r for r in fit if r.day == result.day and r is not result)))

    def _compared(self, result: Result) -> Answer:
        if result.amount.kind != self.comparison.kind:
            return Answer(UNSURE, self, (result,), Reason.NOT_UNDERSTOOD)
        bits = told(result.amount.against(self.comparison.limit, *self.comparison.sides))
        return Answer(bits, self, (result,), Reason.NOT_UNDERSTOOD if bits == UNSURE else None)

    def _nothing(self, results: list[Result], chart: Chart) -> Answer:
        odd = [r for r in results if r.fault or r.class_fault]
        recent = tuple(r for r in odd if r.moment is None or _inside([r], self.window, chart))
        if recent:
            return Answer(UNSURE, self, recent, Reason.NOT_UNDERSTOOD)
        older = tuple(usable(results, bool(self.classes))[-1:])
        return Answer(UNSURE, self, older, Reason.NOT_RECORDED)

    def words(self) -> str:
        asked = self.comparison.words() if self.comparison else f"is {' or '.join(self.classes)}"
        window = f" {self.window.words()}" if self.window else ""
        before = self.before.words() if self.before else ""
        return f"latest {self.concept.name}{window}{before} {asked}"


@dataclass(frozen=True)
class NoResult:
    """There is no usable result in the window: it was looked for, and nothing that counts is there.

    With `after starting DRUG`, only results later than the day of the start of its course count.
    """

    OPENINGS = ("no",)
    FORMS = ("no RESULT within N days|months [and [N days or more] after starting DRUG]",)
    NOTHING = "none is recorded"

    concept: Concept
    window: Window
    after: AfterStarting | None = None

    @classmethod
    def read(cls, words: Words) -> "NoResult":
        return cls(words.concept(*MEASURED), _window(words, required=True), read_after(words))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.window) + (COURSE if self.after else ())

    def ask(self, chart: Chart) -> Answer:
        if self.after and incomplete(chart, COURSE):
            return unknown(self, chart)
        everything = chart.results(self.concept.name)
        fit = _inside(usable(everything, self._with_class(chart)), self.window, chart)
        if self.after:
            begun = started(self.after.drug, chart)
            if begun is None:
                return Answer(UNSURE, self, (), Reason.NOT_RECORDED)
            fit = [r for r in fit if self.after.holds(r.day, begun)]
        if fit:
            return Answer(NO, self, tuple(fit[-1:]))
        missing = incomplete(chart, self.needs)
        if missing:
            return Answer(YES | NO, self, (), Reason.NOT_PROVIDED, missing=missing)
        perhaps = [r for r in everything if r.doubt and (r.moment is None or _inside([r], self.window, chart))]
        if perhaps:  # that nothing was measured is not said beside what may be just that
            can, refs = (ANY, doubtful(perhaps)) if chart.doubting else (UNSURE, frozenset())
            return Answer(can, self, tuple(perhaps), Reason.NOT_UNDERSTOOD, missing=refs)
        return Answer(YES, self, tuple(everything[-1:]))

    def _with_class(self, chart: Chart) -> bool:
        """Where a result has classes, one that fits none of them is not usable."""
        return any(chart.concepts.by_name[name].bands for name in chart.concepts.members(self.concept.name))

    def words(self) -> str:
        return f"no {self.concept.name} {self.window.words()}{self.after.words() if self.after else ''}"


@dataclass(frozen=True)
class Preliminary:
    """A result that is not final yet would be of this class. It never classifies; it may only be a sign."""

    OPENINGS = ("preliminary",)
    FORMS = ("preliminary RESULT within N days|months is CLASS [or CLASS …]",)

    concept: Concept
    window: Window
    classes: tuple[str, ...]

    @classmethod
    def read(cls, words: Words) -> "Preliminary":
        concept, window = words.concept("result", "results"), _window(words, required=True)
        words.expect("is")
        return cls(concept, window, words.classes(_classes(concept, words), concept.name))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.window)

    def ask(self, chart: Chart) -> Answer:
        dated = [r for r in chart.results(self.concept.name) if r.moment and r.status == "preliminary"]
        seen = [r for r in _inside(dated, self.window, chart) if r.klass in self.classes]
        return exists(self, chart, any_of(possibly_one(r, chart) for r in seen), seen, Reason.NOT_UNDERSTOOD)

    def words(self) -> str:
        return f"preliminary {self.concept.name} {self.window.words()} is {' or '.join(self.classes)}"


@dataclass(frozen=True)
class Unusable:
    """A result in the window cannot be used (unit, status, comparator, date), and no usable one is as new."""

    OPENINGS = ("unusable",)
    FORMS = ("unusable RESULT within N days|months",)
    NOTHING = "none that is newer than the usable ones"

    concept: Concept
    window: Window

    @classmethod
    def read(cls, words: Words) -> "Unusable":
        return cls(words.concept(*MEASURED), _window(words, required=True))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.window)

    def ask(self, chart: Chart) -> Answer:
        results = chart.results(self.concept.name)
        newest = max((r.moment.local for r in usable(results, True)), default=None)
        odd = (r for r in results if (r.fault or r.class_fault) and not r.doubt)
        seen = [r for r in odd if self._counts(r, newest, chart)]
        missing = incomplete(chart, self.needs)
        if missing:
            # A usable result that is newer may still come, and would make this one unimportant.
            return Answer(YES | NO, self, tuple(seen), Reason.NOT_PROVIDED, missing=missing)
        return Answer(yes_or_no(bool(seen)), self, tuple(seen))

    def _counts(self, result: Result, newest, chart: Chart) -> bool:
        if result.moment is None:
            return True
        newer = newest is None or result.moment.local > newest
        return newer and bool(_inside([result], self.window, chart))

    def words(self) -> str:
        return f"unusable {self.concept.name} {self.window.words()}"
