"""How doses are written: the units of a table, in a field of their own or within words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import groupby

from cdshooks.terms.units import NotUnderstood, Unit, UnitTable, number_of

_ANNOTATION = re.compile(r"(?<=\w)\{[^{}]*\}")
# 1000, 1,000, 1'000, 1 000 (what is not all noughts behind a blank may be another number), 0,5.
_GROUPED = r"[1-9]\d{0,2}(?:(?:[,'\u2019\u00a0\u202f]\d{3})+| 000)(?:\.\d{1,3})?"
# 1.000.000 or 1.000,5: dots that can be nothing but those between thousands.
_DOTTED = r"[1-9]\d{0,2}(?:(?:\.\d{3}){2,}(?:,\d{1,3})?|\.\d{3},\d{1,3})"
NUMBER = rf"(?:{_DOTTED}|{_GROUPED}|\d{{1,7}}(?:[.,]\d{{1,3}})?)"
# One as programs write it, or a thousand as many countries do.
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
RANGE = rf"(?:{NUMBER} ?[-\u2013\u2014] ?)?"  # of which only the high end counts
COUNTLESS = (None, "", "1")
UNCLEAR = "unclear"  # the kind of what is written as an amount, and cannot be read or contradicts itself
OF_PIECES = ("count", "container")  # kinds of things that are counted
OF_NO_MASS = (*OF_PIECES, "volume")  # kinds in which a number says nothing that a product does not


@dataclass(frozen=True)
class DoseUnits:
    """Masses in mg, counts of a product's units, volumes in mL, what merely holds a dose, and international units."""

    table: UnitTable

    def find(self, text: object) -> Unit | None:
        """The unit of this spelling; an annotation of UCUM behind it ("mg{...}") says nothing more."""
        found = self.table.find(text)
        if found is None and isinstance(text, str) and "{" in text:
            found = self.table.find(_ANNOTATION.sub("", text))
        return found

    def unit_of(self, quantity: Mapping) -> Unit | NotUnderstood:
        told = {key: _ANNOTATION.sub("", value) for key in ("code", "unit") if (value := quantity.get(key))}
        return self.table.unit_of({**quantity, **told})

    def is_unclear(self, quantity: object) -> bool:
        """Is an amount told of which nobody can say how much it is: no number, a unit that is not known, two units?"""
        if not isinstance(quantity, dict):
            return True
        told = [quantity.get(key) for key in ("code", "unit") if quantity.get(key) not in COUNTLESS]
        if not all(isinstance(text, str) for text in told):
            return True
        if number_of(quantity.get("value")) is None or quantity.get("comparator"):
            return quantity.get("value") is not None
        if not told or not isinstance(self.unit_of(quantity), NotUnderstood):
            return False
        return not all(map(self._says_no_mass, told))

    def pieces(self, quantity: object) -> Decimal | None:
        """How many tablets, vials or things without a name; None of a mass, a volume, and what cannot be read.

        Many drops make one piece.
        """
        if not isinstance(quantity, dict):
            return None
        told = [quantity.get(key) for key in ("code", "unit") if quantity.get(key) not in COUNTLESS]
        number = number_of(quantity.get("value"))
        if number is None or not told or not all(isinstance(text, str) for text in told):
            return None if told else number
        found = [self._bare(text) for text in told]
        return number * found[-1].factor if all(unit and unit.kind in OF_PIECES for unit in found) else None

    def _bare(self, text: str) -> Unit | None:
        """The unit with which it begins: "ampoule (1 mL)", "{ampule}"."""
        bare = text.strip().strip("{}")
        return self.find(bare) or self.find((bare.split() or [""])[0].strip(",;()"))

    def _says_no_mass(self, text: str) -> bool:
        """Does it begin with a vessel or a form, or is it an annotation: "ampoule (1 mL)", "{ampule}"?"""
        found = self._bare(text)
        return found.kind in OF_NO_MASS if found else text.strip().startswith("{")

    def mass(self, number: str, unit: str) -> Decimal | None:
        """In mg; None of what is no mass, and of a number that can be read in two ways."""
        found = self.find(unit)
        is_mass = found is not None and found.kind == "mass" and not is_ambiguous(number)
        return written_number(number) * found.factor if is_mass else None

    def amounts(self, text: str) -> Iterator[tuple[Decimal, Unit]]:
        """The amounts that stand in a text; a concentration is none, nor is what can be read in two ways."""
        for match in self._amount.finditer(text.casefold()):
            if not is_ambiguous(match["number"]):
                yield written_number(match["number"]), self.find(match["unit"])

    def leaves_open(self, text: str) -> bool:
        """Does a mass stand in it that may be one milligram or a thousand, or more? Of micrograms both are small."""
        found = self._amount.finditer(text.casefold())
        vague = (self.find(match["unit"]) for match in found if is_ambiguous(match["number"]))
        return any(unit.kind == "mass" and unit.factor >= 1 for unit in vague)

    @cached_property
    def spelled(self) -> str:
        """A pattern of any spelling, as it stands in a casefolded text, the longest first."""
        known = sorted({text.casefold() for text in self.table.texts}, key=lambda text: (-len(text), text))
        # What ends in a letter shares what it must not go on with, as far as it stands together: said of each spelling
        # it took four seconds to compile.
        alike = (("|".join(map(_pattern, some)), ends) for ends, some in groupby(known, _ends_in_a_letter))
        return f"(?:{'|'.join(f'(?:{some})(?!{_LETTER})' if ends else some for some, ends in alike)})"

    @cached_property
    def _amount(self) -> re.Pattern:
        return re.compile(rf"(?<![\d.,])(?P<number>{NUMBER}) ?(?P<unit>{self.spelled})(?! ?/)")


def is_ambiguous(text: str) -> bool:
    """Is it a number with three digits behind its one dot?

    >>> [is_ambiguous(text) for text in ("1.000", "12.500", "0.500", "1.50", "1,000")]
    [True, True, False, False, False]
    """
    return bool(_AMBIGUOUS.fullmatch(text))


def written_number(text: str) -> Decimal:
    """A number as people write it; one that is ambiguous as programs do.

    >>> [str(written_number(text)) for text in ("1,000", "1'000.5", "1 000", "0,4", "2.5", "1.000")]
    ['1000', '1000.5', '1000', '0.4', '2.5', '1.000']
    >>> [str(written_number(text)) for text in ("1.000.000", "1.000,5")]
    ['1000000', '1000.5']
    """
    if re.fullmatch(_DOTTED, text):
        text = text.replace(".", "")
    grouped = re.fullmatch(_GROUPED, text)
    return Decimal(re.sub(r"[^\d.]", "", text) if grouped else text.replace(",", "."))


_LETTER = r"(?![\u2e80-\U0010ffff])[^\W\d_]"  # of a script that parts words by blanks


def _pattern(text: str) -> str:
    """All spellings of micro are one."""
    return "[u\u03bc]" + re.escape(text[1:]) if text.startswith("ug") else re.escape(text)


def _ends_in_a_letter(text: str) -> bool:
    """Letters do not end within a word, in scripts that part words by blanks."""
    return text[-1].isalpha() and ord(text[-1]) < 0x0E00
