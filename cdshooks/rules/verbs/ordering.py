"""Time told from the start of a drug's course: before starting, after starting, with no dose since."""

from dataclasses import dataclass
from datetime import date

from cdshooks.chart.chart import Chart, Need
from cdshooks.reading.facts import Order, Result
from cdshooks.rules.answers import NO, UNSURE, YES
from cdshooks.rules.words import Words
from cdshooks.terms.concepts import Concept

# How far back administrations are asked for, to find when a drug was started.
LOOKING_BACK = 456
COURSE = (
    Need("MedicationRequest"),
    Need("MedicationStatement"),
    Need("MedicationDispense"),
    Need("MedicationAdministration", LOOKING_BACK),
)


@dataclass(frozen=True)
class BeforeStarting:
    """`at most 90 days before starting DRUG`: up to and including the day on which the course began"""

    days: int
    drug: Concept

    def needs(self) -> tuple[Need, ...]:
        return COURSE

    def keeps(self, results: list[Result], chart: Chart) -> list[Result]:
        begun = started(self.drug, chart)
        return [r for r in results if begun and 0 <= (begun - r.day).days <= self.days]

    def words(self) -> str:
        return f" and at most {self.days} days before starting {self.drug.name}"


@dataclass(frozen=True)
class AfterStarting:
    """`after starting DRUG`, or `N days or more after starting DRUG`: later than the day on which the course began"""

    days: int
    drug: Concept

    def holds(self, day: date, started: date) -> bool:
        return (day - started).days >= self.days

    def words(self) -> str:
        much = f"{self.days} days or more " if self.days > 1 else ""
        return f" and {much}after starting {self.drug.name}"


@dataclass(frozen=True)
class NoDoseSince:
    """`60 days or more after starting DRUG with no dose since`: the result speaks against what was ordered or given

    The course that reaches today began so many days before the result (without one, the first dose of the last 456
    days did); no dose is on record that day or later, and no active order was written that day or later.
    """

    days: int
    drug: Concept

    @classmethod
    def read(cls, words: Words) -> "NoDoseSince":
        days = words.days()
        words.expect("or more after starting")
        drug = words.concept("drug")
        words.expect("with no dose since")
        return cls(days, drug)

    def needs(self) -> tuple[Need, ...]:
        return COURSE

    def of(self, result: Result, chart: Chart) -> tuple[int, tuple]:
        """Does the result speak against it, and what was seen of the drug?"""
        doses, orders = chart.given(self.drug.name), chart.ordered(self.drug.name)
        since = [d for d in doses if d.last is None or d.last.day >= result.day]
        since += [o for o in orders if o.written is None or o.written.day >= result.day]
        if any(s.code and (s.last or s.written) for s in since):
            return NO, tuple(since)
        begun = started(self.drug, chart) or _first_dose(doses, chart)
        if begun is None or (result.day - begun).days < self.days:
            return NO, ()
        return (UNSURE if since else YES), (*orders, *doses)

    def words(self) -> str:
        return f" and {self.days} days or more after starting {self.drug.name} with no dose since"


def _first_dose(doses: list[Order], chart: Chart) -> date | None:
    counted = (d for d in doses if d.last and (d.code or chart.doubting))
    days = [d.last.day for d in counted if d.last.age(chart.today) <= LOOKING_BACK]
    return min(days, default=None)


def started(drug: Concept, chart: Chart) -> date | None:
    """The day on which the course of the drug that reaches today surely began."""
    first = chart.courses(drug.name).first()
    return first.day if first else None


def read_after(words: Words) -> AfterStarting | None:
    """`and [N days or more] after starting DRUG`, where it comes next."""
    if not words.ahead("and after starting") and not words.ahead("and * days or more after starting"):
        return None
    words.expect("and")
    days = 1
    if not words.ahead("after"):
        days = words.days()
        words.expect("or more")
    words.expect("after starting")
    return AfterStarting(days, words.concept("drug"))
