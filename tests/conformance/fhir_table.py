"""Writes the table by which the judge knows the shape of FHIR R4: what the models of fhir.resources say, in one file.

    python tests/conformance/fhir_table.py     # after a new edition of fhir.resources

One line a type: its base, then each field of its own as `type`, with * for a list, ! for required, ?group for one of
several names for one thing (?!group where one of them is required), and the words of a closed list after a blank.
"""

import importlib
import json
import pkgutil
import sys
import typing
from pathlib import Path

from fhir.resources import R4B

TABLE = Path(__file__).parents[2] / "conformance" / "cds_conformance" / "fhir_r4.json"
OBSERVED = ("registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown")
# Where the models end a list with "+": the whole of it, as R4 has it.
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
# No lists of R4 but examples of what may stand there.
OPEN = {("CapabilityStatement", "format")}
# Of the models alone.
NOT_OF_R4 = ("FHIRPrimitiveExtension", "FHIRAbstractModel")


def every_model() -> list[type]:
    """All models of R4B, with their bases, in the order of their names."""
    found = {}
    for file in pkgutil.iter_modules(R4B.__path__):
        for model in vars(importlib.import_module(f"{R4B.__name__}.{file.name}")).values():
            if isinstance(model, type) and model.__module__.startswith(R4B.__name__) and hasattr(model, "model_fields"):
                found[model.__name__] = model
    return [found[name] for name in sorted(found) if not name.startswith(NOT_OF_R4)]


def row(model: type) -> dict[str, str]:
    """The fields of its own, and under "" the type that it builds on."""
    base = model.__mro__[1]
    inherited = base.model_fields if base.__module__.startswith(R4B.__name__) else {}
    held = {"": base.__name__} if inherited else {}
    for name, field in model.model_fields.items():
        if name not in inherited and not name.endswith("__ext") and name not in ("fhir_comments", "resource_type"):
            held[field.alias or name] = cell(model, name, field)
    return held


def cell(model: type, name: str, field) -> str:
    says = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    kind, several = kind_of(field)
    words = WHOLE.get((model.__name__, name), says.get("enum_values") or ())
    text = kind + "*" * several + "!" * bool(says.get("element_required") or field.is_required())
    if says.get("one_of_many"):
        text += "?" + "!" * bool(says.get("one_of_many_required")) + says["one_of_many"]
    closed = words and words[-1] not in ("+", "etc.") and (model.__name__, name) not in OPEN
    return f"{text} {'|'.join(words)}" if closed else text


def kind_of(field) -> tuple[str, bool]:
    """The FHIR type of a field, and whether it is a list."""
    text, marks = field.annotation, list(field.metadata)
    several = False
    while typing.get_args(text):
        if typing.get_origin(text) is list:
            several = True
        if hasattr(text, "__metadata__"):
            marks += text.__metadata__
        text = next(one for one in typing.get_args(text) if one is not type(None))
    named = [type(mark).__name__ for mark in marks if type(mark).__module__ == "fhir_core.types"]
    name = named[0] if named else text.__name__.removesuffix("Type")
    return {"bool": "boolean", "str": "String"}.get(name, name), several


def table() -> str:
    lines = [f" {json.dumps(model.__name__)}: {json.dumps(row(model))}" for model in every_model()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.exit(0 if TABLE.write_text(table(), "utf-8") else 1)
