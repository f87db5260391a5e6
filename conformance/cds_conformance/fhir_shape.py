"""Whether JSON is a resource of FHIR R4: its fields, their types, what is required, words of closed lists, no empties.

By fhir_r4.json, a table of the structures that FHIR publishes: a table is read in milliseconds and installed in none,
where a package with a class for each of 683 structures costs more than the judge and all else that it needs.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from cds_conformance.fhir_values import PRIMITIVES, primitive_fault

CELL = re.compile(r"(?P<kind>\w+)(?P<several>\*?)(?P<required>!?)(\?(?P<one>!?)(?P<group>\w+))?( (?P<words>.+))?")
# Of R4 and not of R4B, of which the table is.
NOT_KNOWN_HERE = re.compile(r"(MedicinalProduct|Substance[A-Z]|EffectEvidence|RiskEvidence).*")
ABSTRACT = ("Resource", "DomainResource")
EMPTY = "is empty, which FHIR does not allow"


@dataclass(frozen=True)
class Field:
    """One field of a structure: its type, whether it is a list and required, its group of names, its closed list."""

    kind: str
    several: bool
    required: bool
    group: str = ""
    one_required: bool = False
    words: tuple[str, ...] = ()


@cache
def _table() -> dict[str, dict[str, str]]:
    return json.loads(resources.files("cds_conformance").joinpath("fhir_r4.json").read_text("utf-8"))


@cache
def fields_of(kind: str) -> dict[str, Field]:
    """Every field of a structure, those of what it builds on first."""
    row = _table()[kind]
    return (fields_of(row[""]) if "" in row else {}) | {name: _field(text) for name, text in row.items() if name}


def _field(text: str) -> Field:
    part = CELL.fullmatch(text).groupdict()
    words = tuple(part["words"].split("|")) if part["words"] else ()
    marks = [bool(part[name]) for name in ("several", "required", "one")]
    return Field(part["kind"], *marks[:2], part["group"] or "", marks[2], words)


@cache
def is_resource(kind: str) -> bool:
    """Whether this is a type of resource; data types such as Reference, and abstract types, are none."""
    return kind not in ABSTRACT and _base(kind) in ABSTRACT


def _base(kind: str) -> str:
    return _table().get(kind, {}).get("", "")


def shape_faults(resource: dict, at: str = ""):
    """Place and fault of everything that R4 does not allow in a resource; values are not quoted."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str):
        yield f"{at}.resourceType".lstrip("."), "is missing"
    elif is_resource(kind):
        yield from _structure(kind, {name: value for name, value in resource.items() if name != "resourceType"}, at)
    elif not NOT_KNOWN_HERE.fullmatch(kind):
        text = kind if len(kind) <= 60 else kind[:60] + "..."
        yield f"{at}.resourceType".lstrip("."), f"{text!r} is no resource of FHIR R4"


def _structure(kind: str, held: dict, at: str):
    known = fields_of(kind)
    for name, value in held.items():
        place, field = f"{at}.{name}".lstrip("."), known.get(name)
        extended = known.get(name[1:]) if name.startswith("_") else None
        if value in ("", [], {}) or value is None:
            yield place, EMPTY
        elif extended and extended.kind in PRIMITIVES:
            yield from _values(Field("Element", extended.several, False), value, place)
        elif field is None:
            yield place, "is no field of this resource"
        else:
            yield from _values(field, value, place)
    yield from _lacking(known, held, at)


def _lacking(known: dict[str, Field], held: dict, at: str):
    """What is required and not there, and what is there under several names."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for name, field in known.items():
        there = name in held or (field.kind in PRIMITIVES and f"_{name}" in held)
        if field.required and not there:
            yield f"{at}.{name}".lstrip("."), "is missing"
        if field.group:
            groups.setdefault((field.group, field.one_required), []).extend([name] * there)
    for (group, required), names in groups.items():
        if len(names) > 1:
            yield f"{at}.{names[1]}".lstrip("."), f"is there beside {names[0]}; only one {group}[x] may be"
        if required and not names:
            yield f"{at}.{group}[x]".lstrip("."), "is missing"


def _values(field: Field, value, at: str):
    if not field.several:
        yield from _one(field, value, at)
    elif not isinstance(value, list):
        yield at, "is not an array"
    else:
        for i, one in enumerate(value):
            if one is not None:  # stands for a value of which only the id or an extension is known
                yield from _one(field, one, f"{at}[{i}]")
            elif field.kind not in PRIMITIVES and field.kind != "Element":
                yield f"{at}[{i}]", EMPTY


def _one(field: Field, value, at: str):
    if value in ("", [], {}):
        yield at, EMPTY
    elif field.kind in PRIMITIVES:
        if fault := primitive_fault(field.kind, value):
            yield at, fault
        elif field.words and value not in field.words:
            yield at, f"is none of {', '.join(field.words)}"
    elif not isinstance(value, dict):
        yield at, "is not an object"
    elif field.kind == "Resource":
        yield from shape_faults(value, at)
    else:
        yield from _structure(field.kind, value, at)
