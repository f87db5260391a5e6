"""Fills the tokens of a prefetch template: context paths, user identifiers, dates, and 3.0's small FHIRPath."""

import datetime as dt
import re
from collections.abc import Callable

TOKEN = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*+)\}\}")  # the innermost; each character is looked at once
LONGEST_TOKEN = 1_000  # characters; nobody fills a longer one
USERS = {
    "userPractitionerId": "Practitioner",
    "userPractitionerRoleId": "PractitionerRole",
    "userPatientId": "Patient",
    "userRelatedPersonId": "RelatedPerson",
}
DAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d+)\s+(day|week|month|year)s?)?")
STEP = re.compile(r"(ofType)\((\w+)\)|(resolve)\(\)|([A-Za-z_][\w-]*)")
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


class CannotFill(Exception):
    """A token for which this client has no value; the prefetch key is left out then."""


class Filler:
    """Fills tokens from one hook context; `earlier` holds the prefetch answered so far, `resolve` finds references."""

    def __init__(self, context: dict, today: dt.date, resolve: Callable[[str], dict | None]):
        self.context, self.today, self.resolve = context, today, resolve
        self.earlier: dict[str, object] = {}

    def fill(self, template: str) -> str:
        """The query without tokens; raises CannotFill where one has no value."""
        return TOKEN.sub(lambda found: self.value(found.group(1).strip()), template)

    def value(self, token: str) -> str:
        if len(token) > LONGEST_TOKEN:
            raise CannotFill(token[:60])
        if token in USERS:
            kind, _, id_ = str(self.context.get("userId", "")).partition("/")
            if kind == USERS[token]:
                return id_
            raise CannotFill(token)
        if day := DAY.fullmatch(token):
            return self._day(*day.groups())
        found = [one for part in token.split("|") for one in self._walk(part.strip())]
        texts = [str(one) for one in found if isinstance(one, str | int | float)]
        if not texts:
            raise CannotFill(token)
        return ",".join(dict.fromkeys(texts))

    def _day(self, sign, number, unit) -> str:
        days = int(number or 0) * DAYS.get(unit or "day", 1) * (-1 if sign == "-" else 1)
        return (self.today + dt.timedelta(days=days)).isoformat()

    def _walk(self, path: str) -> list:
        head, *steps = re.split(r"\.(?![^()]*\))", path)
        if head == "context":
            found = [self.context]
        elif head.startswith("%"):
            found = [self.earlier.get(head[1:])]
        else:
            raise CannotFill(path)
        for step in steps:
            found = [one for held in found for one in self._step(held, step)]
        return [one for one in found if one is not None]

    def _step(self, held, step: str) -> list:
        parsed = STEP.fullmatch(step)
        if not parsed:
            raise CannotFill(step)
        if parsed.group(1):
            return [held] if isinstance(held, dict) and held.get("resourceType") == parsed.group(2) else []
        if parsed.group(3):
            return [self.resolve(held["reference"])] if isinstance(held, dict) and "reference" in held else []
        return _children(held, parsed.group(4))


def _children(held, name: str) -> list:
    """The values of a field; of a choice of types too, so that `medication` finds medicationReference."""
    if not isinstance(held, dict):
        return []
    found = held.get(name)
    if found is None:
        found = next((v for k, v in held.items() if re.fullmatch(rf"{re.escape(name)}[A-Z]\w*", k)), None)
    return found if isinstance(found, list) else [found]
