"""Questions about laboratory results and coded observations: no, preliminary, unusable."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.standing import usable
from cdshooks.reading.facts import Result
from cdshooks.rules.answers import AND, ANY, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import OfRecord
from cdshooks.rules.verbs.looking import any_of, doubtful, exists, incomplete, possibly_one, told, unknown, yes_or_no
from cdshooks.rules.verbs.measured import MEASURED, classes_of, in_window, needs_of, read_window
from cdshooks.rules.verbs.ordering import COURSE, AfterStarting, read_after, started
from cdshooks.rules.words import Comparison, Window, Words
from cdshooks.terms.concepts import Concept


@dataclass(frozen=True)
class NoResult(OfRecord):
    """There is no usable result in the window, or ever: it was looked for, and nothing that counts is there.

    With `after starting DRUG`, only results later than the day of the start of its course count.
    """

    OPENINGS = ("no",)
    FORMS = ("no RESULT within N days|months [and [N days or more] after starting DRUG]", "no RESULT ever")
    NOTHING = "none is recorded"

    concept: Concept
    window: Window | None
    after: AfterStarting | None = None

    @classmethod
    def read(cls, words: Words) -> "NoResult":
        concept = words.concept(*MEASURED)
        if words.accept("ever"):
            return cls(concept, None)
        return cls(concept, read_window(words, required=True), read_after(words))

    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.concept, self.window) + (COURSE if self.after else ())

    def ask(self, chart: Chart) -> Answer:
        if self.after and incomplete(chart, COURSE):
            return unknown(self, chart)
        everything = chart.results(self.concept.name)
        fit = in_window(usable(everything, self._with_class(chart)), self.window, chart)
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
        perhaps = [r for r in everything if r.doubt and (r.moment is None or in_window([r], self.window, chart))]
        if perhaps:  # that nothing was measured is not said beside what may be just that
            can, refs = (ANY, doubtful(perhaps)) if chart.doubting else (UNSURE, frozenset())
            return Answer(can, self, tuple(perhaps), Reason.NOT_UNDERSTOOD, missing=refs)
        return Answer(YES, self, tuple(everything[-1:]))

    def _with_class(self, chart: Chart) -> bool:
        """Where a result has classes, one that fits none of them is not usable."""
        return any(chart.concepts.by_name[name].bands for name in chart.concepts.members(self.concept.name))

    def words(self) -> str:
        window = self.window.words() if self.window else "ever"
        return f"no {self.concept.name} {window}{self.after.words() if self.after else ''}"


@dataclass(frozen=True)
class Preliminary(OfRecord):
    """A result that is not final yet would be of this class, or lies on one side of a number.

    It never classifies; it may only be a sign. Asked for a number, one counts only if no usable result is as new.
    """

    OPENINGS = ("preliminary",)
    FORMS = (
        "preliminary RESULT within N days|months is CLASS [or CLASS …]",
        "preliminary RESULT within N days|months below|at most|at least|above N UNIT",
    )

    concept: Concept
    window: Window
    classes: tuple[str, ...] = ()
    comparison: Comparison | None = None

    @classmethod
    def read(cls, words: Words) -> "Preliminary":
        concept, window = words.concept("result", "results"), read_window(words, required=True)
        if words.accept("is") or concept.kind != "result":
            return cls(concept, window, words.classes(classes_of(concept, words), concept.name))
        return cls(concept, window, comparison=words.comparison(concept.units, concept.name))

    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.concept, self.window)

    def ask(self, chart: Chart) -> Answer:
        results = chart.results(self.concept.name)
        dated = in_window([r for r in results if r.moment and r.status == "preliminary"], self.window, chart)
        if self.comparison:
            newest = max((r.moment.local for r in usable(results, False)), default=None)
            dated = [r for r in dated if r.amount and (newest is None or r.moment.local > newest)]
        each = [(r, AND[possibly_one(r, chart)][self._of(r)]) for r in dated]
        bits = any_of(can for _, can in each)
        return exists(self, chart, bits, [r for r, can in each if can == bits and bits != NO], Reason.NOT_UNDERSTOOD)

    def _of(self, result: Result) -> int:
        if not self.comparison:
            return yes_or_no(result.klass in self.classes)
        if result.amount.kind != self.comparison.kind:
            return UNSURE
        return told(result.amount.against(self.comparison.limit, *self.comparison.sides))

    def words(self) -> str:
        asked = self.comparison.words() if self.comparison else f"is {' or '.join(self.classes)}"
        return f"preliminary {self.concept.name} {self.window.words()} {asked}"


@dataclass(frozen=True)
class Unusable(OfRecord):
    """A result in the window cannot be used (unit, status, comparator, date), and no usable one is as new."""

    OPENINGS = ("unusable",)
    FORMS = ("unusable RESULT within N days|months",)
    NOTHING = "none that is newer than the usable ones"

    concept: Concept
    window: Window

    @classmethod
    def read(cls, words: Words) -> "Unusable":
        return cls(words.concept(*MEASURED), read_window(words, required=True))

    def needs(self) -> tuple[Need, ...]:
        return needs_of(self.concept, self.window)

    def ask(self, chart: Chart) -> Answer:
        results = chart.results(self.concept.name)
        newest = max((r.moment.local for r in usable(results, True)), default=None)
        odd = [r for r in results if _is_odd(r) and self._counts(r, newest, chart)]
        seen = [r for r in odd if not r.doubt]
        missing = incomplete(chart, self.needs)
        if missing:
            # A usable result that is newer may still come, and would make this one unimportant.
            return Answer(YES | NO, self, tuple(seen), Reason.NOT_PROVIDED, missing=missing)
        if chart.doubting and odd and not seen:  # one of these, if it is what it says
            return Answer(ANY, self, tuple(odd), Reason.NOT_UNDERSTOOD, missing=doubtful(odd))
        return Answer(yes_or_no(bool(seen)), self, tuple(seen))

    def _counts(self, result: Result, newest, chart: Chart) -> bool:
        if result.moment is None:
            return True
        newer = newest is None or result.moment.local > newest
        return newer and bool(in_window([result], self.window, chart))

    def words(self) -> str:
        return f"unusable {self.concept.name} {self.window.words()}"


def _is_odd(result: Result) -> bool:
    """Is something wrong with the value itself, not only with what it may be a value of?"""
    return bool(result.class_fault or (result.fault and result.fault != result.doubt))
