"""Instructions that stand in words only ("50 mcg by mouth daily"), as what they say: read as a whole, or not at all.

What is left over, a second amount, a range, a condition: nothing is read then, for nobody knows what that changes.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from cdshooks.reading.read import as_text
from cdshooks.reading.said_twice import said_once
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.doses import DoseUnits, is_ambiguous
from cdshooks.terms.often import NUMBER, number_in
from cdshooks.terms.rhythms import Rhythms

_LONGEST = 120  # characters; what is longer says more than a dose
_SPELLED = {"one": Decimal(1), "two": Decimal(2), "half a": Decimal("0.5")}
# Words between the parts of an instruction that say nothing more.
_FILLING = re.compile(
    r"\b(?:take|give|inject|administer|use|dose|of|a|an|the|once|to be taken|by|route|x"
    r"|(?:with|before|after) (?:a meal|meals|food)|time)\b|[().,;:=-]"
)
_DOSES = ("doseAndRate", "doseQuantity", "doseRange", "dose", "quantity", "asNeededBoolean", "asNeededCodeableConcept")
_TOLD_IN = ("text", "patientInstruction")


def with_words(dosage: Iterable[Mapping], known: Concepts, remembered: dict[str, dict]) -> tuple[Mapping, ...]:
    """The dosage entries; one that has its dose or how often only in words, with these as elements beside them.

    `remembered` keeps what the instructions of one chart say, and dies with it: most orders repeat those before.
    """
    return tuple(_with_words(entry, known, remembered) for entry in dosage)


def _with_words(entry: Mapping, known: Concepts, remembered: dict[str, dict]) -> Mapping:
    if entry.get("timing") and any(name in entry for name in _DOSES):
        return entry
    text = next((text for name in _TOLD_IN if (text := as_text(entry.get(name)))), "")
    told = _told(text, known, remembered) if 0 < len(text) <= _LONGEST else {}
    if any(name in entry for name in _DOSES):
        told = {name: value for name, value in told.items() if name != "doseAndRate"}
    return {**told, **{name: value for name, value in entry.items() if value is not None}} if told else entry


def _told(text: str, known: Concepts, remembered: dict[str, dict]) -> dict:
    told = remembered.get(text)
    if told is None:
        told = remembered[text] = read_instruction(text, known)
    return told


def read_instruction(text: str, known: Concepts) -> dict:
    """What an instruction says as elements of a Dosage: dose, timing, route; empty where it says anything else."""
    rest = said_once(" ".join(unicodedata.normalize("NFKC", text).casefold().split()))
    told: dict = {}
    often = known.rhythms.often_in(rest)
    if often:
        told["timing"] = {"repeat": often.repeat}
        rest = f"{rest[: often.start]} {rest[often.end :]}"
    rest = known.rhythms.without_filling(rest)
    amounts = list(_amounts(rest, known))
    dose = _one_of(amounts)
    if dose:
        told["doseAndRate"] = [{"doseQuantity": dose}]
        rest = _amount(known.doses, known.rhythms).sub(" ", rest)
    route = _route_in(rest, known) if told else ""
    if route:
        told["route"] = {"text": route}
        rest = re.sub(rf"(?<!\w){re.escape(route.casefold())}(?!\w)", " ", rest)
    understood = not _FILLING.sub(" ", rest).strip() and bool(dose) == bool(amounts)
    return told if understood else {}


def _amounts(text: str, known: Concepts) -> Iterator[dict]:
    for match in _amount(known.doses, known.rhythms).finditer(text):
        value = _SPELLED.get(match[1]) or (known.rhythms.counts or {}).get(match[1]) or number_in(match[1])
        unit = known.doses.find(match[2])
        is_clear = value is not None and unit and not is_ambiguous(match[1])
        yield {"value": value, "unit": match[2]} if is_clear else {}


@lru_cache(maxsize=4)
def _amount(units: DoseUnits, rhythms: Rhythms) -> re.Pattern:
    """A number, in figures or a word, and a unit: one of ours, or another word that could be one."""
    words = "|".join(map(re.escape, sorted((*_SPELLED, *(rhythms.counts or ())), key=len, reverse=True)))
    unit = rf"{units.spelled}(?! ?/)|[a-zµμ]+(?:\([a-z]+\))?(?![\w/])(?! ?/)|\{{\w+\}}"
    return re.compile(rf"(?<![\w.])({NUMBER}|{words}) ?({unit})")


def _one_of(amounts: list[dict]) -> dict:
    """The only amount; of one tablet with its strength the strength."""
    if len(amounts) == 2 and amounts[0].get("value") == 1 and amounts[1]:
        return amounts[1]
    return amounts[0] if len(amounts) == 1 else {}


def _route_in(text: str, known: Concepts) -> str:
    """The longest word for a route that stands there by itself."""
    words = [word for word in known.route_words if word in text]
    found = [word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)]
    return max(found, key=len, default="")
