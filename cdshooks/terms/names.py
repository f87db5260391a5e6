"""Names in texts: which of many listed names stand in a text, in any script, without regard to case and accents."""

import re
import unicodedata
from collections.abc import Iterable

SHORT = 5  # characters; a name of so few stands by itself: "x9" is not in "x90", "ab" is not in "abc"
_FEW = 100  # beginnings of names
LONGEST = 2000  # characters of a text that are looked at
# Letters and digits that no decomposition of Unicode turns into plain ones.
_AS_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}) | {
    zero + digit: str(digit) for zero in (0x0660, 0x06F0, 0x0966, 0x0E50) for digit in range(10)
}
_AS_BLANK = dict.fromkeys(map(ord, "-_/\\\u2010\u2011\u2012\u2013\u2014\u00a0®™,;:()[]{}"), " ") | {0x200B: None}


# Letters of other scripts that look like, or stand for, the Latin one, where they stand alone before a digit.
_ALIKE = re.compile(r"(?<![^\W\d_])[\u0432\u0431\u03b2](?=\d)")

# What feeds write for an apostrophe, and what HTML writes within a word, and between two.
_APOSTROPHES = dict.fromkeys(map(ord, "`\u00b4\u2018\u2019\u201b\u02bc\u2032\uff07"), "'")
_MARKUP = re.compile(r"</?(?:sub|sup|b|i|em|strong|span)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#0*39|apos);", re.IGNORECASE)
_BREAK = re.compile(r"</?(?:p|br|div|li)\b[^<>]*>|&nbsp;", re.IGNORECASE)
# Dots but those of numbers: "Vit. X. 9" is "vit x 9", and 0.5 stays.
_DOT = re.compile(r"(?<!\d)[.\u00b7]|[.\u00b7](?!\d)")


def plain(text: str) -> str:
    """How names and texts are compared: folded, without accents, with single blanks for dashes, brackets and dots.

    >>> plain("Crème-X9 (früh)"), plain("錠５ｍｇ"), plain("Vit. X. 0.5"), plain("\u04129")
    ('creme x9 fruh', '錠5mg', 'vit x 0.5', 'b9')
    >>> plain("L\u2019x<sub>9</sub><br/>early")
    "l'x9 early"
    """
    folded = text[:LONGEST]
    if "<" in folded or "&" in folded:
        folded = _BREAK.sub(" ", _ENTITY.sub("'", _MARKUP.sub("", folded)))
    if "`" in folded or not folded.isascii():
        folded = folded.translate(_APOSTROPHES)
    if not folded.isascii():
        folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", folded).casefold())
        folded = unicodedata.normalize("NFC", "".join(c for c in folded if not "\u0300" <= c <= "\u036f"))
        folded = _ALIKE.sub("b", folded.translate(_AS_PLAIN))
    if "." in folded or "\u00b7" in folded:
        folded = _DOT.sub(" ", folded)
    return " ".join(folded.casefold().translate(_AS_BLANK).split())


class Names:
    """Finds listed names; the work for a text grows with its length, not with the number of names."""

    def __init__(self, names: Iterable[str]):
        self._by_start: dict[str, list[str]] = {}
        self._short: list[str] = []  # of one or two characters
        for name in sorted({plain(name) for name in names} - {""}):
            if len(name) < 3:
                self._short.append(name)
            else:
                self._by_start.setdefault(name[:3], []).append(name)
        self._in_threes = {} if len(self._by_start) < _FEW else {tuple(start): start for start in self._by_start}

    def find(self, text: str) -> frozenset[str]:
        """The names that stand in a text that is already `plain`."""
        found = [name for start in self._starts(text) for name in self._by_start[start] if name in text]
        found += [name for name in self._short if name in text]
        return frozenset([name for name in found if _stands_in(name, text)])

    def _starts(self, text: str) -> Iterable[str]:
        """The beginnings of names that stand in it. Of few each is looked for, in half the time that it takes to make
        every three letters of the text; and that is a third of going through it letter by letter."""
        if not self._in_threes:
            return [start for start in self._by_start if start in text]
        threes = set(zip(text, text[1:], text[2:], strict=False)) & self._in_threes.keys()
        return [self._in_threes[each] for each in threes]


NO_NAMES = Names(())


def _stands_in(name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        if _stands_alone(name, text, at):
            return True
        at = text.find(name, at + 1)
    return False


def _stands_alone(name: str, text: str, at: int) -> bool:
    """Short names and names with a digit at the edge need an edge in the text, where the script has blanks."""
    before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
    return _edge(name[0], before, len(name) <= SHORT) and _edge(name[-1], after, len(name) <= SHORT)


def _edge(inner: str, outer: str, short: bool) -> bool:
    if inner.isdigit() and outer.isdigit():
        return False
    return not short or not outer.isalnum() or not _has_blanks(inner) or not _has_blanks(outer)


def _has_blanks(character: str) -> bool:
    """Is it of a script that parts its words by blanks? Those of China, Japan, Korea and Thailand do not, for us."""
    return not ("\u0e00" <= character <= "\u0e7f" or character >= "\u1100")
