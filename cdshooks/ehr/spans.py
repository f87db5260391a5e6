"""FHIR dates as spans of time, compared as a FHIR server compares them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

# Minutes need a zone in FHIR, but real data come without; a zoneless time is read as UTC.
PATTERN = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?)?)?")
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """From `start` up to, and without, `end`."""

    start: datetime
    end: datetime

    def within(self, other: "Span") -> bool:
        return other.start <= self.start and self.end <= other.end


# The range rules of FHIR R4 search (3.1.1.4.6), for a resource's span and the span that is asked for.
MATCHES = {
    "eq": lambda found, asked: found.within(asked),
    "ne": lambda found, asked: not found.within(asked),
    "gt": lambda found, asked: found.end > asked.end,
    "lt": lambda found, asked: found.start < asked.start,
    "ge": lambda found, asked: found.end > asked.end or found.within(asked),
    "le": lambda found, asked: found.start < asked.start or found.within(asked),
    "sa": lambda found, asked: found.start >= asked.end,
    "eb": lambda found, asked: found.end <= asked.start,
}


def matches(prefix: str, found: Span, asked: Span) -> bool:
    """Whether what was found is `prefix` (eq, ge, ...) what is asked for.

    >>> matches("ge", span("2025-03"), span("2025-03-31"))
    False
    >>> matches("ge", span("2025"), span("2025-03-31"))
    True
    """
    return MATCHES[prefix](found, asked)


def span(text: object) -> Span | None:
    """The span of a date, dateTime or instant of any precision; None when it cannot be read.

    >>> span("2024-02").end.date().isoformat()
    '2024-03-01'
    """
    parts = PATTERN.fullmatch(text) if isinstance(text, str) else None
    try:
        return parts and spread(*parts.groups())
    except (ValueError, OverflowError):
        return None


def spread(year: str, month: str | None, day: str | None, time: str | None, zone: str | None) -> Span:
    """The span of the parts of a date; raises ValueError for a day that no calendar has."""
    if time:
        return spread_time(f"{year}-{month}-{day}", time, zone)
    first = date(int(year), int(month or 1), int(day or 1))
    if day:
        end = first + timedelta(days=1)
    elif month:
        end = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    else:
        end = date(first.year + 1, 1, 1)
    return Span(midnight(first), midnight(end))


def spread_time(day: str, time: str, zone: str | None) -> Span:
    """A minute, a second, or the last digit of a fraction, as a span; zoneless is UTC."""
    whole, _, fraction = time.partition(".")
    start = datetime.fromisoformat(f"{day}T{whole}.{(fraction + '000000')[:6]}") if fraction else None
    start = start or datetime.fromisoformat(f"{day}T{whole}")
    start = start.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00{zone or 'Z'}").tzinfo)
    if fraction:
        return Span(start, start + timedelta(microseconds=10 ** (6 - min(len(fraction), 6))))
    return Span(start, start + (timedelta(seconds=1) if time.count(":") == 2 else timedelta(minutes=1)))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def period(value: dict) -> Span | None:
    """The span of a Period; an end that is not given is open, an unreadable one makes it unreadable."""
    start, end = span(value.get("start")), span(value.get("end"))
    if (start is None and "start" in value) or (end is None and "end" in value) or (start is None and end is None):
        return None
    return Span(start.start if start else FIRST, end.end if end else LAST)
