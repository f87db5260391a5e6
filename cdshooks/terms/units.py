"""Amounts with units: an allow-list for each analyte, exact factors inside one kind of unit, never a guess."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

UCUM = "http://unitsofmeasure.org"
COMPARATORS = (None, "<", "<=", ">", ">=", "=")  # "=" is what converters write where there is none


def spelling(unit: str) -> str:
    """How spellings are compared: without regard to case, blanks and the two micro signs.

    >>> spelling("10*9 / L"), spelling("µG/mL") == spelling("μg/ml")
    ('10*9/l', True)
    """
    folded = unicodedata.normalize("NFKC", unit).casefold()
    return "".join(c for c in folded if not c.isspace() and c != "\u200b").replace("\u03bc", "u")


@dataclass(frozen=True, slots=True)
class Unit:
    """An accepted unit: its kind (units of one kind share cut-offs), and the factor to the kind's own unit."""

    kind: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in the own unit of a kind, possibly only a bound (comparator <, <=, >, >=)."""

    number: Decimal
    kind: str
    comparator: str | None = None

    def against(self, limit: Decimal, below: bool, including: bool) -> bool | None:
        """Is every possible value below (or above) the limit? True, False (none is), or None (some are).

        >>> Amount(Decimal(200), "mass", "<").against(Decimal(180), below=True, including=False) is None
        True
        """
        low, low_open, high, high_open = self._range()
        if below:
            return _all_below(high, high_open, low, low_open, limit, including)
        inside = _all_below(high, high_open, low, low_open, limit, not including)
        return None if inside is None else not inside

    def _range(self):
        number = self.number
        match self.comparator:
            case "<" | "<=":
                return Decimal(0), False, number, self.comparator == "<"
            case ">" | ">=":
                return number, self.comparator == ">", Decimal("Infinity"), True
        return number, False, number, False


def _all_below(high, high_open, low, low_open, limit, including) -> bool | None:
    """Of an interval: all of it below the limit (True), none of it (False), or some (None)."""
    if high < limit or (high == limit and (including or high_open)):
        return True
    if low > limit or (low == limit and (low_open or not including)):
        return False
    return None


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Why a quantity cannot be used, in words for a trace."""

    says: str


class UnitTable:
    """The accepted units of one analyte, by spelling."""

    def __init__(self, units: Mapping[str, Unit]):
        self._units = {spelling(text): unit for text, unit in units.items()}
        self._as_listed = dict(units)  # as most write them: a look-up instead of going through the text
        self.texts = tuple(units)

    def find(self, text: object) -> Unit | None:
        if not isinstance(text, str) or len(text) >= 60:
            return None
        return self._as_listed.get(text) or self._units.get(spelling(text))

    def unit_of(self, quantity: Mapping) -> Unit | NotUnderstood:
        """The unit of a FHIR Quantity by its `code`, else by its `unit`; contradictions are not understood."""
        code, text = quantity.get("code"), quantity.get("unit")
        by_code = self.find(code)
        by_text = by_code if text == code else self.find(text)
        if by_code and by_text and by_code != by_text:
            return NotUnderstood(f"the unit contradicts itself: code {_short(code)}, unit {_short(text)}")
        if by_code:
            return by_code
        if isinstance(code, str) and code and quantity.get("system") == UCUM:
            return NotUnderstood(f"{_short(code)} is not a unit we accept here")
        if by_text:
            return by_text
        shown = text or code
        return NotUnderstood(f"{_short(shown)} is not a unit we accept here" if shown else "the unit is missing")

    def amount(self, quantity: object) -> Amount | NotUnderstood:
        """A FHIR Quantity as an amount in its kind's own unit, or why it cannot be used."""
        if not isinstance(quantity, dict):
            return NotUnderstood("there is no number with a unit")
        number = number_of(quantity.get("value"))
        if number is None:
            return NotUnderstood("there is no number that can be used")
        comparator = quantity.get("comparator")
        if comparator not in COMPARATORS:
            return NotUnderstood(f"the comparator {_short(comparator)} is not understood")
        unit = self.unit_of(quantity)
        if isinstance(unit, NotUnderstood):
            return unit
        return Amount(number * unit.factor, unit.kind, None if comparator == "=" else comparator)


def _short(value: object) -> str:
    """What was sent, for a sentence that says what is wrong with it: never longer than one reads."""
    return repr(value[:40]) if isinstance(value, str) else f"({type(value).__name__})"


def number_of(value: object) -> Decimal | None:
    """A finite number, zero or more, of a size that can be meant; else None. Texts and booleans are no numbers."""
    if value.__class__ is Decimal:  # as the decoder makes of every number with a point
        number = value
    elif isinstance(value, float):
        number = Decimal(repr(value))
    elif isinstance(value, bool) or not isinstance(value, int) or value.bit_length() > 100:
        return None
    else:
        number = Decimal(value)
    if not number.is_finite() or number < 0 or (number and abs(number.adjusted()) > 20):
        return None
    return number
