"""What may be said more closely of a drug: its route, dose, unit, interval, how long, and when it was written."""

from dataclasses import dataclass

from cdshooks.chart.chart import Chart
from cdshooks.reading.facts import Order
from cdshooks.rules.answers import NO, UNSURE, YES
from cdshooks.rules.verbs.looking import told, yes_or_no
from cdshooks.rules.words import COMPARISONS, Comparison, Words
from cdshooks.terms.concepts import Concept
from cdshooks.terms.dates import Moment, add_months

# Which of an order's doses each form means, and how many of them.
DOSES = {
    "daily": ("daily", 1), "weekly": ("daily", 7), "single": ("single", 1), "total": ("daily", 1), "written": ("", 1),
}  # fmt: skip


@dataclass(frozen=True)
class ByRoute:
    """`by parenteral`: one of the order's entries is; `not by parenteral`: one of them is not. `not surely by
    parenteral`: one of them is not, or nobody tells by which route
    """

    route: str
    negated: bool = False
    untold: bool = False  # a route that nobody tells counts

    def of(self, order: Order, chart: Chart) -> int:
        routes = chart.routes(order)
        if not routes:
            return told(True if self.untold else None)
        return told(any((self.route in each) is not self.negated for each in routes))

    def words(self) -> str:
        return f" {'not ' if self.negated else ''}{'surely ' if self.untold else ''}by {self.route}"


@dataclass(frozen=True)
class WithDose:
    """`with daily dose at least 1 mg`, `with single dose above 10 mg and below 2500 mg`. A total is that of a day, of
    all drafts of the drug together; a written dose is the one that stands behind the drug's name in words, and without
    such words there is none.
    """

    form: str
    comparison: Comparison
    upper: Comparison | None = None

    def of(self, order: Order, chart: Chart) -> int:
        times = DOSES[self.form][1]
        amount = self._amount(order, chart)
        if amount is None:
            return NO if self.form == "written" else UNSURE
        limits = (self.comparison, self.upper) if self.upper else (self.comparison,)
        return yes_or_no(all(limit.holds(amount * times) for limit in limits))

    def _amount(self, order: Order, chart: Chart):
        if self.form == "written":
            return chart.written_dose(order)
        if self.form == "total":
            return chart.drafted_daily(order.concept)
        return getattr(chart.dose(order), DOSES[self.form][0])

    def words(self) -> str:
        return f" with {self.form} dose {' and '.join(c.words() for c in (self.comparison, self.upper) if c)}"


@dataclass(frozen=True)
class ForMonths:
    """`for 4 months`: its course began so many calendar months ago, or longer; cannot tell where it may have"""

    months: int

    def of(self, order: Order, chart: Chart) -> int:
        course = chart.courses(order.concept)
        if self._is_long(course.start(order), chart):
            return YES
        if order.start is None and order.written is None:
            return UNSURE  # when it was last had, or somebody said so, is not when it began
        return UNSURE if self._is_long(course.earliest(order), chart) else NO

    def _is_long(self, start: Moment | None, chart: Chart) -> bool:
        return start is not None and add_months(start.day, self.months) <= chart.today

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
class WrittenBefore:
    """`written at least 14 days ago`: of orders only; one without a date cannot be told"""

    days: int

    def of(self, order: Order, chart: Chart) -> int:
        return told(order.written.age(chart.today) >= self.days if order.written else None)

    def words(self) -> str:
        return f" written at least {self.days} days ago"


@dataclass(frozen=True)
class DosedIn:
    """`dosed in international`: an amount is written in such a kind of unit"""

    kind: str

    def of(self, order: Order, chart: Chart) -> int:
        return yes_or_no(self.kind in chart.dose(order).kinds)

    def words(self) -> str:
        return f" dosed in {self.kind}"


@dataclass(frozen=True)
class OtherThan:
    """`other than DRUG`: not one that is, or may be by its words, of this narrower list as well"""

    drug: Concept

    def of(self, order: Order, chart: Chart) -> int:
        return yes_or_no(not chart.is_listed(order.ref, self.drug.name))

    def words(self) -> str:
        return f" other than {self.drug.name}"


@dataclass(frozen=True)
class Holding:
    """`holding DRUG`: a product of several drugs that is, or may be by its words, of this list as well"""

    drug: Concept

    def of(self, order: Order, chart: Chart) -> int:
        return yes_or_no(chart.is_listed(order.ref, self.drug.name))

    def words(self) -> str:
        return f" holding {self.drug.name}"


@dataclass(frozen=True)
class AtIntervals:
    """`at intervals above 92 days`: from one dose to the next; of several dosage entries the one that speaks for it"""

    word: str
    days: int

    def of(self, order: Order, chart: Chart) -> int:
        below, including = COMPARISONS[self.word]
        dose = chart.dose(order)
        interval = dose.shortest if below else dose.interval
        if interval is None:
            return UNSURE
        return yes_or_no(
            (including and interval == self.days) or (interval < self.days if below else interval > self.days)
        )

    def words(self) -> str:
        return f" at intervals {self.word} {self.days} days"


def by_administration(clauses: tuple) -> bool:
    """Whether they ask of one administration: a single dose that goes by a route, or lies between two."""
    single = [clause for clause in clauses if isinstance(clause, WithDose) and clause.form == "single"]
    return any(clause.upper or any(isinstance(other, ByRoute) for other in clauses) for clause in single)


def read_clauses(words: Words, kinds: tuple[type, ...]) -> tuple:
    """The clauses that follow a drug, in any order, each at most once."""
    clauses: list = []
    while (clause := _read_clause(words, kinds)) is not None:
        if any(type(clause) is type(c) for c in clauses):
            raise words.wrong("the same kind of clause stands here twice")
        clauses.append(clause)
    return tuple(clauses)


def _upper(words: Words) -> Comparison | None:
    """`and below 2500 mg`, behind the first limit."""
    if not (words.ahead("and below") or words.ahead("and at most")):
        return None
    words.expect("and")
    return words.comparison(words.vocabulary.doses, "a dose")


def _read_clause(words: Words, kinds: tuple[type, ...]):
    if ByRoute in kinds and (words.accept("by") or words.ahead("not by") or words.ahead("not surely by")):
        untold = words.accept("not surely by")
        negated = untold or words.accept("not by")
        return ByRoute(words.one_of(words.vocabulary.routes, "route"), negated, untold)
    if WithDose in kinds and words.accept("with"):
        form = words.one_of(DOSES, "form of dose")
        words.expect("dose")
        return WithDose(form, words.comparison(words.vocabulary.doses, "a dose"), _upper(words))
    if OtherThan in kinds and words.accept("other than"):
        return OtherThan(words.concept("drug"))
    if Holding in kinds and words.accept("holding"):
        return Holding(words.concept("drug"))
    if DosedIn in kinds and words.accept("dosed in"):
        return DosedIn(words.one_of(words.vocabulary.dose_kinds, "kind of dose unit"))
    if AtIntervals in kinds and words.accept("at intervals"):
        return AtIntervals(words.comparison_word(), words.days())
    if ForMonths in kinds and words.accept("for"):
        months = words.whole()
        words.expect("months")
        return ForMonths(months)
    if WrittenBefore in kinds and words.accept("written at least"):
        days = words.days()
        words.expect("ago")
        return WrittenBefore(days)
    if WrittenWithin in kinds and words.accept("written within"):
        return WrittenWithin(words.days())
    return None
