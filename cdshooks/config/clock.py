"""The one place that asks the real clock: which day it is, and when something happened."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cdshooks.config.settings import Settings
from cdshooks.terms.dates import Clock, furthest_day


def clock(settings: Settings) -> Clock:
    """Today in the configured time zone: the frozen day, or the real one, read anew at each call."""
    zone = ZoneInfo(settings.timezone)
    now = datetime.now(zone)
    return Clock(settings.today, zone) if settings.today else Clock(now.date(), zone, furthest_day(now))


def now() -> datetime:
    """This moment, for what is kept: never frozen by a setting."""
    return datetime.now(UTC)
