"""A prefetch template with its tokens filled in: the query that a client, or we ourselves, then ask a FHIR server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

from cdshooks.protocol.tokens.days import moved
from cdshooks.protocol.tokens.follow import LookUp, World, follow
from cdshooks.protocol.tokens.parse import BadToken, Day, Path, Term, User, parse, pieces

LONGEST_QUERY, SHOWN = 200_000, 120
# What separates values in a FHIR search; within one value each is written with a backslash.
SEPARATORS = re.compile(r"[\\,|$]")
REFERENCE = re.compile(r"[A-Z][A-Za-z]{0,63}/[^/]+")


@dataclass(frozen=True)
class Resolved:
    """A template without tokens; or None, and which token has no value and why not."""

    query: str | None
    because: str = ""


def resolve(
    template: str,
    context: Mapping,
    today: date,
    prior: Mapping[str, object] | None = None,
    look_up: LookUp | None = None,
    base: str | None = None,
) -> Resolved:
    """The query for this template, percent-encoded; `prior` holds the answers to the templates listed before.

    `look_up(type, id)` finds resources for resolve(); `base` is the FHIR server's address. No value of the context can
    add a parameter, a further value or a path segment.

    >>> resolve("Condition?patient={{context.patientId}}", {"patientId": "7&status=x"}, date(2026, 1, 15)).query
    'Condition?patient=7%26status%3Dx'
    """
    world = World(context, prior or {}, look_up, base)
    filled, token = "", ""
    try:
        for is_token, text in pieces(template):
            token = text if is_token else ""
            filled += written(values(text, world, today), filled, template) if is_token else text
            if len(filled) > LONGEST_QUERY:
                raise BadToken(f"the query would have more than {LONGEST_QUERY} characters")
    except BadToken as fault:
        return Resolved(None, f"{shown(token)}{fault}")
    return Resolved(filled)


def shown(token: str) -> str:
    """The token in front of a reason, shortened."""
    return f"{{{{{token if len(token) <= SHOWN else token[:SHOWN] + '...'}}}}}: " if token else ""


def values(token: str, world: World, today: date) -> list[str]:
    """What one token stands for: its values in order, without doubles."""
    terms = parse(token)
    found = list(dict.fromkeys(value for term in terms for value in values_of(term, world, today)))
    if not found:
        raise BadToken("; ".join(emptiness(term) for term in terms))
    return found


def emptiness(term: Path) -> str:
    """That a path led nowhere; the other terms always have a value or say why not."""
    where = "the context" if term.key is None else f"the answer to the earlier prefetch template '{term.key}'"
    return f"{where} has no '{'.'.join(map(str, term.steps))}'"


def values_of(term: Term, world: World, today: date) -> list[str]:
    match term:
        case Path():
            return [text for value in follow(term, world) if (text := simple(value))]
        case User(kind):
            return [user_id(kind, world.context)]
        case Day(moves):
            for amount, unit in moves:
                today = moved(today, amount, unit)
            return [today.isoformat()]


def simple(value: object) -> str:
    """A JSON primitive as it stands in a query."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    raise BadToken("it ends at an object; go on to one of its elements, such as id")


def user_id(kind: str, context: Mapping) -> str:
    """The user's bare id, when the user is of the kind that the token means."""
    user = context.get("userId")
    found, _, bare = user.partition("/") if isinstance(user, str) else ("", "", "")
    if found != kind or not bare:
        raise BadToken(f"the user is no {kind}")
    return bare


def written(found: list[str], before: str, template: str) -> str:
    """The values as they stand in the address: joined with commas in a search, one id or `Type/id` in a path."""
    try:
        if "?" in before:
            return ",".join(quote(SEPARATORS.sub(r"\\\g<0>", text), "/:") for text in found)
        if len(found) > 1:
            raise BadToken(f"it has {len(found)} values, and a read takes one")
        text = found[0]
        if not before and REFERENCE.fullmatch(text):
            kind, _, identity = text.partition("/")
            return f"{kind}/{segment(identity)}"
        return segment(text)
    except UnicodeEncodeError as fault:
        raise BadToken("its value is not text that can be sent (a lone surrogate)") from fault


def segment(text: str) -> str:
    """One segment of a path; a server would take `.` and `..` as steps to elsewhere."""
    if text in (".", ".."):
        raise BadToken("its value is no id")
    return quote(text, ":")
