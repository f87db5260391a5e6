"""Questions about laboratory results and coded observations: latest, preliminary, unusable, no."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.facts import Result
from cdshooks.chart.results import latest, usable, within
from cdshooks.rules.answers import NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.verbs.looking import exists, incomplete, told, unknown, yes_or_no
from cdshooks.rules.words import Comparison, Words

MEASURED = ("result", "results", "status")


def _window(words: Words, required: bool = False) -> int | None:
    if required:
        words.expect("within")
        return words.days()
    return words.days() if words.accept("within") else None


def _needs(concept: Concept, days: int | None) -> tuple[Need, ...]:
    return tuple(Need(f"Observation:{name}", days) for name in concept.members or (concept.name,))


def _within(days: int | None) -> str:
    return f" within {days} days" if days is not None else ""


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
        "latest RESULT [within N days] is CLASS [or CLASS …]",
        "latest RESULT [within N days] below|at most|at least|above N UNIT",
    )

    concept: Concept
    days: int | None
    classes: tuple[str, ...] = ()
    comparison: Comparison | None = None

    @classmethod
    def read(cls, words: Words) -> "Latest":
        concept = words.concept(*MEASURED)
        days = _window(words)
        if words.accept("is"):
            return cls(concept, days, classes=words.classes(_classes(concept, words), concept.name))
        if concept.kind != "result":
            raise words.wrong(f"{concept.name} has no number to compare; ask 'is CLASS'")
        return cls(concept, days, comparison=words.comparison(concept.units, concept.name))

    def needs(self) -> tuple[Need, ...]:
        given = self.concept.overruled_by
        more = (Need("MedicationAdministration", self.days), Need("MedicationStatement")) if given and self.days else ()
        return _needs(self.concept, self.days) + more

    def ask(self, chart: Chart) -> Answer:
        lab = incomplete(chart, _needs(self.concept, self.days))
        if lab:
            return unknown(self, chart)
        results = chart.results(self.concept.name)
        fit = within(usable(results, bool(self.classes)), chart.today, self.days)
        if not fit:
            return self._nothing(results, chart)
        return self._of(latest(fit, self._given(chart)), fit, chart)

    def _given(self, chart: Chart) -> list:
        """The days on which the treatment was given that makes a later, better result uninformative."""
        drug = self.concept.overruled_by
        if not drug or not self.days:
            return []
        return [g.last.day for g in chart.given(drug) if g.last and g.code]

    def _of(self, result: Result, fit: list[Result], chart: Chart) -> Answer:
        if self.comparison:
            return self._compared(result)
        bits = yes_or_no(result.klass in self.classes)
        missing = incomplete(chart, self.needs())
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
        recent = tuple(
            r for r in odd if r.moment is None or self.days is None or r.moment.age(chart.today) <= self.days
        )
        if recent:
            return Answer(UNSURE, self, recent, Reason.NOT_UNDERSTOOD)
        older = tuple(usable(results, bool(self.classes))[-1:])
        return Answer(UNSURE, self, older, Reason.NOT_RECORDED)

    def words(self) -> str:
        asked = self.comparison.words() if self.comparison else f"is {' or '.join(self.classes)}"
        return f"latest {self.concept.name}{_within(self.days)} {asked}"


@dataclass(frozen=True)
class NoResult:
    """There is no usable result in the window: it was looked for, and nothing that counts is there."""

    OPENINGS = ("no",)
    FORMS = ("no RESULT within N days",)
    NOTHING = "none is recorded"

    concept: Concept
    days: int

    @classmethod
    def read(cls, words: Words) -> "NoResult":
        return cls(words.concept(*MEASURED), _window(words, required=True))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.days)

    def ask(self, chart: Chart) -> Answer:
        everything = chart.results(self.concept.name)
        fit = within(
            usable(everything, self.concept.kind != "result" or bool(self.concept.bands)), chart.today, self.days
        )
        if fit:
            return Answer(NO, self, tuple(fit[-1:]))
        missing = incomplete(chart, self.needs())
        if missing:
            return Answer(YES | NO, self, (), Reason.NOT_PROVIDED, missing=missing)
        return Answer(YES, self, tuple(everything[-1:]))

    def words(self) -> str:
        return f"no {self.concept.name} within {self.days} days"


@dataclass(frozen=True)
class Preliminary:
    """A result that is not final yet would be of this class. It never classifies; it may only be a sign."""

    OPENINGS = ("preliminary",)
    FORMS = ("preliminary RESULT within N days is CLASS [or CLASS …]",)

    concept: Concept
    days: int
    classes: tuple[str, ...]

    @classmethod
    def read(cls, words: Words) -> "Preliminary":
        concept, days = words.concept("result", "results"), _window(words, required=True)
        words.expect("is")
        return cls(concept, days, words.classes(_classes(concept, words), concept.name))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.days)

    def ask(self, chart: Chart) -> Answer:
        dated = [r for r in chart.results(self.concept.name) if r.moment and r.status == "preliminary"]
        seen = [r for r in within(dated, chart.today, self.days) if r.klass in self.classes]
        return exists(self, chart, yes_or_no(bool(seen)), seen)

    def words(self) -> str:
        return f"preliminary {self.concept.name} within {self.days} days is {' or '.join(self.classes)}"


@dataclass(frozen=True)
class Unusable:
    """A result in the window cannot be used (unit, status, comparator, date), and no usable one is as new."""

    OPENINGS = ("unusable",)
    FORMS = ("unusable RESULT within N days",)
    NOTHING = "none that is newer than the usable ones"

    concept: Concept
    days: int

    @classmethod
    def read(cls, words: Words) -> "Unusable":
        return cls(words.concept(*MEASURED), _window(words, required=True))

    def needs(self) -> tuple[Need, ...]:
        return _needs(self.concept, self.days)

    def ask(self, chart: Chart) -> Answer:
        results = chart.results(self.concept.name)
        newest = max((r.moment.local for r in usable(results, True)), default=None)
        seen = [r for r in results if (r.fault or r.class_fault) and self._counts(r, newest, chart)]
        missing = incomplete(chart, self.needs())
        if missing:
            # A usable result that is newer may still come, and would make this one unimportant.
            return Answer(YES | NO, self, tuple(seen), Reason.NOT_PROVIDED, missing=missing)
        return Answer(yes_or_no(bool(seen)), self, tuple(seen))

    def _counts(self, result: Result, newest, chart: Chart) -> bool:
        if result.moment is None:
            return True
        return result.moment.age(chart.today) <= self.days and (newest is None or result.moment.local > newest)

    def words(self) -> str:
        return f"unusable {self.concept.name} within {self.days} days"
