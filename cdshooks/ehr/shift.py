"""A record told as of one day, moved by whole days so that it is true on another."""

import re
from datetime import date, timedelta

from cdshooks.ehr.patients import Record

DATED = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(T.*)?)?)?")
# Elements are known by name: "2025" may also be a code, an identifier or a street number.
DATE_ENDINGS = ("Date", "DateTime", "Instant")
DATE_NAMES = {
    *("start", "end", "issued", "recorded", "authored", "authoredOn", "date", "dateTime", "dateAsserted"),
    *("created", "lastUpdated", "timestamp", "event", "time", "sent", "received", "asserted", "lastOccurrence"),
    *("dateWritten", "whenPrepared", "whenHandedOver"),
}


def shift_record(record: Record, today: date) -> Record:
    """The record as it would stand if the day it is told of were `today`."""
    if record.told is None or record.told == today:
        return record
    days = (today - record.told).days
    resources = tuple(shifted(row, days) for row in record.resources)
    patient = next(row for before, row in zip(record.resources, resources, strict=True) if before is record.patient)
    return Record(patient, resources, today)


def shifted(value: object, days: int, name: str = "") -> object:
    """A copy whose dates have moved; everything else is left as it is."""
    if isinstance(value, dict):
        return {key: shifted(child, days, key) for key, child in value.items()}
    if isinstance(value, list):
        return [shifted(child, days, name) for child in value]
    if isinstance(value, str) and (name in DATE_NAMES or name.endswith(DATE_ENDINGS)):
        return moved(value, days)
    return value


def moved(text: str, days: int) -> str:
    """A date of any precision moved by days; what is no date of the calendar stays.

    >>> moved("2025-03", 40), moved("2025-03-30T08:00:00Z", 2)
    ('2025-04', '2025-04-01T08:00:00Z')
    """
    parts = DATED.fullmatch(text)
    if not parts:
        return text
    year, month, day, time = parts.groups()
    try:
        whole = (date(int(year), int(month or 1), int(day or 1)) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return text
    return whole[: len(text.partition("T")[0])] + (time or "")
