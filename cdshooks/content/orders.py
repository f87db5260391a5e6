"""What a suggestion may order: FHIR resources that we author, validated by fhir.resources when they are loaded."""

import copy
from dataclasses import dataclass, field
from decimal import Decimal

from cdshooks.content.faults import Faults

# fhir.resources has no R4 package; for these resource types its R4B models have every R4 element and no other.
_MODELS = {"ServiceRequest": "servicerequest", "MedicationRequest": "medicationrequest"}


@dataclass(frozen=True)
class Template:
    """A resource without its patient and date, which the call fills in."""

    name: str
    label: str
    description: str
    resource: dict

    @property
    def codings(self) -> list[dict]:
        """What it orders, in the codes of its resource."""
        return self.resource.get("medicationCodeableConcept", self.resource.get("code", {})).get("coding", [])

    def fill(self, patient_id: str, today: str) -> dict:
        """A copy for one patient.

        >>> Template("x", "", "", {"resourceType": "ServiceRequest"}).fill("p", "2026-01-15")["subject"]
        {'reference': 'Patient/p'}
        """
        resource = copy.deepcopy(self.resource)
        resource["subject"] = {"reference": f"Patient/{patient_id}"}
        resource["authoredOn"] = today
        return resource


@dataclass(frozen=True)
class Suggestion:
    """A suggestion of a card: orders to create, or drafts of certain drugs to delete; and with which texts."""

    label: str
    orders: tuple[Template, ...] = ()
    remove: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    patch: dict = field(default_factory=dict)
    for_texts: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    question: object | None = None
    recommended: bool = False

    @property
    def offers_a_drug(self) -> bool:
        return bool(self.change) or any(t.resource["resourceType"] == "MedicationRequest" for t in self.orders)

    def is_for(self, text: str, modifiers: frozenset[str]) -> bool:
        return (not self.for_texts or text in self.for_texts) and not modifiers & set(self.not_with)


def patched(resource: dict, patch: dict) -> dict:
    """A client's own resource with some places set anew and nothing else changed; the resource itself stays as it is.

    A place is a path of keys and list positions.

    >>> patched({"a": [{"b": 1, "c": 2}]}, {"a.0.b": 5})
    {'a': [{'b': 5, 'c': 2}]}
    """
    changed = copy.deepcopy(resource)
    for path, value in patch.items():
        *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
        place = changed
        for step in way:
            place = place[step]
        place[last] = copy.deepcopy(value)
    return changed


@dataclass
class Shelf:
    """The order templates by name."""

    templates: dict[str, Template] = field(default_factory=dict)

    def add(self, content: dict, place: str, faults: Faults) -> None:
        for name, table in content.get("order", {}).items():
            where = f"{place}, [order.{name}]"
            if name in self.templates:
                faults.add(where, "the name is already that of another order")
            template = Template(name, table["label"], table["description"], _numbers(table["resource"]))
            for says in faults_of(template.fill("example", "2026-01-15")):
                faults.add(where, says)
            self.templates[name] = template


def _numbers(value: object) -> object:
    """Whole decimals stay exact; everything that JSON knows stays as it is."""
    if isinstance(value, dict):
        return {k: _numbers(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_numbers(v) for v in value]
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def faults_of(resource: dict) -> list[str]:
    """What fhir.resources finds wrong with a resource, in short lines."""
    from importlib import import_module

    kind = resource.get("resourceType")
    if kind not in _MODELS:
        return [f"'{kind}' cannot be ordered; known are {', '.join(sorted(_MODELS))}"]
    model = getattr(import_module(f"fhir.resources.R4B.{_MODELS[kind]}"), kind)
    try:
        model.model_validate(resource)
    except Exception as error:  # fhir.resources lets KeyError and RecursionError through beside ValidationError
        rows = error.errors() if hasattr(error, "errors") else [{"loc": (), "msg": str(error)}]
        return [f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows]
    return []
