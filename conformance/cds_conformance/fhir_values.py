"""What FHIR R4 says of values of its primitive types, in JSON: which JSON type each has, and how its text looks."""

import datetime as dt
import re

YEAR, MONTH, DAY = r"(?!0000)\d{4}", "(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
ZONE = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"
TEXTS = {
    "Code": r"\S+(\s\S+)*",
    "Id": r"[A-Za-z0-9\-.]{1,64}",
    **dict.fromkeys(("Uri", "Url", "Canonical"), r"\S*"),
    "Oid": r"urn:oid:[0-2](\.(0|[1-9]\d*))+",
    "UUID": r"(urn:uuid:)?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "Date": rf"{YEAR}(-{MONTH}(-{DAY})?)?",
    "DateTime": rf"{YEAR}(-{MONTH}(-{DAY}(T{TIME}{ZONE})?)?)?",
    "Instant": rf"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}",
    "Time": TIME,
    "Base64Binary": r"[0-9A-Za-z+/=\s]*",
    **dict.fromkeys(("String", "Markdown", "Xhtml", "string"), r"[\s\S]*"),
}
FORMS = {name: re.compile(form, re.ASCII) for name, form in TEXTS.items()}
LEAST = {"Integer": -(2**31), "UnsignedInt": 0, "PositiveInt": 1}
PRIMITIVES = {*TEXTS, *LEAST, "Decimal", "boolean"}


def primitive_fault(kind: str, value) -> str:
    """What is wrong with a value of this primitive type; empty where nothing is."""
    if kind == "boolean":
        return "" if isinstance(value, bool) else "is not true or false"
    if kind in LEAST or kind == "Decimal":
        return _number_fault(kind, value)
    if not isinstance(value, str):
        return "is not a string"
    right = FORMS[kind].fullmatch(value) and not (kind in ("Date", "DateTime", "Instant") and _no_day(value[:10]))
    return "" if right else f"is no {kind[0].lower()}{kind[1:]} of FHIR"


def _number_fault(kind: str, value) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not a number"
    if kind != "Decimal" and not (value == int(value) and LEAST[kind] <= value < 2**31):
        return f"is no {kind[0].lower()}{kind[1:]} of FHIR"
    return ""


def _no_day(day: str) -> bool:
    """Whether a whole date names a day that no month has."""
    try:
        return len(day) == 10 and not dt.date.fromisoformat(day)
    except ValueError:
        return True
