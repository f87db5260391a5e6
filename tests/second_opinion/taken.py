"""What is ordered, taken and given of a drug, and since when: readings M3, M4, M8 and M13, and S1."""

from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from .doses import PERIODS_OF_BOUNDS
from .drugs import of_drug
from .raw import day, many, months_later, number, part, text
from .results import within

FOR_GOOD = timedelta(days=365)  # a member without a written end


# --- days --------------------------------------------------------------------------------------------------------


def day_of_dispense(one, zone):
    return day(text(one, "whenHandedOver"), zone) or day(text(one, "whenPrepared"), zone)


def start_of_statement(one, record):
    """Where only an end is told, it had begun by then; an end in the future does not say so much."""
    zone, period = record["zone"], part(one, "effectivePeriod")
    start, end = day(text(period, "start"), zone) or day(text(one, "effectiveDateTime"), zone), day(text(period, "end"), zone)
    end = None if in_future(end, record) else end
    return start or end or day(text(one, "dateAsserted"), zone)


def start_of_order(one, zone):
    starts = [day(text(part(bounds_of(entry), "boundsPeriod"), "start"), zone) for entry in entries_of(one)]
    return min([start for start in starts if start], default=day(text(one, "authoredOn"), zone))


def entries_of(order):
    return many(order, "dosageInstruction")


def bounds_of(entry):
    return part(part(entry, "timing"), "repeat")


def written_end(one, record):
    """The end that a member tells, or None."""
    zone, kind = record["zone"], one["resourceType"]
    if kind == "MedicationStatement":
        return day(text(part(one, "effectivePeriod"), "end"), zone)
    if kind == "MedicationDispense":
        supply = number(part(one, "daysSupply").get("value"))
        start = day_of_dispense(one, zone)
        return start + timedelta(days=int(supply)) if start and supply is not None else None
    ends = [end_of_entry(entry, start_of_order(one, zone), zone) for entry in entries_of(one)]
    return max(ends) if ends and None not in ends else None


def end_of_entry(entry, start, zone):
    bounds = bounds_of(entry)
    end = day(text(part(bounds, "boundsPeriod"), "end"), zone)
    if end is not None:
        return end
    if start is None:
        return None
    for duration in (part(bounds, "boundsDuration"), part(part(bounds, "boundsRange"), "high")):
        if duration:
            return None if length_of(duration) is None else start + timedelta(days=int(length_of(duration)))
    counted = length_of_count(bounds)
    return None if counted is None else start + timedelta(days=counted)


def length_of(duration):
    value, unit = number(duration.get("value")), text(duration, "code") or text(duration, "unit")
    return None if value is None or unit not in PERIODS_OF_BOUNDS else value * PERIODS_OF_BOUNDS[unit]


def length_of_count(repeat):
    """So many doses, so often: the days until the last interval is over; a single dose is over on its day."""
    count = number(repeat.get("countMax")) or number(repeat.get("count"))
    if not count:
        return None
    if not repeat.get("period"):
        return 0 if count == 1 else None
    period = number(repeat.get("periodMax") or repeat["period"])
    often, unit = number(repeat.get("frequency", 1)), repeat.get("periodUnit")
    lasts = {**PERIODS_OF_BOUNDS, "h": Fraction(1, 24)}.get(unit)
    if not period or not often or lasts is None:
        return None
    return ceil(Fraction(count) * Fraction(period) * lasts / Fraction(often))


# --- M3, M8: what runs -----------------------------------------------------------------------------------------------


def stands_as_order(one):
    return one.get("intent") not in ("proposal", "option") and one.get("doNotPerform") is not True


def active_orders(record, drug, sure=True, as_called=False):
    """M3, as (order, the day it was written or None); `as_called` looks at nothing but the status."""
    found = []
    for one in of_drug(record, "MedicationRequest", drug, sure):
        written = day(text(one, "authoredOn"), record["zone"])
        future = in_future(written, record)
        over = not as_called and drug == "b12" and is_over(one, record)
        if one.get("status") == "active" and stands_as_order(one) and not future and not over:
            found.append((one, written))
    return found


def is_over(order, record):
    """M3b: it is called active, and its own end has passed."""
    end = written_end(order, record)
    return order.get("status") == "active" and end is not None and end < record["today"]


def active_statements(record, drug, sure=True):
    found = [one for one in of_drug(record, "MedicationStatement", drug, sure) if one.get("status") == "active"]
    return [one for one in found if not in_future(start_of_statement(one, record), record)]


def in_future(when, record):
    return when is not None and when > record["last"]


def dispenses_in_use(record, drug, sure=True):
    return [one for one in of_drug(record, "MedicationDispense", drug, sure) if in_use(one, record)]


def in_use(one, record):
    """M8: handed over at most 120 days ago, or its supply reaches today."""
    when = day_of_dispense(one, record["zone"])
    if one.get("status") != "completed" or when is None or in_future(when, record):
        return False
    end = written_end(one, record)
    return within(when, record, 120) or (end is not None and end >= record["today"])


def taking(record, drug, sure=True):
    """M8, as (resource, its dosage entries)."""
    found = [(one, entries_of(one)) for one, _ in active_orders(record, drug, sure)]
    found += [(one, many(one, "dosage")) for one in active_statements(record, drug, sure)]
    return found + [(one, entries_of(one)) for one in dispenses_in_use(record, drug, sure)]


# --- M4: what was given ------------------------------------------------------------------------------------------


def last_day(one, record):
    """The day of what was given, or None when nothing says it."""
    zone, kind = record["zone"], one["resourceType"]
    if kind == "MedicationDispense":
        return day_of_dispense(one, zone)
    if kind == "MedicationRequest":
        end = written_end(one, record)
        return end if end is not None and not in_future(end, record) else day(text(one, "authoredOn"), zone)
    single = day(text(one, "effectiveDateTime"), zone)
    if single is not None:
        return single
    period = part(one, "effectivePeriod")
    start, end = day(text(period, "start"), zone), day(text(period, "end"), zone)
    if end is not None and not in_future(end, record):
        return end
    asserted = day(text(one, "dateAsserted"), zone) if kind == "MedicationStatement" else None
    if start is None and end is None:
        return asserted
    # It goes on, as far as the period says: A1 asks when somebody said so last.
    said = [start, asserted] if one.get("status") == "active" else [start]
    return max([one for one in said if one is not None and not in_future(one, record)], default=start or asserted)


GIVEN = {
    "MedicationAdministration": ("completed", "in-progress"),
    "MedicationStatement": ("active", "completed"),
    "MedicationDispense": ("completed",),
    "MedicationRequest": ("completed",),
}


def given(record, drug, sure=True, as_called=False):
    """M4, as (resource, day or None); nothing that starts after today."""
    found = []
    for kind, statuses in GIVEN.items():
        for one in of_drug(record, kind, drug, sure):
            over = kind == "MedicationRequest" and drug == "b12" and not as_called and is_over(one, record)
            if not (over or one.get("status") in statuses) or (kind == "MedicationRequest" and not stands_as_order(one)):
                continue
            last = last_day(one, record)
            if not in_future(first_day(one, record), record) and not in_future(last, record):
                found.append((one, last))
    return found


def days_given(record, drug, sure=True):
    return [last for _, last in given(record, drug, sure) if last is not None]


# --- M13: courses --------------------------------------------------------------------------------------------------------


def first_day(one, record):
    zone, kind = record["zone"], one["resourceType"]
    if kind == "MedicationRequest":
        end = written_end(one, record)
        return start_of_order(one, zone) or (None if in_future(end, record) else end)
    if kind == "MedicationDispense":
        return day_of_dispense(one, zone)
    if kind == "MedicationAdministration":  # nobody asserts it
        return start_of_statement({key: value for key, value in one.items() if key != "dateAsserted"}, record)
    return start_of_statement(one, record)


LEFT_OUT = ("entered-in-error", "cancelled", "draft", "not-taken", "intended", "declined", "preparation")


def members(record, drug, sure=True, may=False):
    """The members of courses, as (start, end, reaches today), none from the future; `may`: as late as they may end."""
    found = []
    for kind in ("MedicationRequest", "MedicationStatement", "MedicationDispense"):
        for one in of_drug(record, kind, drug, sure):
            start = first_day(one, record)
            written = day(text(one, "authoredOn"), record["zone"])
            if one.get("status") in LEFT_OUT or (kind == "MedicationRequest" and not stands_as_order(one)):
                continue
            if start is not None and not in_future(start, record) and not in_future(written, record):
                over = drug == "b12" and kind == "MedicationRequest" and is_over(one, record)
                found.append((start, *end_of_member(one | {"status": "completed"} if over else one, start, record, may)))
    return sorted(found)


def end_of_member(one, start, record, may):
    runs = one.get("status") == "active" and one["resourceType"] != "MedicationDispense"
    lately = one.get("status") == "completed" and within(last_day(one, record), record, 120)
    reaches = runs or lately or (one["resourceType"] == "MedicationDispense" and in_use(one, record))
    end = written_end(one, record)
    if end is None:
        goes_on = reaches or (may and one.get("status") != "stopped")
        end = max(start + FOR_GOOD, record["today"] if goes_on else date.min)
    return max(start, end), reaches  # what ends before it begins lasts for that day


def courses(record, drug):
    """The sure courses of a drug, as [start, end, reaches today]."""
    found = []
    for start, end, reaches in members(record, drug):
        if found and (start - found[-1][1]).days <= 180:
            found[-1][1] = max(found[-1][1], end)
            found[-1][2] = found[-1][2] or reaches
        else:
            found.append([start, end, reaches])
    return found


def sure_start(record, drug):
    """S1: the earliest start among the courses that reach today, or None."""
    return min([start for start, _, reaches in courses(record, drug) if reaches], default=None)


def possible_start(record, drug):
    """M13: the earliest start that a course reaching today may have had.

    Words count, and what was not stopped and has no written end may have gone on until the next began.
    """
    found = []
    for start, end, reaches in sorted(members(record, drug, may=True) + members(record, drug, sure=False, may=True)):
        if found and (start - found[-1][1]).days <= 180:
            found[-1][1], found[-1][2] = max(found[-1][1], end), found[-1][2] or reaches
        else:
            found.append([start, end, reaches])
    return min([start for start, _, reaches in found if reaches], default=None)


def taking_for_months(record, drug, months):
    """M8: "for N months" of something that is being taken."""
    start = sure_start(record, drug)
    return start is not None and bool(taking(record, drug)) and months_later(start, months) <= record["today"]


def runs_since_nobody_knows_when(record, drug):
    """M13: what is active and has no day may have begun at any time."""
    found = [one for sure in (True, False) for one, _ in active_orders(record, drug, sure)]
    found += [one for sure in (True, False) for one in active_statements(record, drug, sure)]
    return any(beginning_told(one, record) is None for one in found)


def beginning_told(one, record):
    """The day on which it began, as told; an end, a day on which it was taken, or on which somebody said so, is none."""
    if one["resourceType"] == "MedicationRequest":
        return start_of_order(one, record["zone"])
    taken_on = day(text(one, "effectiveDateTime"), record["zone"])
    return None if taken_on else day(text(part(one, "effectivePeriod"), "start"), record["zone"])


def exposed(record, drug, months):
    """Sure, or possible: what is known too little may warn (M13)."""
    if taking_for_months(record, drug, months):
        return True
    if not (taking(record, drug) or taking(record, drug, sure=False)):
        return False  # M8: the course of something that is being taken
    start = possible_start(record, drug)
    long_ago = start is not None and months_later(start, months) <= record["today"]
    return long_ago or runs_since_nobody_knows_when(record, drug)
