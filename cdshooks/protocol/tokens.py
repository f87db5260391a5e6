"""Prefetch templates with their tokens filled in: context paths, the user's ids, and today."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote

TOKEN = re.compile(r"\{\{(.*?)\}\}")
TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d{1,5})\s*(day|week|month|year)s?)?")
OF_TYPE = re.compile(r"ofType\((\w+)\)")
USER_TOKENS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}


@dataclass(frozen=True)
class Resolved:
    """A template without tokens; or None, and why not."""

    query: str | None
    because: str = ""


class Unresolvable(Exception):
    """A token has no value here."""


def resolve(template: str, context: dict, today: date) -> Resolved:
    """The query that an EHR runs for this template.

    >>> resolve("Condition?patient={{context.patientId}}", {"patientId": "7"}, date(2026, 1, 15)).query
    'Condition?patient=7'
    """
    try:
        return Resolved(TOKEN.sub(lambda match: quote(value(match[1].strip(), context, today), "/:,"), template))
    except Unresolvable as fault:
        return Resolved(None, str(fault))


def value(token: str, context: dict, today: date) -> str:
    """What one token stands for."""
    if match := TODAY.fullmatch(token):
        return moved(today, *match.groups()).isoformat()
    if token in USER_TOKENS:
        return user_id(token, context)
    head, *steps = re.split(r"\.(?![^(]*\))", token)
    if head != "context" or not steps:
        raise Unresolvable(f"'{token}' is not a token that this EHR knows")
    found = [item for item in follow([context], steps) if isinstance(item, str) and item]
    if not found:
        raise Unresolvable(f"the context has no '{'.'.join(steps)}'")
    return ",".join(found)


def user_id(token: str, context: dict) -> str:
    """The user's bare id, when the user is of the kind that the token means."""
    kind, _, bare = str(context.get("userId", "")).partition("/")
    if kind != USER_TOKENS[token] or not bare:
        raise Unresolvable(f"'{token}' needs a {USER_TOKENS[token]} as user, this one is {context.get('userId')!r}")
    return bare


def follow(found: list, steps: list[str]) -> list:
    """What a path leads to, over lists; a type's name picks that type's resources out of a Bundle."""
    for step in steps:
        typed = OF_TYPE.fullmatch(step)
        if typed:
            found = [item for item in found if isinstance(item, dict) and item.get("resourceType") == typed[1]]
        else:
            found = [child for item in found if isinstance(item, dict) for child in children(item, step)]
    return found


def children(item: dict, step: str) -> list:
    """What lies one step below; lists are opened."""
    if step[:1].isupper() and item.get("resourceType") == "Bundle":
        rows = [entry.get("resource") for entry in item.get("entry") or () if isinstance(entry, dict)]
        return [row for row in rows if isinstance(row, dict) and row.get("resourceType") == step]
    below = item.get(step)
    return below if isinstance(below, list) else [below]


def moved(day: date, sign: str | None, number: str | None, unit: str | None) -> date:
    """A day moved by a number of calendar units; a month without that day ends on its last day.

    >>> moved(date(2026, 3, 31), "-", "1", "month")
    datetime.date(2026, 2, 28)
    """
    if sign is None:
        return day
    amount = int(f"{sign}{number}")
    try:
        if unit in ("day", "week"):
            return day + timedelta(days=amount * (7 if unit == "week" else 1))
        years, month = divmod(day.month - 1 + amount * (12 if unit == "year" else 1), 12)
        year = day.year + years
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError) as fault:
        raise Unresolvable(f"today {sign} {number} {unit}s is outside the calendar") from fault
