"""What FHIR R4 asks of values and its Python models let through: words of closed lists, and nothing empty."""

# Where the models end a list with "+": the whole of it.
OBSERVED = ("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown")
WHOLE = {
    ("Task", "status"): (
        "draft", "requested", "received", "accepted", "rejected", "ready", "cancelled", "in-progress", "on-hold",
        "failed", "completed", "entered-in-error",
    ),
    ("Observation", "status"): OBSERVED,
    ("DetectedIssue", "status"): OBSERVED,
    ("RiskAssessment", "status"): OBSERVED,
    ("DiagnosticReport", "status"): (*OBSERVED, "partial", "appended"),
    ("Encounter", "status"): (
        "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error",
        "unknown",
    ),
    ("SupplyRequest", "status"): (
        "draft", "active", "suspended", "cancelled", "completed", "entered-in-error", "unknown",
    ),
}  # fmt: skip


def value_faults(model, resource: dict):
    """Place and fault of each value that R4 does not allow in a resource whose shape is right already."""
    yield from _empties(resource, "")
    yield from _unknown_words(model, "")


def _empties(held, at: str):
    """FHIR JSON knows no empty value; null stands only in an array, for a member that has but an id or extension."""
    inner = held.items() if isinstance(held, dict) else enumerate(held)
    for name, value in inner:
        place = f"{at}[{name}]" if isinstance(name, int) else f"{at}.{name}".lstrip(".")
        if value in ("", [], {}) or (value is None and isinstance(name, str)):
            yield place, "is empty, which FHIR does not allow"
        elif isinstance(value, dict | list):
            yield from _empties(value, place)


def _unknown_words(model, at: str):
    for name, field in type(model).model_fields.items():
        value, place = getattr(model, name), f"{at}.{field.alias or name}".lstrip(".")
        if isinstance(value, str):
            known = _known_words(type(model).__name__, name, field)
            if known and value not in known:
                yield place, f"is none of {', '.join(known)}"
        elif isinstance(value, list):
            for i, one in enumerate(value):
                if hasattr(type(one), "model_fields"):
                    yield from _unknown_words(one, f"{place}[{i}]")
        elif hasattr(type(value), "model_fields"):
            yield from _unknown_words(value, place)


def _known_words(kind: str, name: str, field) -> tuple[str, ...]:
    """The closed list of a code; empty where there is none, or none that the models know whole."""
    words = (field.json_schema_extra or {}).get("enum_values") if isinstance(field.json_schema_extra, dict) else None
    if (kind, name) in WHOLE:
        return WHOLE[kind, name]
    return tuple(words) if words and words[-1] not in ("+", "etc.") else ()
