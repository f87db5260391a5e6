"""An order in words ("... 20 mg by mouth twice a day") as the draft that a prescriber's screen would make of it.

The drug, the routes and the units are the content's. What is not recognised stays in the order's text, and nothing is
made up: no dose, no route and no code that the words do not say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from cdshooks.errors import BadInput
from cdshooks.terms.concepts import Code, Concepts
from cdshooks.terms.often import NUMBER, number_in, often_in
from cdshooks.terms.units import UCUM

AMOUNT = re.compile(
    rf"(?<![\w.])({NUMBER})\s*([^\W\d_]+(?:\([a-z]+\))?|\{{\w+\}})(?:\s*/\s*([^\W\d_]+))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and a unit of the words, and where they stand; `per` is the unit below a slash (5 mg/mL)."""

    number: Decimal
    unit: str
    per: str
    start: int
    end: int


def order_in_words(text: str, concepts: Concepts) -> dict:
    """The MedicationRequest (R4) that these words mean; raises BadInput where they name no drug.

    A listed code stands in it where exactly the drug, the strength and the route of the words are listed.
    """
    words = " ".join(text.split())
    plain = words.casefold()
    quantities = tuple(_quantities(words, concepts))
    route, said = _route(plain, concepts)
    often, at = _often(plain)
    name = _name(plain, [quantity.start for quantity in quantities], said, at)
    if not name:
        raise BadInput(f"{text!r}: names no drug; write it first, as in 'NAME 20 mg daily', or name a file")
    drug = {"text": words}
    if code := _code(name, quantities, route, concepts):
        drug = {"coding": [{"system": code.system, "code": code.code, "display": code.display}], "text": words}
    dosage = {"text": words} | often | ({"route": {"text": said}} if said else {}) | _dose(quantities, concepts)
    return {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": drug,
        "dosageInstruction": [dosage],
    }


def told(order: dict) -> str:
    """How the words were understood, in one line for the one who wrote them."""
    dosage, drug = order["dosageInstruction"][0], order["medicationCodeableConcept"]
    coding = drug.get("coding", [None])[0]
    parts = [f"{coding['display']} ({coding['code']})" if coding else "a drug in words only: no listed code fits"]
    for rate in dosage.get("doseAndRate", ()):
        parts.append("{value} {unit}".format_map(rate["doseQuantity"]))
    if repeat := dosage.get("timing", {}).get("repeat"):
        parts.append("{frequency} per {period} {periodUnit}".format_map(repeat))
    missing = [word for key, word in (("doseAndRate", "no dose"), ("timing", "not how often")) if key not in dosage]
    return f"order {drug['text']!r}: {', '.join(parts + missing)}"


def _number(text: str) -> Decimal:
    found = number_in(text)
    if found is None:
        raise BadInput(f"{text!r} is no number; write it like 2.5")
    return found


def _quantities(words: str, concepts: Concepts) -> Iterator[Quantity]:
    for match in AMOUNT.finditer(words):
        if concepts.doses.table.find(match[2]):
            per = match[3] if match[3] and concepts.doses.table.find(match[3]) else ""
            yield Quantity(_number(match[1]), match[2], per, match.start(), match.end())


def _route(plain: str, concepts: Concepts) -> tuple[str | None, str]:
    """The class of route, and the word that says it: the longest one that stands there by itself."""
    known = sorted(((word, route.name) for route in concepts.routes for word in route.words), key=lambda k: -len(k[0]))
    for word, name in known:
        if re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain):
            return name, word
    return None, ""


def _often(plain: str) -> tuple[dict, int | None]:
    """The timing, and where it stands in the words."""
    found = often_in(plain)
    return ({"timing": {"repeat": found.repeat}}, found.start) if found else ({}, None)


def _name(plain: str, starts: list[int], route: str, often: int | None) -> str:
    """The words before the first amount, route or time: the drug."""
    ends = [*starts, len(plain)]
    ends += [often] if often is not None else []
    found = re.search(rf"(?<!\w){re.escape(route.casefold())}(?!\w)", plain) if route else None
    ends += [found.start()] if found else []
    return plain[: min(ends)].strip(" ,;:-")


def _dose(quantities: tuple[Quantity, ...], concepts: Concepts) -> dict:
    """What is given at once: the last amount that stands there; the first of several is the strength."""
    given = [quantity for quantity in quantities if not quantity.per]
    if not given:
        return {}
    dose = given[-1]
    unit = {"value": dose.number, "unit": dose.unit}
    if concepts.doses.table.find(dose.unit).kind == "mass":
        unit |= {"system": UCUM, "code": _ucum(dose.unit, concepts)}
    return {"doseAndRate": [{"doseQuantity": unit}]}


def _ucum(unit: str, concepts: Concepts) -> str:
    """The shortest listed spelling of the same unit: what UCUM calls it."""
    table = concepts.doses.table
    return min((text for text in table.texts if table.find(text) == table.find(unit)), key=len)


def _code(name: str, quantities: tuple[Quantity, ...], route: str | None, concepts: Concepts) -> Code | None:
    """The product of this name, strength and route, where only one route is meant; without one the ingredient."""
    drugs = [concept for concept in concepts.by_name.values() if concept.kind == "drug"]
    codes = [code for drug in drugs for code in drug.codes if not code.combined]
    named = [code for code in codes if re.match(rf"{re.escape(name)}(?!\w)", code.display.casefold())]
    products = [code for quantity in quantities for code in named if _is(code, quantity, route, concepts)]
    if len({code.route for code in products}) == 1:
        return products[0]
    return next((c for c in named if c.strength is None and c.display.casefold().partition(" (")[0] == name), None)


def _is(code: Code, quantity: Quantity, route: str | None, concepts: Concepts) -> bool:
    """Is this code of that strength and, where both say one, of that route?"""
    unit = concepts.doses.table.find(quantity.unit)
    if unit.kind != "mass" or code.strength != quantity.number * unit.factor or len({route, code.route} - {None}) > 1:
        return False
    return quantity.per in ("", code.strength_per)
