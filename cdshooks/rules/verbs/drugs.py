"""Questions about drugs: drafting, also drafting, taking, given, started."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.courses import Courses
from cdshooks.reading.facts import Order
from cdshooks.rules.answers import AND, ANY, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.asking import OfDrafts, OfRecord
from cdshooks.rules.verbs.clauses import (
    AtIntervals,
    ByRoute,
    DosedIn,
    ForMonths,
    Holding,
    OtherThan,
    WithDose,
    WrittenBefore,
    WrittenWithin,
    by_administration,
    read_clauses,
)
from cdshooks.rules.verbs.looking import any_of, exists, possibly_one, yes_or_no
from cdshooks.rules.verbs.ordering import COURSE
from cdshooks.rules.words import Words
from cdshooks.terms.concepts import Concept


def _bits(order: Order, question, chart: Chart) -> int:
    """Is this order such a one?"""
    if by_administration(question.clauses):
        return any_of(_holds(part, question, chart) for part in chart.administrations(order))
    return _holds(order, question, chart)


def _holds(order: Order, question, chart: Chart) -> int:
    can = YES if question.BY_NAME else possibly_one(order, chart)
    for clause in question.clauses:
        can = AND[can][_clause(clause, order, chart)]
    return can


def _clause(clause, order: Order, chart: Chart) -> int:
    """What a product that is not known may be: asked in doubt, of any strength, by any route."""
    can = clause.of(order, chart)
    return ANY if chart.of_any_strength and order.doubt and can == UNSURE else can


def _among(question, orders: list[Order], chart: Chart) -> Answer:
    if not orders:
        return exists(question, chart, NO, ())
    each = [(order, _bits(order, question, chart)) for order in orders]
    bits = any_of(can for _, can in each)
    seen = [order for order, can in each if can == bits] if bits != NO else orders
    return exists(question, chart, bits, seen, Reason.NOT_UNDERSTOOD)


@dataclass(frozen=True)
class Drafting(OfDrafts):
    """Such a drug is among the orders that the call is about.

    Asked by route, a single dose goes by the route of its own dosage entry, and between two limits it is that of one
    entry; all else is asked of the order as a whole. `not surely by` counts a route that nobody tells.
    """

    OPENINGS = ("drafting",)
    FORMS = (
        "drafting DRUG [other than DRUG] [holding DRUG] [[not [surely]] by ROUTE]"
        " [with daily|weekly|single|total|written dose below|at most|at least|above N UNIT [and below|at most N UNIT]]"
        " [dosed in KIND] [at intervals below|at most|at least|above N days]",
    )
    NOTHING = "no such draft"
    JUDGED_ONLY = True
    BY_NAME = False  # words alone are not enough to be sure

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words):
        clauses = (OtherThan, Holding, ByRoute, WithDose, DosedIn, AtIntervals)
        return cls(words.concept("drug"), read_clauses(words, clauses))

    def needs(self) -> tuple[Need, ...]:
        return ()

    def is_of_drafts_alone(self) -> bool:
        """With `other than` and `holding` a row of the record that has the draft's name counts."""
        return not any(isinstance(clause, OtherThan | Holding) for clause in self.clauses)

    def ask(self, chart: Chart) -> Answer:
        answer = _among(self, chart.drafts(self.concept.name, self.JUDGED_ONLY), chart)
        unread = chart.unread_drafts(self.JUDGED_ONLY)
        if answer.holds or not unread:
            return answer
        if perhaps := chart.perhaps_drafted(self.concept.name, unread):
            can = UNSURE if answer.can == NO else answer.can
            return replace(answer, can=can, seen=perhaps, reason=Reason.NOT_UNDERSTOOD)
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
class Taking(OfRecord):
    """An active order, a statement that the drug is taken, or a dispense in use; with `written within`, orders only.

    An active order counts however old it is, unless `written within` says otherwise. A dispense is in use for 120 days,
    or for as long as it says. `for N months` asks when the course began: see `started`.
    """

    OPENINGS = ("taking",)
    FORMS = (
        "taking DRUG [other than DRUG] [[not] by ROUTE] [with … dose …] [for N months] [written within N days]"
        " [written at least N days ago] [at intervals … days]",
    )
    NOTHING = "no active order, statement or dispense"
    BY_NAME = False
    may_be_unsure = True

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Taking":
        clauses = (OtherThan, ByRoute, WithDose, ForMonths, WrittenWithin, WrittenBefore, AtIntervals)
        return cls(words.concept("drug"), read_clauses(words, clauses))

    @property
    def orders_only(self) -> bool:
        return any(isinstance(clause, WrittenWithin | WrittenBefore) for clause in self.clauses)

    def needs(self) -> tuple[Need, ...]:
        if self.orders_only:
            return (Need("MedicationRequest"),)
        more = COURSE if any(isinstance(clause, ForMonths) for clause in self.clauses) else ()
        return (Need("MedicationRequest"), Need("MedicationStatement"), Need("MedicationDispense"), *more)

    def ask(self, chart: Chart) -> Answer:
        orders = chart.ordered(self.concept.name)
        if not self.orders_only:
            orders = orders + chart.stated(self.concept.name) + chart.dispensed(self.concept.name)
        return _among(self, orders, chart)

    def words(self) -> str:
        return f"taking {self.concept.name}{''.join(c.words() for c in self.clauses)}"


@dataclass(frozen=True)
class OnHold(OfRecord):
    """An order or a statement of the drug is on hold: it may go on any day, and is no treatment today."""

    OPENINGS = ("on hold",)
    FORMS = ("on hold DRUG",)
    NOTHING = "none is on hold"
    BY_NAME = False
    may_be_unsure = True
    clauses = ()

    concept: Concept

    @classmethod
    def read(cls, words: Words) -> "OnHold":
        return cls(words.concept("drug"))

    def needs(self) -> tuple[Need, ...]:
        return (Need("MedicationRequest"), Need("MedicationStatement"))

    def ask(self, chart: Chart) -> Answer:
        return _among(self, chart.held_back(self.concept.name), chart)

    def words(self) -> str:
        return f"on hold {self.concept.name}"


@dataclass(frozen=True)
class Given(OfRecord):
    """The drug was had, at last within so many days: an administration, a statement, a dispense, a completed order."""

    OPENINGS = ("given",)
    FORMS = ("given DRUG [[not] by ROUTE] [with … dose …] within N days",)
    NOTHING = "no dose is recorded"
    BY_NAME = False
    may_be_unsure = True

    concept: Concept
    days: int
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Given":
        concept, clauses = words.concept("drug"), read_clauses(words, (ByRoute, WithDose))
        words.expect("within")
        return cls(concept, words.days(), clauses)

    def needs(self) -> tuple[Need, ...]:
        whole = (Need("MedicationRequest"), Need("MedicationStatement"), Need("MedicationDispense"))
        return (Need("MedicationAdministration", self.days), *whole)

    def ask(self, chart: Chart) -> Answer:
        given = chart.given(self.concept.name)
        recent = [g for g in given if g.last and g.last.age(chart.today) <= self.days]
        undated = [g for g in given if g.last is None and _bits(g, self, chart) != NO]
        answer = _among(self, recent, chart)
        if answer.can == NO and undated:
            return exists(self, chart, UNSURE, undated, Reason.NOT_RECORDED)
        return answer if recent else replace(answer, seen=tuple(given[:3]))

    def words(self) -> str:
        return f"given {self.concept.name}{''.join(c.words() for c in self.clauses)} within {self.days} days"


@dataclass(frozen=True)
class Started(OfRecord):
    """The course that reaches today began so many days ago, or longer.

    A course is made of orders of any status but draft, cancelled and entered in error, of statements and of dispenses,
    without a gap of more than 180 days; what has no end lasts 365 days. It reaches today by an active order or
    statement, a dispense in use, or what was completed within 120 days.
    """

    OPENINGS = ("started",)
    FORMS = ("started DRUG at least N days ago",)
    NOTHING = "no course that reaches today"
    may_be_unsure = True

    concept: Concept
    days: int

    @classmethod
    def read(cls, words: Words) -> "Started":
        concept = words.concept("drug")
        words.expect("at least")
        days = words.days()
        words.expect("ago")
        return cls(concept, days)

    def needs(self) -> tuple[Need, ...]:
        return COURSE

    def ask(self, chart: Chart) -> Answer:
        course = chart.courses(self.concept.name)
        each = [(order, AND[possibly_one(order, chart)][self._of(order, course, chart)]) for order in course.running]
        bits = any_of(can for _, can in each)
        return exists(self, chart, bits, [order for order, can in each if can == bits], Reason.NOT_RECORDED)

    def _of(self, order: Order, course: Courses, chart: Chart) -> int:
        start, earliest = course.start(order), course.earliest(order)
        if start and start.age(chart.today) >= self.days:
            return YES
        return yes_or_no(False) if earliest and earliest.age(chart.today) < self.days else UNSURE

    def words(self) -> str:
        return f"started {self.concept.name} at least {self.days} days ago"
