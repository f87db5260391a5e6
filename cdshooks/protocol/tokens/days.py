"""Today moved by calendar units, as FHIRPath adds them to a Date."""

import calendar
from datetime import date, timedelta

from cdshooks.protocol.tokens.parse import BadToken


def moved(day: date, amount: int, unit: str) -> date:
    """A day moved by so many of `day`, `week`, `month` or `year`; a month without that day ends on its last day.

    >>> moved(date(2026, 3, 31), -1, "month")
    datetime.date(2026, 2, 28)
    """
    try:
        if unit in ("day", "week"):
            return day + timedelta(days=amount * (7 if unit == "week" else 1))
        years, month = divmod(day.month - 1 + amount * (12 if unit == "year" else 1), 12)
        year = day.year + years
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError) as fault:
        raise BadToken(f"today moved by {str(amount)[:20]} {unit}s is outside the calendar") from fault
