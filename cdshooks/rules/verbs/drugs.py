"""Questions about drugs: drafting, also drafting, taking, given, first ordered."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.facts import Order
from cdshooks.rules.answers import AND, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.verbs.clauses import (
    AtIntervals,
    ByRoute,
    DosedIn,
    ForMonths,
    WithDose,
    WrittenBefore,
    WrittenWithin,
    by_administration,
    read_clauses,
)
from cdshooks.rules.verbs.looking import any_of, exists, possibly_one, yes_or_no
from cdshooks.rules.words import Words


def _bits(order: Order, question, chart: Chart) -> int:
    """Is this order such a one?"""
    if by_administration(question.clauses):
        return any_of(_holds(part, question, chart) for part in chart.administrations(order))
    return _holds(order, question, chart)


def _holds(order: Order, question, chart: Chart) -> int:
    can = YES if question.BY_NAME else possibly_one(order, chart)
    for clause in question.clauses:
        can = AND[can][clause.of(order, chart)]
    return can


def _among(question, orders: list[Order], chart: Chart) -> Answer:
    if not orders:
        return exists(question, chart, NO, ())
    each = [(order, _bits(order, question, chart)) for order in orders]
    bits = any_of(can for _, can in each)
    seen = [order for order, can in each if can == bits] if bits != NO else orders
    return exists(question, chart, bits, seen, Reason.NOT_UNDERSTOOD)


@dataclass(frozen=True)
class Drafting:
    """Such a drug is among the orders that the call is about.

    Asked by route, a single dose goes by the route of its own dosage entry; all else is asked of the order as a whole.
    """

    OPENINGS = ("drafting",)
    FORMS = (
        "drafting DRUG [[not] by ROUTE]"
        " [with daily|weekly|single|total|written dose below|at most|at least|above N UNIT]"
        " [dosed in KIND] [at intervals below|at most|at least|above N days]",
    )
    NOTHING = "no such draft"
    JUDGED_ONLY = True
    BY_NAME = False  # words alone are not enough to be sure

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words):
        return cls(words.concept("drug"), read_clauses(words, (ByRoute, WithDose, DosedIn, AtIntervals)))

    def needs(self) -> tuple[Need, ...]:
        return ()

    def ask(self, chart: Chart) -> Answer:
        answer = _among(self, chart.drafts(self.concept.name, self.JUDGED_ONLY), chart)
        unread = chart.unread_drafts(self.JUDGED_ONLY)
        if answer.holds or not unread:
            return answer
        # Which drug these drafts are of, nobody knows: this one, for all we know.
        return replace(answer, can=answer.can | YES | UNSURE, reason=Reason.NOT_PROVIDED, missing=unread)

    def words(self) -> str:
        return f"{self.OPENINGS[0]} {self.concept.name}{''.join(c.words() for c in self.clauses)}"


@dataclass(frozen=True)
class PerhapsDrafting(Drafting):
    """Such a drug, or one that may be it by its words, is among the orders that the call is about."""

    OPENINGS = ("perhaps drafting",)
    FORMS = ("perhaps drafting DRUG [[not] by ROUTE] [with … dose …] …",)
    BY_NAME = True


@dataclass(frozen=True)
class AlsoDrafting(Drafting):
    """Such a drug is among all drafts of the same sitting, whether the call is about them or not."""

    OPENINGS = ("also drafting",)
    FORMS = ("also drafting DRUG [[not] by ROUTE] [with … dose …]",)
    JUDGED_ONLY = False


@dataclass(frozen=True)
class Taking:
    """An active order, or a statement that the drug is being taken; with `written within`, orders only.

    An active order counts however old it is, unless `written within` says otherwise.
    """

    OPENINGS = ("taking",)
    FORMS = (
        "taking DRUG [[not] by ROUTE] [with … dose …] [for N months] [written within N days]"
        " [written at least N days ago] [at intervals … days]",
    )
    NOTHING = "no active order or statement"
    BY_NAME = False
    may_be_unsure = True

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Taking":
        clauses = (ByRoute, WithDose, ForMonths, WrittenWithin, WrittenBefore, AtIntervals)
        return cls(words.concept("drug"), read_clauses(words, clauses))

    @property
    def orders_only(self) -> bool:
        return any(isinstance(clause, WrittenWithin | WrittenBefore) for clause in self.clauses)

    def needs(self) -> tuple[Need, ...]:
        statements = () if self.orders_only else (Need("MedicationStatement"),)
        return (Need("MedicationRequest"), *statements)

    def ask(self, chart: Chart) -> Answer:
        orders = chart.ordered(self.concept.name)
        if not self.orders_only:
            orders = orders + chart.stated(self.concept.name)
        return _among(self, orders, chart)

    def words(self) -> str:
        return f"taking {self.concept.name}{''.join(c.words() for c in self.clauses)}"


@dataclass(frozen=True)
class Given:
    """The drug was given (administration) or had (statement), at last within so many days."""

    OPENINGS = ("given",)
    FORMS = ("given DRUG [[not] by ROUTE] within N days",)
    NOTHING = "no dose is recorded"
    BY_NAME = False
    may_be_unsure = True

    concept: Concept
    days: int
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Given":
        concept, clauses = words.concept("drug"), read_clauses(words, (ByRoute,))
        words.expect("within")
        return cls(concept, words.days(), clauses)

    def needs(self) -> tuple[Need, ...]:
        return (Need("MedicationAdministration", self.days), Need("MedicationStatement"))

    def ask(self, chart: Chart) -> Answer:
        given = chart.given(self.concept.name)
        recent = [g for g in given if g.last and g.last.age(chart.today) <= self.days]
        answer = _among(self, recent, chart)
        return answer if recent else replace(answer, seen=tuple(given[:3]))

    def words(self) -> str:
        return f"given {self.concept.name}{''.join(c.words() for c in self.clauses)} within {self.days} days"


@dataclass(frozen=True)
class FirstOrdered:
    """The first of the active orders of the drug was so many days ago, or longer."""

    OPENINGS = ("first ordered",)
    FORMS = ("first ordered DRUG at least N days ago",)
    NOTHING = "no active order with a date"
    may_be_unsure = True

    concept: Concept
    days: int

    @classmethod
    def read(cls, words: Words) -> "FirstOrdered":
        concept = words.concept("drug")
        words.expect("at least")
        days = words.days()
        words.expect("ago")
        return cls(concept, days)

    def needs(self) -> tuple[Need, ...]:
        return (Need("MedicationRequest"),)

    def ask(self, chart: Chart) -> Answer:
        first = chart.first_ordered(self.concept.name)
        orders = [o for o in chart.ordered(self.concept.name) if o.start == first]
        undated = UNSURE if chart.ordered(self.concept.name) else NO
        bits = yes_or_no(first.age(chart.today) >= self.days) if first else undated
        return exists(self, chart, bits, orders, Reason.NOT_RECORDED)

    def words(self) -> str:
        return f"first ordered {self.concept.name} at least {self.days} days ago"
