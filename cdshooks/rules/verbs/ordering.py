"""Time told from the first order of a drug: `before ordering DRUG`, `after ordering DRUG`."""

from dataclasses import dataclass
from datetime import date

from cdshooks.chart.chart import Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.facts import Result
from cdshooks.rules.words import Words


@dataclass(frozen=True)
class BeforeOrdering:
    """`at most 90 days before ordering DRUG`: up to and including the day of the first active order"""

    days: int
    drug: Concept

    def keeps(self, results: list[Result], ordered: date) -> list[Result]:
        return [r for r in results if 0 <= (ordered - r.day).days <= self.days]

    def words(self) -> str:
        return f" and at most {self.days} days before ordering {self.drug.name}"


@dataclass(frozen=True)
class AfterOrdering:
    """`after ordering DRUG`, or `N days or more after ordering DRUG`: later than the day of the first active order"""

    days: int
    drug: Concept

    def holds(self, day: date, ordered: date) -> bool:
        return (day - ordered).days >= self.days

    def words(self) -> str:
        much = f"{self.days} days or more " if self.days > 1 else ""
        return f" and {much}after ordering {self.drug.name}"


ORDERS = (Need("MedicationRequest"),)


def read_after(words: Words) -> AfterOrdering | None:
    """`and [N days or more] after ordering DRUG`, where it comes next."""
    if not words.ahead("and after ordering") and not words.ahead("and * days or more after ordering"):
        return None
    words.expect("and")
    days = 1
    if not words.ahead("after"):
        days = words.days()
        words.expect("or more")
    words.expect("after ordering")
    return AfterOrdering(days, words.concept("drug"))
