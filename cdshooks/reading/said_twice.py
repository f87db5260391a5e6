"""What prescribing systems write twice, or beside the dose, in an instruction: taken out before it is read.

"1 (one) time", "1 tablet (100 mcg total)", "100 mcg = 1 tab", "# 30 tab, 3 refill(s)".
"""

import re

_NUMBER = r"\d+(?:[.,]\d+)*"
_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty|twenty-one|twenty-eight|thirty"
    "|sixty|ninety"
)
_UNIT = r"[a-zµμ]+(?:\(s\))?"
_TAKEN_OUT = (
    (re.compile(rf"(?<![\d.,])({_NUMBER}) ?\((?:{_WORDS})\)"), r"\1"),
    (re.compile(rf"(?<![\d.,/]){_NUMBER} ?{_UNIT} ?\(({_NUMBER} ?{_UNIT}) total\)"), r"\1"),
    (re.compile(rf"(?<![\d.,/])({_NUMBER} ?{_UNIT}) ?= ?{_NUMBER} ?{_UNIT}(?![\w/(])"), r"\1"),
    (re.compile(rf",? ?# ?{_NUMBER} ?(?:{_UNIT})?(?=,|$)"), ""),
    (re.compile(r",? ?\d+ refill(?:s|\(s\))?(?=,|$)"), ""),
    (re.compile(r",? ?(?:maintenance|acute)(?=,|$)"), ""),
)
_MARKS = frozenset("(=#") | {"refill"}


def said_once(plain: str) -> str:
    """A folded instruction without what it says twice.

    >>> said_once("take 2 tablets (1,000 mg total) by mouth 2 (two) times a day")
    'take 1,000 mg by mouth 2 times a day'
    >>> said_once("100 mcg = 1 tab, oral, daily, # 30 tab, 0 refill(s)")
    '100 mcg, oral, daily'
    >>> said_once("take 1 tablet (100 mcg) daily")
    'take 1 tablet (100 mcg) daily'
    """
    if not any(mark in plain for mark in _MARKS):
        return plain
    for pattern, kept in _TAKEN_OUT:
        plain = pattern.sub(kept, plain)
    return plain
