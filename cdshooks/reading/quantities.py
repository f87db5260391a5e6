"""The value of an Observation as a quantity, also where it was sent as a text; and as it was written, for people."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from cdshooks.reading.read import as_text, shown
from cdshooks.terms.concept import Concept
from cdshooks.terms.units import number_of

_TEXT = re.compile(r"(<=|>=|<|>|=)?\s*([0-9][0-9.,]*)\s*(\S.*)", re.DOTALL)
_POINT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
# "142,0" and "0,142" can only be decimals; "1,420" may be either, so it is neither.
_COMMA = re.compile(r"0,[0-9]{1,15}|[0-9]{1,15},(?:[0-9]{1,2}|[0-9]{4,15})")
_SIGNS = str.maketrans({"\u2264": "<=", "\u2265": ">="})
_LONGEST = 60
NO_VALUE = "(no value)"


def quantity_of(resource: Mapping) -> object:
    """The valueQuantity; or a valueString that is nothing but comparator, number and unit, as one."""
    quantity = resource.get("valueQuantity")
    return quantity if quantity is not None else _in_text(as_text(resource.get("valueString")))


def _in_text(text: str) -> Mapping | None:
    if not text or len(text) > _LONGEST:
        return None
    parts = _TEXT.fullmatch(unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip())
    number = _number(parts[2]) if parts else None
    if number is None:
        return None
    quantity = {"value": number, "unit": parts[3]}
    return quantity | {"comparator": parts[1]} if parts[1] else quantity


def _number(text: str) -> Decimal | None:
    if _POINT.fullmatch(text):
        return Decimal(text)
    return Decimal(text.replace(",", ".")) if _COMMA.fullmatch(text) else None


def written(resource: Mapping, concept: Concept | None = None) -> str:
    """The value as it was written, shortened; of a unit that was understood, only words that we know are repeated."""
    quantity = quantity_of(resource)
    if isinstance(quantity, dict):
        return _quantity(quantity, concept)
    told = next((value for key, value in resource.items() if key.startswith("value")), None)
    words = shown(told) if isinstance(told, dict) else str(told)
    return f"'{words[:40]}'" if told is not None and words else NO_VALUE


def _quantity(quantity: Mapping, concept: Concept | None) -> str:
    number = number_of(quantity.get("value"))
    value = "(no number)" if number is None else f"{number}"[:40]
    unit = as_text(quantity.get("unit"))
    if not unit or (concept and not concept.units.find(unit)):
        unit = as_text(quantity.get("code")) or unit or "(no unit)"
    return f"{as_text(quantity.get('comparator'))[:2]}{value} {unit[:20]}"
