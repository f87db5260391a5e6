"""Texts without the clauses that deny what they name."""

import re
from functools import cache


def undenied(text: str, denials: tuple[str, ...], lifting: tuple[str, ...] = ()) -> str:
    """A text without the clauses that deny what they name, and hold nothing that lifts that.

    >>> undenied("No known allergy to nickel; cough after penicillin", ("no known",))
    ' cough after penicillin'
    >>> undenied("No known allergies except nickel", ("no known",), ("except",))
    'No known allergies except nickel'

    One that begins with "..." denies where it ends its clause, whatever marks stand between its words.

    >>> [undenied(text, ("...allergy none",)) for text in ("Nickel allergy: none, cough", "Allergy: none since May")]
    [' cough', 'Allergy: none since May']
    """
    whole = text.casefold()
    if not _said(whole, denials) and not _ends(denials).search(whole):
        return text  # nor then does one stand in any clause, whose edges are no letters
    clauses = _CLAUSE.split(text)
    kept = [clause for clause in clauses if not _is_denied(clause.casefold(), denials, lifting)]
    return text if len(kept) == len(clauses) else ";".join(kept)


def _is_denied(clause: str, denials: tuple[str, ...], lifting: tuple[str, ...]) -> bool:
    found, rest = _said(clause, denials), clause
    if last := _ends(denials).search(clause):
        found.append(last[1])
    for word in sorted(found, key=len, reverse=True):  # "not allergic" denies: its "not" lifts nothing
        rest = _denial(word).sub(" ", rest)
    return bool(found) and not any(_lifts(word, found, clause, rest) for word in lifting)


def _said(text: str, words: tuple[str, ...]) -> list[str]:
    """Those that stand in a text by themselves.

    Hardly any stands in most texts at all: that is told in a tenth of the time that one expression for all words takes.
    """
    return [word for word in filter(text.__contains__, words) if _denial(word).search(text)]


def _lifts(word: str, found: list[str], clause: str, rest: str) -> bool:
    return bool(_denial(word).search(clause if any(each in word for each in found) else rest))


@cache
def _ends(denials: tuple[str, ...]) -> re.Pattern:
    """One of those that deny at the end of a clause, there."""
    words = (each[3:].split() for each in denials if each.startswith("..."))
    listed = "|".join(r"[\s:=：-]*".join(map(re.escape, each)) for each in words)
    return re.compile(rf"({listed})\s*(?=$|[;.,|()\n])") if listed else _NEVER


@cache
def _denial(word: str) -> re.Pattern:
    return re.compile(_by_itself(word))


def _by_itself(word: str) -> str:
    """A word between others; in scripts that write words without blanks it may stand anywhere.

    >>> bool(re.search(_by_itself("no"), "not")), bool(re.search(_by_itself("過敏"), "x過敏史"))
    (False, True)
    """
    before = "" if _UNSPACED.match(word[:1]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(word[-1:]) else r"(?!\w)"
    return before + re.escape(word) + after


_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")  # Thai, Japanese, Chinese
_NEVER = re.compile(r"(?!)")
_CLAUSE = re.compile(r"[;.,|()\n]|\bbut\b|\s[-–—/]+\s")
