"""Questions about drugs: drafting, also drafting, taking, given."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart, Need
from cdshooks.chart.concepts import Concept
from cdshooks.chart.dates import add_months
from cdshooks.chart.facts import Order
from cdshooks.rules.answers import AND, NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.verbs.looking import any_of, exists, told, yes_or_no
from cdshooks.rules.words import COMPARISONS, Comparison, Words

DOSES = {"daily": ("daily", 1), "weekly": ("daily", 7), "single": ("single", 1)}


@dataclass(frozen=True)
class ByRoute:
    """`by parenteral`"""

    route: str

    def of(self, order: Order, chart: Chart) -> int:
        routes = chart.routes(order)
        return told(self.route in routes if routes else None)

    def words(self) -> str:
        return f" by {self.route}"


@dataclass(frozen=True)
class WithDose:
    """`with daily dose at least 1 mg`"""

    form: str
    comparison: Comparison

    def of(self, order: Order, chart: Chart) -> int:
        name, times = DOSES[self.form]
        amount = getattr(chart.dose(order), name)
        if amount is None:
            return UNSURE
        below, including = self.comparison.sides
        amount, limit = amount * times, self.comparison.limit
        return yes_or_no((including and amount == limit) or (amount < limit if below else amount > limit))

    def words(self) -> str:
        return f" with {self.form} dose {self.comparison.words()}"


@dataclass(frozen=True)
class ForMonths:
    """`for 4 months`: begun so many calendar months ago, or longer"""

    months: int

    def of(self, order: Order, chart: Chart) -> int:
        return told(add_months(order.start.day, self.months) <= chart.today if order.start else None)

    def words(self) -> str:
        return f" for {self.months} months"


@dataclass(frozen=True)
class WrittenWithin:
    """`written within 456 days`: of orders only; one without a date cannot be told"""

    days: int

    def of(self, order: Order, chart: Chart) -> int:
        return told(order.written.age(chart.today) <= self.days if order.written else None)

    def words(self) -> str:
        return f" written within {self.days} days"


@dataclass(frozen=True)
class DosedIn:
    """`dosed in international`: an amount is written in such a kind of unit"""

    kind: str

    def of(self, order: Order, chart: Chart) -> int:
        return yes_or_no(self.kind in chart.dose(order).kinds)

    def words(self) -> str:
        return f" dosed in {self.kind}"


@dataclass(frozen=True)
class AtIntervals:
    """`at intervals above 92 days`: from one dose to the next"""

    word: str
    days: int

    def of(self, order: Order, chart: Chart) -> int:
        interval = chart.dose(order).interval
        if interval is None:
            return UNSURE
        below, including = COMPARISONS[self.word]
        return yes_or_no(
            (including and interval == self.days) or (interval < self.days if below else interval > self.days)
        )

    def words(self) -> str:
        return f" at intervals {self.word} {self.days} days"


def _read_clauses(words: Words, kinds: tuple[type, ...]) -> tuple:
    """The clauses that follow a drug, in any order, each at most once."""
    clauses: list = []
    while (clause := _read_clause(words, kinds)) is not None:
        if any(type(clause) is type(c) for c in clauses):
            raise words.wrong("the same kind of clause stands here twice")
        clauses.append(clause)
    return tuple(clauses)


def _read_clause(words: Words, kinds: tuple[type, ...]):
    if ByRoute in kinds and words.accept("by"):
        return ByRoute(words.one_of(words.vocabulary.routes, "route"))
    if WithDose in kinds and words.accept("with"):
        form = words.one_of(DOSES, "form of dose")
        words.expect("dose")
        return WithDose(form, words.comparison(words.vocabulary.doses, "a dose"))
    if DosedIn in kinds and words.accept("dosed in"):
        return DosedIn(words.one_of(words.vocabulary.dose_kinds, "kind of dose unit"))
    if AtIntervals in kinds and words.accept("at intervals"):
        return AtIntervals(words.comparison_word(), words.days())
    if ForMonths in kinds and words.accept("for"):
        months = words.whole()
        words.expect("months")
        return ForMonths(months)
    if WrittenWithin in kinds and words.accept("written within"):
        return WrittenWithin(words.days())
    return None


def _bits(order: Order, question, chart: Chart) -> int:
    """Is this order such a one? What words alone are worth, the verb says."""
    can = YES if order.code else question.WORDS_ONLY
    for clause in question.clauses:
        can = AND[can][clause.of(order, chart)]
    return can


def _among(question, orders: list[Order], chart: Chart) -> Answer:
    each = [(order, _bits(order, question, chart)) for order in orders]
    bits = any_of(can for _, can in each)
    seen = [order for order, can in each if can == bits] if bits != NO else orders
    return exists(question, chart, bits, seen, Reason.NOT_UNDERSTOOD)


@dataclass(frozen=True)
class Drafting:
    """Such a drug is among the orders that the call is about."""

    OPENINGS = ("drafting",)
    FORMS = (
        "drafting DRUG [by ROUTE] [with daily|weekly|single dose below|at most|at least|above N UNIT]"
        " [dosed in KIND] [at intervals below|at most|at least|above N days]",
    )
    NOTHING = "no such draft"
    # A draft in words only may be what it says: somebody is looking at it now and can answer.
    WORDS_ONLY = UNSURE
    JUDGED_ONLY = True

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words):
        return cls(words.concept("drug"), _read_clauses(words, (ByRoute, WithDose, DosedIn, AtIntervals)))

    def needs(self) -> tuple[Need, ...]:
        return ()

    def ask(self, chart: Chart) -> Answer:
        return _among(self, chart.drafts(self.concept.name, self.JUDGED_ONLY), chart)

    def words(self) -> str:
        return f"{self.OPENINGS[0]} {self.concept.name}{''.join(c.words() for c in self.clauses)}"


@dataclass(frozen=True)
class AlsoDrafting(Drafting):
    """Such a drug is among all drafts of the same sitting, whether the call is about them or not."""

    OPENINGS = ("also drafting",)
    FORMS = ("also drafting DRUG [by ROUTE] [with … dose …]",)
    JUDGED_ONLY = False


@dataclass(frozen=True)
class Taking:
    """An active order, or a statement that the drug is being taken; with `written within`, orders only.

    An active order counts however old it is, unless `written within` says otherwise.
    """

    OPENINGS = ("taking",)
    FORMS = ("taking DRUG [by ROUTE] [with … dose …] [for N months] [written within N days]",)
    NOTHING = "no active order or statement"
    # Words alone never count as a drug that is taken: that would silence cards.
    WORDS_ONLY = NO
    may_be_unsure = True

    concept: Concept
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Taking":
        return cls(words.concept("drug"), _read_clauses(words, (ByRoute, WithDose, ForMonths, WrittenWithin)))

    @property
    def orders_only(self) -> bool:
        return any(isinstance(clause, WrittenWithin) for clause in self.clauses)

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
    FORMS = ("given DRUG [by ROUTE] within N days",)
    NOTHING = "no dose is recorded"
    WORDS_ONLY = NO
    may_be_unsure = True

    concept: Concept
    days: int
    clauses: tuple = ()

    @classmethod
    def read(cls, words: Words) -> "Given":
        concept, clauses = words.concept("drug"), _read_clauses(words, (ByRoute,))
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
