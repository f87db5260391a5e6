"""FHIR dates as days: partial dates, times with offsets, calendar months, ages."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_SHAPE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII
)
# Dates that systems store where none was told: the first days of their calendars, and the last.
_PLACEHOLDERS = frozenset(
    (date(1753, 1, 1), date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1))
)
_FIRST_YEAR, _LAST_YEAR, _LATEST_PLACEHOLDER = 1850, 2200, 1970
# A whole one with an offset; the hour 24 and a leap second, which later versions of Python read otherwise, are not.
_TO_THE_SECOND = re.compile(r"\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):\d\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clock:
    """Today, and the IANA time zone in which it is today. Made at the edge; nothing below asks the time.

    `furthest` is the latest day that is today anywhere on earth; where nobody says it, the day after today.
    """

    today: date
    zone: tzinfo
    furthest: date | None = None

    def is_future(self, moment: "Moment") -> bool:
        """Is it later than now? A date without a time is not, while it is that day somewhere."""
        if moment.day <= self.today:
            return False
        timed = "T" in moment.text or " " in moment.text
        return timed or moment.day > (self.furthest or self.today + timedelta(days=1))


OLDEST = 122  # years: nobody is known to have lived longer; an earlier birth stands where none was told (1900-01-01)
EASTERNMOST = timedelta(hours=14)  # from UTC, where each day begins first


def furthest_day(now: datetime) -> date:
    """The latest day that is today anywhere on earth, at a moment with an offset."""
    return (now.astimezone(UTC) + EASTERNMOST).date()


@dataclass(slots=True, unsafe_hash=True)
class Moment:
    """When something was: its day (of a partial date the first), a local time to sort by, and the text as written.

    Never changed once it is made; not frozen, as a result is not (reading/facts).
    """

    day: date
    local: datetime
    text: str

    @property
    def latest_day(self) -> date:
        """The last day that it may have been: of a year or a month alone its last."""
        if len(self.text) == len("2025"):
            return date(self.day.year, 12, 31)
        if len(self.text) == len("2025-01"):
            return self.day.replace(day=monthrange(self.day.year, self.day.month)[1])
        return self.day

    def age(self, today: date) -> int:
        """Whole days from this moment's day to today; negative in the future."""
        return (today - self.day).days


def moment(text: str, zone: tzinfo) -> Moment | None:
    """The moment that a FHIR date, dateTime or instant names, or None when it names none.

    >>> moment("2025", timezone.utc).day
    datetime.date(2025, 1, 1)
    """
    text = text.strip() if len(text) < 40 else ""
    try:
        local = _to_the_second(text, zone) if _TO_THE_SECOND.fullmatch(text) else _in_parts(text, zone)
    except (ValueError, OverflowError):
        return None
    return Moment(local.date(), local, text) if local else None


def _to_the_second(text: str, zone: tzinfo) -> datetime:
    """What most results say, without an object for each part of it: 2 us instead of 6, twice for each result.

    To `replace` the zone would take longer than all else here together: it reads the names of nine arguments.
    """
    if text[19] == ".":
        text = text[:19] + (text[-1] if text[-1] == "Z" else text[-6:])
    there = datetime.fromisoformat(text).astimezone(zone)
    return datetime.combine(there.date(), there.time())


def _in_parts(text: str, zone: tzinfo) -> datetime | None:
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    year, month, day, hour, minute, second, offset = shape.groups()
    days = date(int(year), int(month or 1), int(day or 1))
    if hour is None:
        return datetime.combine(days, time())
    # A leap second is written as :60; the day is what matters here.
    clock = time(int(hour), int(minute), min(int(second or 0), 59))
    local = datetime.combine(days, clock)
    if offset is None:
        return local
    return local.replace(tzinfo=_offset(offset)).astimezone(zone).replace(tzinfo=None)


def _offset(text: str) -> timezone:
    """An offset, also without its colon: the clocks of Java write it so, and converters repeat it."""
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def happened(text: str, zone: tzinfo) -> Moment | None:
    """The moment of something that was recorded; None for a date that stands where none was told (1900-01-01).

    Such a date may have been shifted by an offset: the day around it, at a clock time, is one as well.
    """
    found = moment(text, zone)
    if found is None or _LATEST_PLACEHOLDER < found.day.year < _LAST_YEAR:
        return found
    return found if _FIRST_YEAR < found.day.year < _LAST_YEAR and not _is_placeholder(found) else None


def _is_placeholder(found: Moment) -> bool:
    if len(found.text) < len("1970-01-01"):
        return False  # a year alone was told by somebody
    return not {found.day, date.fromisoformat(found.text[:10])}.isdisjoint(_PLACEHOLDERS) or _is_epoch(found)


def _is_epoch(found: Moment) -> bool:
    """The last hours of 1969, where the clock of computers begins, in a zone west of Greenwich."""
    return found.day == date(1969, 12, 31) and "T" in found.text


def add_months(day: date, months: int) -> date:
    """The same day of the month so many calendar months later, or that month's last day.

    >>> add_months(date(2025, 10, 31), 4)
    datetime.date(2026, 2, 28)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def age_in_years(birth: date, today: date) -> int:
    """Completed years: one more on every birthday (of a 29 February, in common years on 1 March)."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
