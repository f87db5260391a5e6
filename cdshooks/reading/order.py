"""Orders, statements, dispenses and administrations of drugs as facts: when they began, ended, and were last had."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta, tzinfo
from decimal import Decimal
from math import ceil

from cdshooks.reading.dose_words import RENDERED
from cdshooks.reading.facts import Order
from cdshooks.reading.read import as_dict, as_list, as_text, reference_of, when
from cdshooks.reading.sig import with_words
from cdshooks.terms.concepts import Concept, Concepts, CourseRules, Match
from cdshooks.terms.dates import Clock, Moment, moment
from cdshooks.terms.often import PERIODS
from cdshooks.terms.units import number_of

GOING_ON = ("active", "in-progress")
# The statuses with which it is over and, but for its dates, done with.
OVER = {
    "MedicationRequest": ("completed", "stopped", "ended"),
    "MedicationStatement": ("completed", "stopped"),
    "MedicationAdministration": ("completed", "stopped", "unknown"),
    "MedicationDispense": ("completed", "stopped", "unknown"),
}
# Of these only a written end tells when they were over.
HAD_UNTIL = ("MedicationRequest", "MedicationStatement")
# Of what is said to last so many weeks; longer than a life is a slip.
DAYS = {"d": 1, "wk": 7, "mo": 30, "a": 365}
DAYS |= {
    word: DAYS[unit] for name, unit in PERIODS.items() if unit in DAYS for word in (name, f"{name}s", f"{name}(s)")
}
LONGEST_DAYS = 40000


def read_order(resource: Mapping, match: Match, concept: Concept, shown: str, clock: Clock) -> Order:
    """A MedicationRequest, -Statement, -Dispense or -Administration, whatever its status."""
    dosage = resource.get("dosageInstruction", resource.get("dosage"))
    entries = tuple(d for d in (dosage if isinstance(dosage, list) else [dosage]) if isinstance(d, dict))
    if rendered := as_text(resource.get(RENDERED)):
        first = entries[0] if entries else {}
        entries = ({**first, RENDERED: rendered}, *entries[1:])
    kind = as_text(resource.get("resourceType"))
    written, start, last, ends = _times(kind, resource, entries, clock)
    return Order(
        concept=match.concept, label=concept.label, ref=reference_of(resource), code=match.code,
        shown=shown, written=written, start=start, last=last, dosage=entries, source=kind,
        status=as_text(resource.get("status")), doubt=match.doubt, ends=ends,
    )  # fmt: skip


def _times(kind: str, resource: Mapping, entries: Iterable[Mapping], clock: Clock) -> tuple[Moment | None, ...]:
    """When it was written, when it began, was last had, and ends."""
    written = None
    if kind == "MedicationRequest":
        written = when(resource.get("authoredOn"), clock.zone)
        start, ends = bounds(entries, written, clock.zone)
        last = ends if ends and not clock.is_future(ends) else written
    elif kind == "MedicationDispense":
        start = last = _handed_over(resource, clock.zone)
        ends = _supplied_until(resource, start, clock.zone)
    else:
        start, last = _effective(resource, clock)
        ends = last if kind == "MedicationAdministration" else _period_end(resource, clock.zone)
    return written, start, last, ends


def is_long_over(resource: Mapping, clock: Clock, rules: CourseRules) -> bool:
    """Whatever drug it is of, it ended so long ago that it reaches no course of today, and none that one followed."""
    kind, status = as_text(resource.get("resourceType")), resource.get("status")
    if status not in OVER.get(kind, ()) or _is_left_open(resource):
        return False
    entries = [d for d in as_list(resource.get("dosageInstruction")) if isinstance(d, dict)]
    times = _times(kind, resource, entries, clock)
    if kind in HAD_UNTIL and times[-1] is None:
        return False  # nobody knows how long it went on
    known = [moment.day for moment in times if moment]
    return bool(known) and (clock.today - max(known)).days > rules.gap + 2 * rules.lasts


def as_far_as_known(
    order: Order, row: Mapping, clock: Clock, known: Concepts, remembered: dict[str, dict]
) -> Order:
    """The order, with what its instructions say in words; known by its words only, and of no date, where it is dated
    after today or begins later than soon.

    A slip of the year, or a plan: it may be had, and is never taken for had. For how long a supply lasts that cannot
    be read, nobody knows: it may last until today.
    """
    rules = known.courses
    order = replace(order, dosage=with_words(order.dosage, known, remembered)) if order.dosage else order
    if _is_odd_supply(row, order) and order.last and order.last.age(clock.today) > rules.fresh:
        today = moment(clock.today.isoformat(), clock.zone)
        return replace(order, code=None, ends=today, doubt="for how many days it lasts cannot be read")
    if _is_said_to_go_on(row) and order.ends and order.ends.age(clock.today) > rules.fresh:
        return replace(order, code=None, doubt="it is called active, and its period is over")
    if _is_left_open(row) and order.last and order.last.age(clock.today) > rules.fresh:
        return _undated(order, "it is completed, and when it ended is not told")
    if _is_being_given(row) and order.last and order.last.age(clock.today) > rules.fresh:
        return _undated(order, "it is in progress, and when it was last had is not told")
    first = order.written or order.start or order.last
    if first and clock.is_future(first):
        return _undated(order, f"it is dated after today ({first.day})")
    late = order.start and order.start.age(clock.today) < -rules.soon
    return _undated(order, f"it begins only on {order.start.day}") if late else order


def _is_said_to_go_on(row: Mapping) -> bool:
    """Where a record has no status of its own, converters call all statements active, also those that ended."""
    return row.get("resourceType") == "MedicationStatement" and row.get("status") == "active"


def _is_left_open(row: Mapping) -> bool:
    """Converters of older documents write "completed" on what is being taken: a period without an end tells."""
    period = as_dict(row.get("effectivePeriod"))
    stated = row.get("resourceType") == "MedicationStatement" and row.get("status") == "completed"
    return stated and bool(period.get("start")) and not period.get("end")


def _is_being_given(row: Mapping) -> bool:
    return row.get("resourceType") == "MedicationAdministration" and row.get("status") == "in-progress"


def _undated(order: Order, why: str) -> Order:
    return replace(order, code=None, written=None, start=None, last=None, ends=None, doubt=why)


def _handed_over(resource: Mapping, zone: tzinfo) -> Moment | None:
    return when(resource.get("whenHandedOver"), zone) or when(resource.get("whenPrepared"), zone)


def _supplied_until(resource: Mapping, start: Moment | None, zone: tzinfo) -> Moment | None:
    """For how long a dispense lasts, where it says so; what has no unit is days."""
    told = resource.get("daysSupply")
    supply = as_dict(told) or {"value": told}
    value, unit = supply.get("value"), as_text(supply.get("code")) or as_text(supply.get("unit"))
    days = DAYS.get(unit.strip().casefold()) if unit else 1
    if isinstance(value, str) and re.fullmatch(r"\d{1,5}", value.strip()):
        value = int(value)
    return _later(start, value, days, zone) if days else None


def _is_odd_supply(row: Mapping, order: Order) -> bool:
    return bool(row.get("daysSupply")) and order.source == "MedicationDispense" and order.ends is None


def _period_end(resource: Mapping, zone: tzinfo) -> Moment | None:
    return when(as_dict(resource.get("effectivePeriod")).get("end"), zone)


def _later(start: Moment | None, number: object, days: int, zone: tzinfo) -> Moment | None:
    many = number_of(number)
    if start is None or many is None or many * days > LONGEST_DAYS:
        return None
    return moment((start.day + timedelta(days=int(many * days))).isoformat(), zone)


def _effective(resource: Mapping, clock: Clock) -> tuple[Moment | None, Moment | None]:
    """First and last day of what was taken or given; that it is being taken on one day does not say since when."""
    point = when(resource.get("effectiveDateTime"), clock.zone)
    if point:
        is_taken = resource.get("resourceType") == "MedicationStatement" and resource.get("status") == "active"
        return None if is_taken else point, point
    period = as_dict(resource.get("effectivePeriod"))
    start, end = when(period.get("start"), clock.zone), when(period.get("end"), clock.zone)
    stated = resource.get("resourceType") == "MedicationStatement"
    asserted = when(resource.get("dateAsserted"), clock.zone) if stated else None
    if (start and not period.get("end")) or (end and end.day > clock.today):
        going_on = resource.get("status") in GOING_ON
        end = _last_said(start, asserted if going_on else None, clock)
    return start, end or asserted


def _last_said(start: Moment | None, asserted: Moment | None, clock: Clock) -> Moment | None:
    """What goes on was surely had on the last day on which somebody said so."""
    known = [day for day in (start, asserted) if day and not clock.is_future(day)]
    return max(known, key=lambda day: day.local, default=start)


def bounds(entries: Iterable[Mapping], written: Moment | None, zone: tzinfo) -> tuple[Moment | None, Moment | None]:
    """When an order starts, and when it ends where each of its entries says so."""
    timings = [as_dict(entry.get("timing")) for entry in entries]
    repeats = [as_dict(timing.get("repeat")) for timing in timings]
    periods = [as_dict(repeat.get("boundsPeriod")) for repeat in repeats]
    told = [*(period.get("start") for period in periods), *(day for t in timings for day in as_list(t.get("event")))]
    starts = [start for each in told if (start := when(each, zone))]
    start = min(starts, key=lambda s: s.day, default=written)
    ends = [when(p.get("end"), zone) or _bound(r, start, zone) for r, p in zip(repeats, periods, strict=True)]
    known = [end for end in ends if end]
    return start, max(known, key=lambda e: e.day) if known and len(known) == len(ends) else None


def _bound(repeat: Mapping, start: Moment | None, zone: tzinfo) -> Moment | None:
    told = repeat.get("boundsDuration") or as_dict(repeat.get("boundsRange")).get("high")
    days = days_told(told) if told else _days_counted(repeat)
    return None if days is None else _later(start, days, 1, zone)


def days_told(duration: object) -> Decimal | None:
    """How many days a FHIR Duration is; None where it cannot be read."""
    told = as_dict(duration)
    number = number_of(told.get("value"))
    days = DAYS.get((as_text(told.get("code")) or as_text(told.get("unit"))).strip().casefold())
    return None if number is None or days is None else number * days


def _days_counted(repeat: Mapping) -> Decimal | None:
    """How many days so many doses last, at the longest."""
    many = number_of(repeat.get("countMax")) or number_of(repeat.get("count"))
    if not many or not repeat.get("period"):
        return Decimal(0) if many == 1 else None
    period, often = number_of(repeat.get("periodMax") or repeat["period"]), number_of(repeat.get("frequency", 1))
    unit = as_text(repeat.get("periodUnit"))
    days = Decimal(1) / 24 if unit == "h" else DAYS.get(unit)
    return Decimal(ceil(many * period * days / often)) if period and often and days else None
