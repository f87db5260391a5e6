"""What of a chart is drawn: results in panels, each with the bands of its own unit and laboratory; drugs in lanes.

Nothing here knows which results or drugs these are: they are those of the content that the chart holds.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cdshooks.chart.chart import Chart
from cdshooks.reading.facts import Order, Result
from cdshooks.terms.concepts import Band, Concept

MOST_POINTS = 400  # of a panel, the latest: more cannot be told apart
MOST_LANES = 8
ORDERED, STATED, GIVEN, DISPENSED = "ordered", "stated", "given", "dispensed"
_KINDS = {
    "MedicationRequest": ORDERED,
    "MedicationStatement": STATED,
    "MedicationAdministration": GIVEN,
    "MedicationDispense": DISPENSED,
}


@dataclass(frozen=True, slots=True)
class Stripe:
    """A class of results between two cut-offs (None: no end), from the worst (0) to the best."""

    name: str
    low: float | None
    high: float | None
    tone: str


@dataclass(frozen=True, slots=True)
class Span:
    """The stripes that hold from a day on; `says` tells whose cut-offs they are, where they are not everybody's."""

    since: date | None
    stripes: tuple[Stripe, ...]
    says: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """One result: `value` in the panel's unit (None where there is no number), `text` as it was written."""

    day: date
    value: float | None
    text: str
    klass: str
    tone: str
    fault: str
    ref: str
    bound: str = ""


@dataclass(frozen=True)
class Panel:
    """One analyte in one kind of unit."""

    label: str
    unit: str
    points: tuple[Point, ...]
    spans: tuple[Span, ...] = ()
    note: str = ""
    left_out: int = 0  # earlier ones, beyond `MOST_POINTS`


@dataclass(frozen=True, slots=True)
class Had:
    """A drug over some days, or on one: ordered, stated, given or dispensed. `until` is None while it goes on."""

    kind: str
    since: date
    until: date | None
    text: str
    ref: str


@dataclass(frozen=True)
class Lane:
    """What was had of one drug."""

    label: str
    had: tuple[Had, ...]


@dataclass(frozen=True)
class Timeline:
    """All that is drawn of one patient up to a day; `left_out` says of what has no place in the picture, and why."""

    today: date
    panels: tuple[Panel, ...] = ()
    lanes: tuple[Lane, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def since(self) -> date:
        """The day of the first thing that is drawn."""
        days = [point.day for panel in self.panels for point in panel.points]
        return min([*days, *(had.since for lane in self.lanes for had in lane.had)], default=self.today)


def timeline(chart: Chart) -> Timeline:
    """Everything in the chart that can be drawn, in the order in which the content has it."""
    panels = tuple(panel for name in _results(chart) for panel in _panels(chart, name))
    lanes, undated_drugs = _lanes(chart)
    undated = Counter(chart.concepts.by_name[n].label for n in _results(chart) for r in chart.results(n) if not r.day)
    left_out = [f"{label}: {number} without a date" for label, number in (undated + undated_drugs).items()]
    left_out += [f"{lane.label}: {len(lane.had)}, for which there is no room" for lane in lanes[MOST_LANES:]]
    lanes = lanes[:MOST_LANES]
    left_out += [f"{one.label}: {len(one.had) - MOST_POINTS} earlier" for one in lanes if len(one.had) > MOST_POINTS]
    shown = tuple(replace(lane, had=lane.had[-MOST_POINTS:]) for lane in lanes)
    return Timeline(chart.today, panels, shown, tuple(left_out))


def _results(chart: Chart) -> Iterable[str]:
    return (name for name, concept in chart.concepts.by_name.items() if concept.kind == "result")


def _panels(chart: Chart, name: str) -> Iterable[Panel]:
    """A panel for each kind of unit: units of two kinds share no cut-off, and so no axis."""
    concept = chart.concepts.by_name[name]
    by_kind: dict[str, list[Result]] = {}
    without: list[Result] = []
    for result in sorted((r for r in chart.results(name) if r.day), key=lambda r: (r.moment.local, r.ref)):
        if result.amount:
            by_kind.setdefault(result.amount.kind, []).append(result)
        else:
            without.append(result)
    if without and not by_kind:
        by_kind[next(iter(concept.unit_names), "")] = []
    for number, (kind, results) in enumerate(by_kind.items()):
        shown = sorted([*results, *(without if number == 0 else ())], key=lambda r: (r.moment.local, r.ref))
        points = tuple(_point(result, concept) for result in shown[-MOST_POINTS:])
        note = "a report's own limit comes before these bands" if concept.own_limit else ""
        unit, left_out = concept.unit_names.get(kind, ""), len(shown) - len(points)
        yield Panel(concept.label, unit, points, _spans(concept, kind, results), note, left_out)


def _point(result: Result, concept: Concept) -> Point:
    value = float(result.amount.number) if result.amount else None
    fault = result.fault or result.class_fault or ""
    klass = "" if fault else (result.klass or "")
    tone = tone_of(result.rank, len(concept.classes)) if klass else ""
    bound = (result.amount.comparator or "") if result.amount else ""
    return Point(result.day, value, result.shown, klass, tone, fault, result.ref, bound)


def tone_of(rank: int, classes: int) -> str:
    """How a class looks: the worst and the best of its concept, and what lies between."""
    return "worst" if rank == 0 else ("best" if rank == classes - 1 else "middle")


def _spans(concept: Concept, kind: str, results: Sequence[Result]) -> tuple[Span, ...]:
    """The bands as they hold from result to result; a site or a laboratory may have its own."""
    spans: list[Span] = []
    for result in results:
        own = next((o for o in concept.overrides if o.says == result.judged_by and kind in o.kinds), None)
        says = result.judged_by if own else ""
        if not spans or spans[-1].says != says:
            spans.append(Span(result.day if spans else None, _stripes(own.bands if own else concept.bands, kind), says))
    return tuple(span for span in spans if span.stripes)


def _stripes(bands: Sequence[Band], kind: str) -> tuple[Stripe, ...]:
    found = []
    for rank, band in enumerate(bands):
        low = band.above.get(kind, band.at_least.get(kind))
        high = band.below.get(kind, band.up_to.get(kind))
        if low is not None or high is not None:
            tone = tone_of(rank, len(bands))
            found.append(Stripe(band.name, _float(low), _float(high), tone))
    return tuple(found)


def _float(number) -> float | None:
    return None if number is None else float(number)


# --- drugs --------------------------------------------------------------------------------------------------------


def _lanes(chart: Chart) -> tuple[tuple[Lane, ...], Counter[str]]:
    """A lane a drug, first those that change what a result means; and how often each is told without a date."""
    concepts = chart.concepts.by_name
    first = [c.overruled_by for c in concepts.values() if c.overruled_by]
    drugs = [name for name, concept in concepts.items() if concept.kind == "drug"]
    seen: set[str] = set()
    lanes, undated = [], Counter()
    for name in dict.fromkeys([*first, *drugs]):
        orders = [o for o in _orders(chart, name) if o.ref not in seen]
        seen |= {order.ref for order in orders}
        had = tuple(sorted(filter(None, map(_had, orders)), key=lambda one: (one.since, one.ref)))
        if had:
            lanes.append(Lane(concepts[name].label, had))
        if len(had) < len(orders):
            undated[concepts[name].label] += len(orders) - len(had)
    return tuple(lanes), undated


def _orders(chart: Chart, name: str) -> list[Order]:
    """Each resource once: an order may also tell that doses were had."""
    found = [*chart.ordered(name), *chart.stated(name), *chart.given(name)]
    return list({order.ref: order for order in reversed(found)}.values())


def _had(order: Order) -> Had | None:
    kind = _KINDS.get(order.source, ORDERED)
    if kind in (GIVEN, DISPENSED):
        moment = end = order.last or order.start or order.written
    else:
        moment = order.start or order.written or order.last
        end = order.last if kind == STATED else None
    if moment is None:
        return None
    until = end.day if end and end.day >= moment.day else None
    return Had(kind, moment.day, until, order.describe(), order.ref)
