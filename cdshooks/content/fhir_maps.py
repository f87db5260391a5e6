"""FHIR ConceptMap and ValueSet (R4 JSON) of terminologists, read as codes of our concepts; and ours written as such."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cdshooks.content.faults import Faults
from cdshooks.terms.codes import WORDS
from cdshooks.terms.concepts import Concept
from cdshooks.terms.systems import spelling

CONCEPTS = "urn:cdshooks:concepts"  # the system of our names of concepts, in the ConceptMaps that we write
# Equivalences that let a source code be taken for its target; wider, narrower or inexact ones do not.
SAME = {"equivalent", "equal", "specializes", "subsumes"}


@dataclass(frozen=True, slots=True)
class Coded:
    """A code that a site maps: its system (empty: none), the code, what it is called, and whether sub-codes count."""

    system: str
    code: str
    display: str
    below: bool = False


def read_map(path: Path, concept: str, ours: Mapping, place: str, faults: Faults) -> Iterator[tuple[str, Coded]]:
    """(concept, code) of each row of the file; `ours` says which concept each of our (system, code) is of.

    A ValueSet, which must be expanded or list its codes, is of the one `concept`; a ConceptMap says by its targets:
    our codes, or names of our concepts.
    """
    try:
        body = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        faults.add(place, f"{path.name} cannot be read as JSON ({getattr(fault, 'strerror', None) or 'it is no JSON'})")
        return
    kind = body.get("resourceType") if isinstance(body, dict) else None
    if kind == "ValueSet" and not concept:
        faults.add(place, f"{path.name} is a ValueSet; say with `concept` of what it is")
    elif kind == "ValueSet":
        rows = list(_value_set(body))
        if not rows:
            faults.add(place, f"{path.name} lists no codes; expand the ValueSet first")
        yield from ((concept, coded) for coded in rows)
    elif kind == "ConceptMap":
        yield from _concept_map(body, ours, f"{place}, {path.name}", faults)
    else:
        faults.add(place, f"{path.name} is no ValueSet and no ConceptMap")


def _value_set(body: Mapping) -> Iterator[Coded]:
    contained = list(body.get("expansion", {}).get("contains", ()))
    while contained:
        row = contained.pop(0)
        contained[:0] = row.get("contains", ())
        if row.get("code") and not row.get("abstract"):
            yield Coded(row.get("system", ""), row["code"], row.get("display", row["code"]))
    if "expansion" not in body:
        for include in body.get("compose", {}).get("include", ()):
            for row in include.get("concept", ()):
                yield Coded(include.get("system", ""), row["code"], row.get("display", row["code"]))


def _concept_map(body: Mapping, ours: Mapping, place: str, faults: Faults) -> Iterator[tuple[str, Coded]]:
    for group in body.get("group", ()):
        for element in group.get("element", ()):
            for target in element.get("target", ()):
                if target.get("equivalence", "equivalent") not in SAME:
                    continue
                system, code = group.get("target", ""), target.get("code", "")
                concept = code if system == CONCEPTS else ours.get((spelling(system), code))
                if concept:
                    display = element.get("display", element["code"])
                    yield concept, Coded(group.get("source", ""), element["code"], display)
                else:
                    faults.add(place, f"{element.get('code')} is mapped to {code} of {system}, which no concept lists")


# --- ours, for terminologists ---------------------------------------------------------------------------------------


def value_set(concept: Concept) -> dict:
    """The codes of a concept as an expanded ValueSet (R4)."""
    rows = [{"system": c.system, "code": c.code, "display": c.display} for c in concept.codes if c.system != WORDS]
    include: dict[str, list] = {}
    for row in rows:
        include.setdefault(row["system"], []).append({"code": row["code"], "display": row["display"]})
    return {
        "resourceType": "ValueSet",
        "id": _id(concept.name),
        "url": f"{CONCEPTS}:{concept.name}",
        "name": concept.name,
        "title": concept.label,
        "status": "active",
        "compose": {"include": [{"system": system, "concept": codes} for system, codes in include.items()]},
        "expansion": {"timestamp": "2026-01-01", "total": len(rows), "contains": rows},
    }


def concept_map(concepts: list[Concept]) -> dict:
    """From every code to the name of the concept that lists it, as a ConceptMap (R4)."""
    groups: dict[str, dict[str, dict]] = {}
    for concept in concepts:
        for code in (code for code in concept.codes if code.system != WORDS):
            element = groups.setdefault(code.system, {}).setdefault(
                code.code, {"code": code.code, "display": code.display, "target": []}
            )
            target = {"code": concept.name, "display": concept.label, "equivalence": "equivalent"}
            element["target"].append(target)
    found = [{"source": s, "target": CONCEPTS, "element": list(rows.values())} for s, rows in groups.items()]
    return {
        "resourceType": "ConceptMap",
        "id": "concepts",
        "url": f"{CONCEPTS}:map",
        "status": "active",
        "group": found,
    }


def _id(name: str) -> str:
    return name.replace("_", "-")[:64]
