"""Requests that grow: every resource type that is read, every list in it, and types that point to each other."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from itertools import combinations, product

from cdshooks.terms.concepts import Concept
from tests.shipped import LIBRARY

TODAY = date(2026, 1, 15)
SCT, LOINC, RXNORM = "http://snomed.info/sct", "http://loinc.org", "http://www.nlm.nih.gov/research/umls/rxnorm"
US = {"reference": "Patient/p1"}
DRUG_KINDS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
DRAFTS, ROWS = "draft", "row"


def codes(*kinds: str) -> dict[str, dict]:
    """A coding of every concept of these kinds: few, so that the smallest size has them all and no card comes later."""
    first = {one.name: one.codes[0] for one in LIBRARY.concepts.by_name.values() if one.kind in kinds and one.codes}
    return {name: {"system": c.system, "code": c.code, "display": c.display} for name, c in first.items()}


CODES = {
    "Observation": codes("result", "status"),
    "Condition": codes("problem"),
    "Procedure": codes("problem"),
    "FamilyMemberHistory": codes("problem"),
    "Encounter": codes("visit", "problem"),
    "AllergyIntolerance": codes("substance", "drug"),
    "ServiceRequest": codes("test", "result"),
} | dict.fromkeys((*DRUG_KINDS, "Medication"), codes("drug"))


def concept(kind: str, number: int, about: str = "") -> dict:
    """A concept of the record: all of them in turn, or always the one of this name."""
    coding = CODES[kind][about] if about else list(CODES[kind].values())[number % len(CODES[kind])]
    return {"coding": [dict(coding)], "text": coding["display"]}


def day(number: int) -> str:
    return (TODAY - timedelta(days=number * 7919 % 720)).isoformat()


def dosage(number: int) -> list[dict]:
    return [
        {
            "sequence": 1,
            "text": f"{number} mg daily",
            "route": {"coding": [{"system": SCT, "code": "26643006"}], "text": "oral"},
            "timing": {
                "event": [day(number)],
                "repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"], "timeOfDay": ["08:00:00"], "when": ["MORN"]},
                "code": {"coding": [{"code": "QD"}]},
            },
            "doseAndRate": [{"doseQuantity": {"value": 1 + number % 5, "unit": "mg", "code": "mg"}}],
        }
    ]


def status(code: str) -> dict:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": code}]}


def resource(kind: str, number: int, about: str = "") -> dict:
    """A resource of this type with one entry in every list that is read; each number makes another one."""
    made = {"resourceType": kind, "id": f"{kind}-{number}", "subject": dict(US), "status": "completed"}
    made["extension"] = [{"url": "urn:x", "valueString": "x"}]
    if kind == "Observation":
        made |= {
            "status": ("final", "amended", "preliminary")[number % 3],
            "code": concept(kind, number, about),
            "category": [{"coding": [{"code": "laboratory"}]}],
            "effectiveDateTime": day(number),
            "performer": [{"reference": "Organization/1", "display": "Lab"}],
            "identifier": [{"system": "urn:x", "value": str(number)}],
            "valueQuantity": {"value": 50 + 300 * (number % 2), "unit": "ng/L", "code": "ng/L"},
            "referenceRange": [{"high": {"value": 900, "unit": "ng/L"}, "meaning": {"coding": [{"code": "normal"}]}}],
        }
    elif kind in ("Condition", "Procedure"):
        made |= {"code": concept(kind, number, about), "clinicalStatus": status("active"), "verificationStatus": status("confirmed")}
        made |= {"onsetDateTime": day(number), "performedDateTime": day(number)}
    elif kind == "AllergyIntolerance":
        made |= {"patient": dict(US), "code": concept(kind, number, about), "clinicalStatus": status("active")}
        made["reaction"] = [{"substance": concept(kind, number + 1, about)}]
    elif kind == "FamilyMemberHistory":
        made |= {"patient": dict(US), "condition": [{"code": concept(kind, number, about)}]}
    elif kind == "Encounter":
        made |= {"status": "finished", "type": [concept(kind, number, about)], "reasonCode": [concept(kind, number, about)]}
        made |= {"period": {"start": day(number)}}
    elif kind == "Medication":
        made |= {"code": concept(kind, number, about), "ingredient": [{"itemCodeableConcept": concept(kind, number, about)}]}
    elif kind == "ServiceRequest":
        made |= {"status": "draft", "intent": "order", "code": concept(kind, number, about), "authoredOn": day(number)}
    elif kind in DRUG_KINDS:
        made |= {"intent": "order", "medicationCodeableConcept": concept(kind, number, about), "authoredOn": day(number)}
        made |= {"effectiveDateTime": day(number), "dosageInstruction": dosage(number)}
        made["status"] = "completed" if kind == "MedicationAdministration" else "active"
    elif kind == "Patient":
        made |= {"id": "p1" if number % 2 else f"q{number}", "birthDate": "1950-02-03", "name": [{"family": "Other", "given": ["A"]}]}
    return made


KINDS = (*CODES, "Patient")


def pointing(kind: str, number: int, at: str, contained: dict | None = None) -> dict:
    """An order that names its drug by a reference."""
    made = resource(kind, number)
    del made["medicationCodeableConcept"]
    made["medicationReference"] = {"reference": at}
    return made | ({"contained": [contained]} if contained else {})


# --- shapes -------------------------------------------------------------------------------------------------------

Grow = Callable[[int], tuple[list[dict], list[dict]]]  # a size -> rows of the record, drafts


def lists_in(value: object, path: tuple = ()) -> Iterator[tuple]:
    """The way to every list inside."""
    if isinstance(value, list):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from lists_in(inner, (*path, key))


def longer(made: dict, path: tuple, size: int) -> dict:
    """The same, one of its lists so many times as long; each entry a thing of its own."""
    made = copy.deepcopy(made)
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = [_varied(copy.deepcopy(place[path[-1]][0]), number) for number in range(size)]
    return made


def _varied(entry: object, number: int) -> object:
    if isinstance(entry, dict):
        if "code" in entry and "system" in entry:
            return entry | ({"code": f"{entry['code']}{number}"} if number % 2 else {})
        if "id" in entry:
            return entry | {"id": f"{entry['id']}-{number}"}
        return entry | {"sequence": number} if "timing" in entry else entry
    return f"{entry}{number}" if isinstance(entry, str) else entry


def shapes() -> dict[str, Grow]:
    """Every shape by its name."""
    found: dict[str, Grow] = {}
    for kind in KINDS:
        found[f"{kind}s"] = lambda n, kind=kind: ([resource(kind, i) for i in range(n)], [])
        found[f"draft {kind}s"] = lambda n, kind=kind: ([], [resource(kind, i) for i in range(n)])
        found[f"one {kind}, sent many times"] = lambda n, kind=kind: ([resource(kind, 1) for _ in range(n)], [])
        for path in lists_in(resource(kind, 1)):
            name = ".".join(map(str, path))
            found[f"one {kind} with long {name}"] = lambda n, kind=kind, path=path: ([longer(resource(kind, 1), path, n)], [])
            found[f"{kind}s and one with long {name}"] = lambda n, kind=kind, path=path: (
                [longer(resource(kind, 1), path, n), *(resource(kind, i) for i in range(n))],
                [],
            )
    for name in CODES["MedicationRequest"]:
        found[f"draft orders of {name}"] = lambda n, name=name: ([], [resource("MedicationRequest", i, name) for i in range(n)])
    return found | pairs() | questions() | references() | inward()


def pairs() -> dict[str, Grow]:
    """Two types side by side: what starts after what, which result counts beside what was given."""
    return {
        f"{one}s beside {other}s": lambda n, one=one, other=other: (
            [resource(kind, i) for i in range(n) for kind in (one, other)],
            [],
        )
        for one, other in combinations(KINDS, 2)
    } | {
        f"draft {one}s beside {other}s": lambda n, one=one, other=other: (
            [resource(other, i) for i in range(n)],
            [resource(one, i) for i in range(n)],
        )
        for one in ("MedicationRequest", "ServiceRequest")
        for other in KINDS
    }


def questions() -> dict[str, Grow]:
    """For every question of the cards that names two things: many of both, and nothing else."""
    found: dict[str, Grow] = {}
    for names in sorted({tuple(sorted(names)) for card in LIBRARY.cards for names in named_together(card.questions + card.asides)}):
        for kinds in product(*([kind for kind in KINDS if name in CODES.get(kind, ())] for name in names)):
            shown = " and ".join(f"{name} ({kind})" for name, kind in zip(names, kinds, strict=True))
            found[f"nothing but {shown}"] = lambda n, names=names, kinds=kinds: (
                [resource(kind, i, name) for i in range(n) for name, kind in zip(names, kinds, strict=True)],
                [],
            )
    return found


def named_together(question: object) -> Iterator[set[str]]:
    """The concepts that stand in one question, where they are two; and a result with what overrules it."""
    if isinstance(question, tuple):
        for one in question:
            yield from named_together(one)
    elif is_dataclass(question):
        inside = [getattr(question, field.name) for field in fields(question)]
        inside += [getattr(one, "drug", None) for one in inside]
        concepts = [one for one in inside if isinstance(one, Concept)]
        names = {name for one in concepts for name in (*(one.members or (one.name,)), one.overruled_by) if name}
        yield from (set(pair) for pair in combinations(sorted(names), 2))
        for one in inside:
            yield from named_together(one if isinstance(one, tuple) or not isinstance(one, Concept) else None)


# Where a row may point to what lies inside it, any number of times.
INWARD = {
    "Procedure": ("usedReference", "reasonReference", "complicationDetail"),
    "Encounter": ("reasonReference",),
    "MedicationRequest": ("reasonReference", "supportingInformation"),
    "Observation": ("hasMember",),
}


def inward() -> dict[str, Grow]:
    """One row that points to what lies inside it as often as there is something, none of it what is meant."""
    return {
        f"one {kind} with many things inside it and as many of {name}": lambda n, kind=kind, name=name: (
            [
                resource(kind, 1)
                | {"contained": [{"resourceType": "Device", "id": f"i-{i}"} for i in range(n)]}
                | {name: [{"reference": f"#none-{i}"} for i in range(n)]}
            ],
            [],
        )
        for kind, names in INWARD.items()
        for name in names
    }


def references() -> dict[str, Grow]:
    """Orders that point to Medications: many to one with a long list, many to many, to contained ones, to themselves."""
    found: dict[str, Grow] = {}
    for kind in DRUG_KINDS:
        for path in lists_in(resource("Medication", 1)):
            name = ".".join(map(str, path))
            found[f"{kind}s that point to one Medication with long {name}"] = lambda n, kind=kind, path=path: (
                [longer(resource("Medication", 1), path, n), *(pointing(kind, i, "Medication/Medication-1") for i in range(n))],
                [],
            )
            found[f"draft {kind}s that point to one Medication with long {name}"] = lambda n, kind=kind, path=path: (
                [longer(resource("Medication", 1), path, n)],
                [pointing(kind, i, "Medication/Medication-1") for i in range(n)],
            )
        found[f"{kind}s that point to Medications"] = lambda n, kind=kind: (
            [resource("Medication", i) for i in range(n)] + [pointing(kind, i, f"Medication/Medication-{i}") for i in range(n)],
            [],
        )
        found[f"{kind}s that contain their Medication"] = lambda n, kind=kind: (
            [pointing(kind, i, "#m", resource("Medication", i) | {"id": "m"}) for i in range(n)],
            [],
        )
        found[f"one {kind} that contains many Medications"] = lambda n, kind=kind: (
            [longer(pointing(kind, 1, f"#m-{n - 1}", resource("Medication", 1) | {"id": "m"}), ("contained",), n)],
            [],
        )
        found[f"{kind}s that point to one that is not there"] = lambda n, kind=kind: (
            [pointing(kind, i, "Medication/none") for i in range(n)],
            [],
        )
    return found
