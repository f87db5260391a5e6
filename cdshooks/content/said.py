"""What words say of an order: amounts, strengths, how often, how long, by which route; so that it can be compared."""

import re
from dataclasses import dataclass
from decimal import Decimal

from cdshooks.terms.units import UnitTable

_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS = {word: n for n, word in enumerate(_WORDS, 1)} | {"once": 1, "twice": 2}
DAYS = {"hour": Decimal(1) / 24, "day": Decimal(1), "week": Decimal(7), "month": Decimal(30), "year": Decimal(365)}
EACH = {"daily": "day", "weekly": "week", "monthly": "month"}
SHORT = {"im": "intramuscular", "sc": "subcutaneous", "iv": "intravenous", "po": "oral", "by mouth": "oral"}
_N = rf"(\d+(?:\.\d+)?|{'|'.join(NUMBERS)})"
_UNIT = "(hour|day|week|month|year)s?"
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?([a-zA-Zµμ]+)\b(/mL)?(?![\w.]*\d)")
_TIMES = re.compile(rf"\b{_N}(?: times)? (?:(daily|weekly|monthly)|(?:a|per|each|every) {_UNIT})\b")
_EVERY = re.compile(rf"\bevery (?:{_N} )?{_UNIT}\b")
_BETWEEN = re.compile(rf"\bevery {_N} to {_N} {_UNIT}\b")
_ALTERNATE = re.compile(r"\b(?:on alternate days|every (?:other|second) day)\b")
_PLAIN = re.compile(r"\b(daily|weekly|monthly)\b")
_FOR = re.compile(rf"\bfor (?:the first )?(?:{_N} )?{_UNIT}\b")


@dataclass(frozen=True)
class Said:
    """Doses and strengths in the own unit of their kind, intervals and durations in days, routes by name; `shown` has
    the words for each."""

    doses: frozenset[Decimal] = frozenset()
    strengths: frozenset[Decimal] = frozenset()
    intervals: frozenset[Decimal] = frozenset()
    durations: frozenset[Decimal] = frozenset()
    routes: frozenset[str] = frozenset()

    def __or__(self, other: "Said") -> "Said":
        return Said(*(getattr(self, kind) | getattr(other, kind) for kind in KINDS))


KINDS = ("doses", "strengths", "intervals", "durations", "routes")


def said(text: str, masses: UnitTable, routes: frozenset[str]) -> Said:
    """What a text says.

    >>> from cdshooks.terms.units import Unit, UnitTable
    >>> masses = UnitTable({"mg": Unit("mass", Decimal(1))})
    >>> told = said("5 mg IM three times a week for two weeks", masses, frozenset())
    >>> [str(n) for n in (*told.doses, *told.intervals, *told.durations)], *told.routes
    (['5', '2.333', '14'], 'intramuscular')
    """
    doses, strengths = _amounts(text, masses)
    folded = text.casefold()
    rest, intervals = _intervals(folded)
    durations = {_days(n or "one", unit) for n, unit in _FOR.findall(rest)}
    return Said(doses, strengths, intervals, frozenset(durations), _routes(folded, routes))


def rounded(days: Decimal) -> Decimal:
    """So that a third of a week is the same however it was worked out."""
    return days.quantize(Decimal("0.001")).normalize() + 0


def number(text: str) -> Decimal:
    return Decimal(NUMBERS.get(text, text))


def _amounts(text: str, masses: UnitTable) -> tuple[frozenset[Decimal], frozenset[Decimal]]:
    found: dict[bool, set[Decimal]] = {True: set(), False: set()}
    for written, spelled, per in _AMOUNT.findall(text):
        unit = masses.find(spelled)
        if unit and unit.kind == "mass":
            found[bool(per)].add(Decimal(written) * unit.factor)
    return frozenset(found[False]), frozenset(found[True])


def _intervals(text: str) -> tuple[str, frozenset[Decimal]]:
    """From one dose to the next; and the text without what was said of it."""
    found = set()
    for times, plain, unit in _TIMES.findall(text):
        found.add(rounded(DAYS[unit or EACH[plain]] / number(times)))
    text = _TIMES.sub(" ", text)
    found |= {rounded(Decimal(2)) for _ in _ALTERNATE.findall(text)}
    text = _ALTERNATE.sub(" ", text)
    found |= {_days(n, unit) for low, high, unit in _BETWEEN.findall(text) for n in (low, high)}
    text = _BETWEEN.sub(" ", text)
    found |= {_days(n or "one", unit) for n, unit in _EVERY.findall(text)}
    text = _EVERY.sub(" ", text)
    found |= {rounded(DAYS[EACH[word]]) for word in _PLAIN.findall(text)}
    return _PLAIN.sub(" ", text), frozenset(found)


def _days(n: str, unit: str) -> Decimal:
    return rounded(number(n) * DAYS[unit])


def _routes(text: str, known: frozenset[str]) -> frozenset[str]:
    full = {name for name in known if re.search(rf"\b{re.escape(name)}(?:ly)?\b", text)}
    return frozenset(full | {name for short, name in SHORT.items() if re.search(rf"\b{short}\b", text)})
