"""Time told from the start of a drug's course: `before starting DRUG`, `after starting DRUG`."""

from dataclasses import dataclass
from datetime import date

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.facts import Result
from cdshooks.rules.words import Words

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

    def keeps(self, results: list[Result], started: date) -> list[Result]:
        return [r for r in results if 0 <= (started - r.day).days <= self.days]

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
