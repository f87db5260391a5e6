"""Masses in the words of an order: behind the name of its drug, or in its instructions."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

from cdshooks.reading.read import as_text, words_of
from cdshooks.terms.doses import NUMBER, RANGE, DoseUnits
from cdshooks.terms.units import Unit

RENDERED = "renderedDosageInstruction"  # R5: the instructions of an order as one text
TOLD_IN_WORDS = ("text", "patientInstruction", RENDERED)
_LONGEST_TEXT = 2000


def texts_of(entry: Mapping) -> list[str]:
    """The words of a dosage entry."""
    told = [as_text(entry.get(name)) for name in TOLD_IN_WORDS]
    more = entry.get("additionalInstruction")
    told += [word for concept in (more if isinstance(more, list) else [more]) for word in words_of(concept)]
    return [text[:_LONGEST_TEXT] for text in told if text]


def amounts_in(entry: Mapping, units: DoseUnits) -> Iterator[tuple[Decimal, Unit]]:
    """The amounts that stand in the words of an entry."""
    return units.amounts(" | ".join(texts_of(entry))[:_LONGEST_TEXT])


def written_after(
    names: Iterable[str], texts: Iterable[str], units: DoseUnits, joining: frozenset[str]
) -> Decimal | None:
    """The largest mass in mg that a text gives behind one of these names: "NAME 1000 mg".

    A concentration is none, nor one of several masses in a row, nor that of a name which a word of `joining` ("with"),
    or a sign, joins to another one.
    """
    plain = " | ".join(texts)[:_LONGEST_TEXT].casefold()
    found = []
    # Of a drug's names, some hundred, one or two stand in a text: for the others no pattern is made.
    known = {folded for folded in _folded(tuple(names)) if folded in plain}
    for name in known:
        for at in _places(name, plain):
            match = _behind(units).match(plain, at + len(name))
            mass = units.mass(match["number"], match["unit"]) if match else None
            if mass is not None and not _is_shared(match, plain, at, name, known, units, joining):
                found.append(mass)
    return max(found, default=None)


@lru_cache(maxsize=256)
def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a drug as they stand in a casefolded text: its concept's, and none of a patient's."""
    return tuple(map(str.casefold, names))


def _places(name: str, plain: str) -> Iterator[int]:
    at = plain.find(name)
    while at >= 0:
        yield at
        at = plain.find(name, at + len(name))


def _is_shared(
    match: re.Match,
    plain: str,
    at: int,
    name: str,
    known: Collection[str],
    units: DoseUnits,
    joining: frozenset[str],
) -> bool:
    """Is something else named before it or between, so that the mass may be that of the other; or is it of a volume?"""
    end = at + len(name)
    if any(len(other) > len(name) and plain.endswith(other, 0, end) for other in known):
        return True  # the end of a longer name, for which the same is asked
    before = re.split(r"[|;\n]", plain[:at])[-1]
    last = (before.split() or [""])[-1]
    if last in joining or not joining.isdisjoint(match["between"].split()) or before.count(",") > 1:
        return True
    if before.rstrip().endswith(("/", "+", "&")) or (before.endswith("-") and f"{last[:-1]} {name}" not in known):
        return True
    volume = units.find(match["volume"]) if match["volume"] else None
    return volume is not None and volume.kind == "volume"


def written_first(dosage: Iterable[Mapping], units: DoseUnits) -> Iterator[Decimal]:
    """The mass in mg with which each text of an entry begins: "1000 mg IM", "inject 1 mg"; a concentration is none."""
    for text in (text for entry in dosage for text in texts_of(entry)):
        match = _first(units).match(text.casefold())
        mass = units.mass(match["number"], match["unit"]) if match else None
        if mass is not None:
            yield mass


@lru_cache(maxsize=4)
def _first(units: DoseUnits) -> re.Pattern:
    told = rf"{RANGE}(?<![\d.,])(?P<number>{NUMBER}) ?(?P<unit>{units.spelled})(?! ?/)"
    return re.compile(rf"[^\d,;+&|/]{{0,20}}?{told}")


@lru_cache(maxsize=4)
def _behind(units: DoseUnits) -> re.Pattern:
    return re.compile(
        rf"(?P<between>[^\d,;+&|/]{{0,30}}?){RANGE}(?<![\d.,])(?P<number>{NUMBER}) ?(?P<unit>{units.spelled})"
        r"(?! ?[/+]|-\d)(?: (?:in|per) (?:[\d.,]{1,9} ?)?(?P<volume>[^\W\d_]+))?"
    )
