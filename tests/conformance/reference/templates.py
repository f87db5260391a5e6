"""Prefetch templates filled in: context fields, the user's id, days from today, and the small FHIRPath of 3.0."""

import datetime as dt
import re

TOKEN = re.compile(r"\{\{(.*?)\}\}")
TODAY = re.compile(r"today\(\)(?:\s*([+-])\s*(\d+)\s*days?)?")
USER = re.compile(r"user(Practitioner|PractitionerRole|Patient|RelatedPerson)Id")
STEP = re.compile(r"[^.()]+(?:\([^)]*\))?")


class Unresolved(Exception):
    """A token of the template stands for nothing in this request."""


def fill(template: str, context: dict, earlier: dict[str, object]) -> str:
    return TOKEN.sub(lambda match: resolve(match[1].strip(), context, earlier), template)


def resolve(token: str, context: dict, earlier: dict[str, object]) -> str:
    if day := TODAY.fullmatch(token):
        days = int(day[2] or 0) * (-1 if day[1] == "-" else 1)
        return (dt.datetime.now().astimezone().date() + dt.timedelta(days)).isoformat()
    if user := USER.fullmatch(token):
        kind, _, identity = context.get("userId", "").partition("/")
        found = [identity] if kind == user[1] else []
    else:
        found = [value for path in token.split("|") for value in walk(path, context, earlier)]
    if not found:
        raise Unresolved(token)
    return ",".join(map(str, found))


def walk(path: str, context: dict, earlier: dict[str, object]) -> list:
    """Every value at a path that starts at `context` or at %key, the value of an earlier template."""
    root, *steps = STEP.findall(path)
    values = [context] if root == "context" else [earlier.get(root.removeprefix("%"))]
    for step in steps:
        values = [after for value in values for after in take(step, value)]
    return values


def take(step: str, value: object) -> list:
    if not isinstance(value, dict):
        return []
    if step == "resolve()":
        kind, _, identity = value.get("reference", "").rpartition("/")
        return [{"resourceType": kind.rpartition("/")[2], "id": identity}]
    if step.startswith("ofType("):
        return [value] if value.get("resourceType") == step[7:-1] else []
    child = value.get(step, [])
    return child if isinstance(child, list) else [child]
