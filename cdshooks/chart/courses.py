"""Courses of a drug: orders, statements and dispenses that follow each other without a long gap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from cdshooks.reading.facts import Order
from cdshooks.terms.concepts import CourseRules
from cdshooks.terms.dates import Moment


class Courses:
    """The courses of one drug. `running` are the members that reach today: what is active, and what is fresh.

    A course is asked for twice: as it surely is (of the `sure` members, each end as written or, without one, after so
    many days), and as it may be (words alone count, and what has no written end may have gone on until the next).
    """

    def __init__(
        self,
        members: Iterable[Order],
        sure: Iterable[Order],
        running: Iterable[Order],
        rules: CourseRules,
        today: date,
    ):
        members = tuple(members)
        self.running = tuple(running)
        active = {id(order) for order in self.running}
        self._first: list[Moment | None] = []
        self._sure = _starts(_spans(sure, active, rules, today), rules.gap)
        self._maybe = _starts(_spans(members, active, rules, today, open_ended=True), rules.gap)

    def start(self, order: Order) -> Moment | None:
        """When the course of this member surely began; None where its own start is not known."""
        return self._sure.get(id(order))

    def earliest(self, order: Order) -> Moment | None:
        """When the course of this member may have begun."""
        return self._maybe.get(id(order))

    def first(self) -> Moment | None:
        """The earliest sure start among the courses that reach today."""
        if not self._first:  # asked once for each result
            starts = [start for order in self.running if (start := self.start(order))]
            self._first.append(min(starts, key=lambda start: start.local, default=None))
        return self._first[0]


@dataclass(frozen=True, slots=True)
class _Span:
    order: Order
    begun: Moment
    end: date


def begun(order: Order) -> Moment | None:
    """When a member began."""
    return order.start or order.written or order.last


def _spans(members, active: set[int], rules: CourseRules, today: date, open_ended: bool = False) -> Iterator[_Span]:
    for order in members:
        start = begun(order)
        if start:
            yield _Span(order, start, _end(order, start, id(order) in active, rules, today, open_ended))


def _end(order: Order, start: Moment, active: bool, rules: CourseRules, today: date, open_ended: bool) -> date:
    if order.ends:
        return max(order.ends.day, start.day)
    usual = start.day + timedelta(days=rules.lasts)
    if active:
        return max(usual, today)
    return today if open_ended and order.status != "stopped" else usual


def _starts(spans: Iterable[_Span], gap: int) -> dict[int, Moment]:
    """Of each member the start of its course."""
    found: dict[int, Moment] = {}
    start: Moment | None = None
    end: date | None = None
    for each in sorted(spans, key=lambda span: (span.begun.local, span.end)):
        if start is None or end is None or (each.begun.day - end).days > gap:
            start, end = each.begun, each.end
        found[id(each.order)], end = start, max(end, each.end)
    return found
