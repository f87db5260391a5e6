"""Questions about the person, and about the moment in the workflow: age, deceased, hook."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart, Need
from cdshooks.rules.answers import NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import Question
from cdshooks.rules.verbs.looking import incomplete, unknown, yes_or_no
from cdshooks.rules.words import COMPARISONS, Words
from cdshooks.terms.dates import OLDEST, age_in_years

PATIENT = (Need("Patient"),)
SEXES = ("female", "male")

THE_HOOK = "the hook is "  # how a fact begins that is none of the patient


@dataclass(frozen=True)
class Age(Question):
    """Completed years today; of a partial birth date, counted from its first day."""

    OPENINGS = ("age",)
    FORMS = ("age below|at most|at least|above N years",)

    word: str
    years: int

    @classmethod
    def read(cls, words: Words) -> "Age":
        word, years = words.comparison_word(), words.whole()
        words.expect("years")
        return cls(word, years)

    def needs(self) -> tuple[Need, ...]:
        return PATIENT

    def ask(self, chart: Chart) -> Answer:
        missing = unknown(self, chart)
        if missing:
            return missing
        birth = chart.person.birth if chart.person else None
        years = age_in_years(birth.day, chart.today) if birth else None
        if years is None or not 0 <= years <= OLDEST:
            return Answer(UNSURE, self, (), Reason.NOT_UNDERSTOOD if birth else Reason.NOT_RECORDED)
        below, including = COMPARISONS[self.word]
        inside = (years < self.years or (including and years == self.years)) if below else (
            years > self.years or (including and years == self.years)
        )  # fmt: skip
        return Answer(yes_or_no(inside), self, (f"age {years}",))

    def words(self) -> str:
        return f"age {self.word} {self.years} years"


@dataclass(frozen=True)
class SexIs(Question):
    """The sex that the Patient resource gives; without one, or with any other word, it cannot be told."""

    OPENINGS = ("sex is",)
    FORMS = ("sex is female|male",)

    sex: str

    @classmethod
    def read(cls, words: Words) -> "SexIs":
        return cls(words.one_of(SEXES, "sex"))

    def needs(self) -> tuple[Need, ...]:
        return PATIENT

    def ask(self, chart: Chart) -> Answer:
        missing = unknown(self, chart)
        if missing:
            return missing
        told = chart.person.sex if chart.person else None
        if told not in SEXES:
            return Answer(UNSURE, self, (), Reason.NOT_UNDERSTOOD if told else Reason.NOT_RECORDED)
        return Answer(yes_or_no(told == self.sex), self, (told,))

    def words(self) -> str:
        return f"sex is {self.sex}"


@dataclass(frozen=True)
class Deceased(Question):
    """The Patient resource says that the patient has died."""

    OPENINGS = ("deceased",)
    FORMS = ("deceased",)
    NOTHING = "no death is recorded"

    @classmethod
    def read(cls, words: Words) -> "Deceased":
        return cls()

    def needs(self) -> tuple[Need, ...]:
        return PATIENT

    def ask(self, chart: Chart) -> Answer:
        missing = incomplete(chart, PATIENT)
        if missing:
            return Answer(YES | NO, self, (), Reason.NOT_PROVIDED, missing=missing)
        if chart.person and chart.person.odd:
            return Answer(UNSURE, self, (chart.person.odd,), Reason.NOT_UNDERSTOOD)
        return Answer(yes_or_no(bool(chart.person and chart.person.deceased)), self)

    def words(self) -> str:
        return "deceased"


@dataclass(frozen=True)
class HookIs(Question):
    """The hook that was fired: what the user is just doing."""

    OPENINGS = ("hook is",)
    FORMS = ("hook is HOOK",)

    hook: str

    @classmethod
    def read(cls, words: Words) -> "HookIs":
        return cls(words.one_of(words.vocabulary.hooks, "hook"))

    def needs(self) -> tuple[Need, ...]:
        return ()

    def ask(self, chart: Chart) -> Answer:
        return Answer(YES if chart.hook == self.hook else NO, self, (f"{THE_HOOK}{chart.hook}",))

    def words(self) -> str:
        return f"hook is {self.hook}"
