"""What a suggestion may order: FHIR resources that we author, validated by fhir.resources before they are offered."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from cdshooks.content.faults import Faults
from cdshooks.content.validated import is_known_to_be_sound

# fhir.resources has no R4 package; for these resource types its R4B models have every R4 element and no other.
_MODELS = {"ServiceRequest": "servicerequest", "MedicationRequest": "medicationrequest"}
EXAMPLE = ("example", "2026-01-15")  # the patient and the day of a template that is validated

DAY = re.compile(r"\{today(?: \+ (\d+) days?)?\}")


@dataclass(frozen=True)
class Template:
    """A resource without its patient and date, which the call fills in.

    `what` names it in running text; `country` is that whose product, codes and schedule it is, "" for any.
    """

    name: str
    label: str
    description: str
    resource: dict
    what: str = ""
    country: str = ""
    source: str = ""

    @property
    def codings(self) -> list[dict]:
        """What it orders, in the codes of its resource."""
        return self.resource.get("medicationCodeableConcept", self.resource.get("code", {})).get("coding", [])

    @property
    def is_a_drug(self) -> bool:
        return self.resource.get("resourceType") == "MedicationRequest"

    def fill(self, patient_id: str, today: str) -> dict:
        """It for one patient, sharing what is the same for all; `{today}` and `{today + 21 days}` become days.

        >>> Template("x", "", "", {"note": "{today + 21 days}"}).fill("p", "2026-01-15")
        {'note': '2026-02-05', 'subject': {'reference': 'Patient/p'}, 'authoredOn': '2026-01-15'}
        """
        day = date.fromisoformat(today)
        dated = {name: _dated(self.resource[name], day) for name in self._with_days}
        return self.resource | dated | {"subject": {"reference": f"Patient/{patient_id}"}, "authoredOn": today}

    @cached_property
    def _with_days(self) -> frozenset[str]:
        """The elements in which a day is to be filled in; all others are the same in every copy."""
        return frozenset(name for name, inner in self.resource.items() if _dated(inner, date.min) != inner)


def _dated(value: object, today: date):
    """A copy with its days filled in."""
    if isinstance(value, dict):
        return {key: _dated(inner, today) for key, inner in value.items()}
    if isinstance(value, list):
        return [_dated(inner, today) for inner in value]
    if isinstance(value, str) and "{" in value:
        return DAY.sub(lambda match: (today + timedelta(days=int(match[1] or 0))).isoformat(), value)
    return value


@dataclass(frozen=True)
class Order:
    """What may be ordered under one name: one resource for all, or one for each country that has its own."""

    name: str
    says: str
    variants: tuple[Template, ...] = ()
    instead: str = ""  # the order that is offered where a card forbids this one

    def of(self, country: str | None) -> tuple[Template, ...]:
        """Those that can be filed in a country; where the country is not known, all of them."""
        return tuple(t for t in self.variants if country is None or t.country in ("", country))


@dataclass(frozen=True)
class Suggestion:
    """A suggestion of a card: orders to create, drafts of certain drugs to delete or to change; and with which texts.

    Without a label it is called what its one order is called.
    """

    label: str = ""
    orders: tuple[Order, ...] = ()
    remove: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    patch: dict = field(default_factory=dict)
    for_texts: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    question: object | None = None
    recommended: bool = False

    @property
    def offers_a_drug(self) -> bool:
        return bool(self.change) or any(t.is_a_drug for order in self.orders for t in order.variants)

    @property
    def title(self) -> str:
        """How it is called where no country's product stands for it."""
        return self.label or " and ".join(order.says for order in self.orders)

    def is_for(self, text: str, modifiers: frozenset[str]) -> bool:
        return (not self.for_texts or text in self.for_texts) and not modifiers & set(self.not_with)

    def instead(self, orders: Mapping[str, Order]) -> "Suggestion | None":
        """The same with the orders that stand in for its own; None where one has none."""
        if not self.orders or any(order.instead not in orders for order in self.orders):
            return None
        return replace(self, orders=tuple(orders[order.instead] for order in self.orders))

    def in_country(self, country: str | None) -> list["Concrete"]:
        """Once for each country in which all of its orders can be filed; nothing where none can."""
        if not self.orders:
            return [Concrete(self.label, (), self)]
        choices = [order.of(country) for order in self.orders]
        places = dict.fromkeys(t.country for choice in choices for t in choice)
        if len(places) > 1:
            places.pop("", None)
        return [made for place in places if (made := self._in(place, choices))]

    def _in(self, place: str, choices: list[tuple[Template, ...]]) -> "Concrete | None":
        chosen = [next((t for t in choice if t.country in ("", place)), None) for choice in choices]
        if None in chosen:
            return None
        what = " and ".join(t.what for t in chosen)
        label = f"Replace the draft by {what}" if self.remove else chosen[0].label
        return Concrete(self.label or label, tuple(chosen), self, place)


@dataclass(frozen=True)
class Concrete:
    """A suggestion as it can be offered in one country ("": in any)."""

    label: str
    templates: tuple[Template, ...]
    suggestion: Suggestion
    country: str = ""

    @property
    def label_by_hand(self) -> str:
        """What it is called where no action can name each draft that it would remove or change."""
        ordered = " and ".join(template.label for template in self.templates)
        return f"{ordered}; remove the draft by hand" if ordered else f"{self.label} (one has to be done by hand)"


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
    """The orders by name, from all files of `_orders/`; a file with a `country` holds that country's variants."""

    orders: dict[str, Order] = field(default_factory=dict)

    def add(self, content: dict, place: str, faults: Faults) -> None:
        country = content.get("country", "")
        for name, table in content.get("order", {}).items():
            where = f"{place}, [order.{name}]"
            known = self.orders.get(name, Order(name, ""))
            if "resource" not in table and "like" not in table:
                named = replace(known, says=table["says"], instead=table.get("instead", ""))
                self._name(named, bool(known.says), where, faults)
                continue
            if any(t.country == country for t in known.variants):
                faults.add(where, "the name is already that of another order" + (f" of {country}" if country else ""))
            template = self._template(name, table, country, where, faults)
            if template:
                says = known.says or ("" if country else template.what)
                self.orders[name] = replace(known, says=says, variants=(*known.variants, template))

    def check(self, countries: Iterable[str], sources: Iterable[str], faults: Faults) -> None:
        """Every order has something to order; countries and sources are known."""
        for order in self.orders.values():
            if not order.says:
                faults.add(f"cards/_orders, [order.{order.name}]", "no file says how it is called in any country: says")
            if order.instead and order.instead not in self.orders:
                faults.add(f"cards/_orders, [order.{order.name}], instead", f"no order is called '{order.instead}'")
            if not order.variants:
                faults.add(f"cards/_orders, [order.{order.name}]", "no file has a resource for it")
            for template in order.variants:
                where = f"cards/_orders, [order.{order.name}] of {template.country}"
                if template.country and template.country not in countries:
                    faults.add(where, "no country is called so; see cards/_concepts/countries.toml")
                if template.source and template.source not in sources:
                    faults.add(where, f"no source is called '{template.source}'")

    def _name(self, order: Order, told: bool, where: str, faults: Faults) -> None:
        if told:
            faults.add(where, "it is already named elsewhere")
        self.orders[order.name] = order

    def _template(self, name: str, table: dict, country: str, where: str, faults: Faults) -> Template | None:
        if "like" in table:
            other = self.orders.get(table["like"], Order("", ""))
            twin = next((t for t in other.variants if t.country == country), None)
            if twin is None:
                faults.add(where, f"no order of this country, told before it, is called '{table['like']}'")
            return twin and replace(twin, name=name)
        what = table.get("what", table.get("description", ""))
        label = table.get("label", f"Order {what}")
        description = table.get("description", f"Draft: {what}")
        resource = _numbers(table["resource"])
        template = Template(name, label, description, resource, what, country, table.get("source", ""))
        filled = template.fill(*EXAMPLE)
        for says in () if is_known_to_be_sound(filled) else faults_of(filled):
            faults.add(where, says)
        return template


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
