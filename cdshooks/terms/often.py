"""How often something is to be done, and numbers, as people write them in English."""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from cdshooks.terms.doses import written_number

NUMBER = r"\d+(?:[.,]\d+)*"
COUNTS = {
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "other": 2,
}
PERIODS = {"hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "a"}
ADVERBS = {"hourly": "h", "daily": "d", "weekly": "wk", "monthly": "mo", "yearly": "a", "annually": "a"}
# Times and period; what a prescriber abbreviates.
SHORT = {
    "qd": (1, 1, "d"), "od": (1, 1, "d"), "bid": (2, 1, "d"), "bd": (2, 1, "d"), "tid": (3, 1, "d"), "tds": (3, 1, "d"),
    "qid": (4, 1, "d"), "qds": (4, 1, "d"), "qod": (1, 2, "d"), "nightly": (1, 1, "d"), "nocte": (1, 1, "d"),
    "mane": (1, 1, "d"), "hs": (1, 1, "d"), "qhs": (1, 1, "d"), "qam": (1, 1, "d"), "qpm": (1, 1, "d"),
    "qweek": (1, 1, "wk"), "qmonth": (1, 1, "mo"), "q month": (1, 1, "mo"),
}  # fmt: skip
_N = rf"({NUMBER}|{'|'.join(COUNTS)})"
_UNIT = rf"({'|'.join(PERIODS)})s?"
_OFTEN = (
    (re.compile(rf"\bevery {_N} {_UNIT}\b"), lambda m: (1, m[1], PERIODS[m[2]])),
    (re.compile(rf"\b{_N}(?: ?x| times?)? (?:a|an|per|each|every|/) ?{_UNIT}\b"), lambda m: (m[1], 1, PERIODS[m[2]])),
    (re.compile(rf"\b{_N}(?: ?x| times?)? ({'|'.join(ADVERBS)})\b"), lambda m: (m[1], 1, ADVERBS[m[2]])),
    (re.compile(rf"\bq ?{_N} ?(h|d|wk)\b"), lambda m: (1, m[1], m[2])),
    (re.compile(r"\balternate days?\b"), lambda m: (1, 2, "d")),
    (re.compile(rf"(?:\b(?:a|an|per|each|every) |/ ?){_UNIT}\b"), lambda m: (1, 1, PERIODS[m[1]])),
    (re.compile(rf"\b({'|'.join(ADVERBS)})\b"), lambda m: (1, 1, ADVERBS[m[1]])),
    (re.compile(rf"\b({'|'.join(SHORT)})\b"), lambda m: SHORT[m[1]]),
    (re.compile(r"\b(?:in the morning|in the evening|at night|at bedtime)\b"), lambda m: (1, 1, "d")),
    (re.compile(r"\b(?:every|each) (?:morning|evening|night)(?! and| or)\b"), lambda m: (1, 1, "d")),
)


class Often(NamedTuple):
    """A FHIR Timing.repeat, and where the words that say it stand."""

    repeat: dict
    start: int
    end: int


def often_in(plain: str) -> Often | None:
    """The first way of saying how often that stands in a folded text.

    >>> often_in("two tablets every other day")
    Often(repeat={'frequency': 1, 'period': 2, 'periodUnit': 'd'}, start=12, end=27)
    """
    for pattern, meant in _OFTEN:
        if match := pattern.search(plain):
            times, period, unit = meant(match)
            many = count_in(times), count_in(period)
            if None not in many:
                return Often({"frequency": many[0], "period": many[1], "periodUnit": unit}, match.start(), match.end())
    return None


def number_in(text: str) -> Decimal | None:
    """A number as people write it; None where it is none.

    >>> number_in("1,000"), number_in("2,5"), number_in("0.4"), number_in("0,125"), number_in("1.2.3")
    (Decimal('1000'), Decimal('2.5'), Decimal('0.4'), Decimal('0.125'), None)
    """
    try:
        return written_number(text)
    except InvalidOperation:
        return None


def count_in(value: int | str) -> int | Decimal | None:
    """A number, in figures or a word; None where nobody can read it."""
    found = COUNTS.get(value, value)
    found = number_in(found) if isinstance(found, str) else found
    return int(found) if found is not None and found == int(found) else found
