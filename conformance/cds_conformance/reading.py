"""Reads a body as JSON and keeps what was odd about it: comments, trailing commas, doubled names, no UTF-8."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

# A string, a comment, or a comma before a closing bracket: whichever comes first. What is not closed goes to the end,
# and nothing is tried twice, so that no body takes longer than its length.
_ODD = re.compile(r'"(?:[^"\\]++|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*+[}\]])', re.DOTALL)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # half of a character of two; alone it can be written nowhere
TOO_DEEP = 100
LARGE = 400_000  # bytes; of a larger body, long lists are looked at in part
MOST = 200  # members of a list, or of an object, that are then kept
LONGEST = 20_000  # characters of one string that are looked at; a card that says more is read by nobody
MOST_VALUES = 1_200_000  # of a body that is read at all, counted by its commas and brackets


class NoJson:
    """What stands where nothing could be read; false, and equal to nothing but itself."""

    def __bool__(self):
        return False

    def __repr__(self):
        return "<no JSON>"


NO_JSON = NoJson()


@dataclass(frozen=True)
class Reading:
    """What a body holds (NO_JSON where it cannot be read), and why it is odd or unreadable."""

    value: object
    unreadable: str = ""
    loose: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass
class _Names:
    doubled: list[str] = field(default_factory=list)

    def __call__(self, pairs):
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(name for name, _ in pairs)
            self.doubled += sorted(name for name, often in times.items() if often > 1)
        return found


def _no_constant(word):
    raise ValueError(f"{word} is not JSON")


def read(body: bytes) -> Reading:
    """Strictly first; where that fails, without comments and trailing commas.

    >>> read(b'{"cards": [],}').loose
    ('a trailing comma',)
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Reading(NO_JSON, "the body is not UTF-8")
    if not text.strip():
        return Reading(NO_JSON, "the body is empty")
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        return Reading(NO_JSON, f"more than {MOST_VALUES:,} values; the judge does not read that")
    try:
        return _read_text(text)
    except (ValueError, RecursionError) as trouble:
        return _read_loosely(text, str(trouble)[:120])


def _read_text(text: str, loose=()) -> Reading:
    names = _Names()
    value = json.loads(text, object_pairs_hook=names, parse_constant=_no_constant)
    if _deeper_than(value, TOO_DEEP):
        return Reading(NO_JSON, f"nested deeper than {TOO_DEEP} levels; the judge does not go there")
    cut: list[str] = []
    if len(text) > LONGEST or _HALF.search(text):
        value = _cut(value, "", cut, MOST if len(text) > LARGE else len(text))
    return Reading(value, "", tuple(loose), tuple(names.doubled[:MOST]), tuple(cut[:5]))


def _cut(value, at: str, cut: list[str], most: int):
    """The value with the beginnings of its long lists, objects and strings; `cut` tells which were longer.

    Of half a character nothing is kept but that it was there.
    """
    if isinstance(value, dict | list) and len(value) > most:
        cut.append(f"{at or 'the body'}: the first {most} of {len(value):,}")
    if isinstance(value, list):
        return [_cut(one, f"{at}[{i}]", cut, most) for i, one in enumerate(value[:most])]
    if isinstance(value, dict):
        held = [(_whole(name), inner) for name, inner in list(value.items())[:most]]
        return {name: _cut(inner, f"{at}.{name[:80]}".lstrip("."), cut, most) for name, inner in held}
    if isinstance(value, str) and len(value) > LONGEST:
        cut.append(f"{at or 'the body'}: the first {LONGEST:,} of {len(value):,} characters")
    return _whole(value[:LONGEST]) if isinstance(value, str) else value


def _whole(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _deeper_than(value, limit: int) -> bool:
    """Level by level, so that no depth can exhaust the stack."""
    level = [value]
    for _ in range(limit):
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return False
    return True


def _inner(value):
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for one in held if isinstance(one, dict | list)]


def _read_loosely(text: str, trouble: str) -> Reading:
    kinds = {_kind_of(m.group()) for m in _ODD.finditer(text)} - {""}
    bare = _ODD.sub(lambda m: m.group() if m.group().startswith('"') else "", text)
    try:
        return _read_text(bare, sorted(kinds))
    except (ValueError, RecursionError):
        return Reading(NO_JSON, f"not JSON: {trouble}")


def _kind_of(piece: str) -> str:
    return {"/": "a comment", ",": "a trailing comma"}.get(piece[0], "")
