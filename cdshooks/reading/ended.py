"""An order that is called active long after its own end: what it says itself outweighs a status that nobody closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta, tzinfo

from cdshooks.reading.facts import Order
from cdshooks.reading.order import LONGEST_DAYS, days_told
from cdshooks.reading.read import as_dict, when
from cdshooks.terms.dates import Clock
from cdshooks.terms.units import number_of

RUN_OUT = "its supply has run out, and nobody says that it goes on"


def as_ended(order: Order, row: Mapping, clock: Clock, fresh: int) -> Order:
    """The order, completed where all of its dosage entries are over; known by its words only where its supply ran out
    more than `fresh` days ago: tablets and vials may outlast their prescription, but nobody knows.
    """
    if order.source != "MedicationRequest" or order.status != "active":
        return order
    if order.ends:
        return replace(order, status="completed") if order.ends.day < clock.today else order
    until = _supplied_until(row, order, clock.zone)
    lasts = until is None or (clock.today - until).days <= fresh
    return order if lasts else replace(order, code=None, doubt=order.doubt or RUN_OUT)


def _supplied_until(row: Mapping, order: Order, zone: tzinfo) -> date | None:
    """The later of the end of its validity and of all that it lets be handed over, as far as they are told."""
    request = as_dict(row.get("dispenseRequest"))
    valid = when(as_dict(request.get("validityPeriod")).get("end"), zone)
    each, more = days_told(request.get("expectedSupplyDuration")), number_of(request.get("numberOfRepeatsAllowed"))
    start = order.start.day if order.start else None
    days = None if each is None else each * (1 + (more or 0))
    lasts = start + timedelta(days=int(days)) if start and days is not None and days <= LONGEST_DAYS else None
    return max((day for day in (valid.day if valid else None, lasts) if day), default=None)
