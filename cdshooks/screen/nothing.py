"""Rows of which a chart takes nothing, whoever's they are: told from how they are written, each way of writing once.

The chart itself is asked, so that what it learns to read is kept here as well. The row that it is asked with lacks only
what never makes it take anything: dates, numbers, people, and where the row points to.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date

import msgspec

from cdshooks.chart.chart import Chart, Provided
from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.feed.judge import Judge
from cdshooks.feed.seen import Fate
from cdshooks.reading.read import words_of
from cdshooks.reading.spellings import R4_KIND
from cdshooks.screen.thin import FAULTS, Unreadable, whole
from cdshooks.screen.untelling import NARRATIVE, NUMBER, PARTS, UNTELLING, without_numbers
from cdshooks.screen.usual import USUAL
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock

# Of these the report counts what has codes that nobody here can know, though no card could need it.
COUNTED = ("Observation", "Condition", "Procedure", *DRUG_RESOURCES)
KEPT = ("contained", "medicationreference")  # in any case: what such a row tells lies elsewhere in it, or in another
# Of a number all that could matter is its unit, and that only where nothing else says what it is: it may be of any.
_ANY_NUMBER = {"value": 1, "unit": "", "code": ""}
_A_CONCENTRATION = {"valueQuantity": {"value": 1, "unit": "1/1"}}  # a part whose result another part may name
MOST_REMEMBERED, LONGEST_REMEMBERED = 10_000, 2_000  # ways of writing, and the bytes of one; of a questionnaire 1,200

_elements = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_parts = msgspec.json.Decoder(list[msgspec.Raw]).decode
_LONG_AGO = Clock(date(2000, 1, 1), UTC)
Way = tuple[bytes | str, ...]  # how a row is written: its kind, then name and value of what could matter


class Nothing:
    """Knows of a row whether a chart would take nothing of it; `counted`: and whether the report would not, either."""

    def __init__(self, concepts: Concepts, counted: bool):
        self._concepts, self._counted = concepts, counted
        self._taken: dict[bytes | Way, bool] = {}

    def is_in(self, kind: str, r4: str, line: bytes) -> bool:
        """Of a row of this kind, which is called `r4` in R4, surely nothing is taken. Raises Unreadable."""
        try:
            way = USUAL[r4].way(line)
            if way is None:
                return self._is_in(kind, r4, line)
            return not self._recall(way, lambda: not self._is_in(kind, r4, line))
        except FAULTS as fault:
            raise Unreadable("it is not JSON") from fault

    def known(self, r4: str, lines: list[bytes]) -> list[bool | None]:
        """Of each line whether something is taken of it, where rows that are written alike were met before."""
        ways = USUAL[r4].ways(lines) or [None] * len(lines)
        return [self._taken.get(way) for way in ways]

    def _is_in(self, kind: str, r4: str, line: bytes) -> bool:
        try:
            told = {name: bytes(raw) for name, raw in _elements(line).items() if name not in UNTELLING[r4]}
        except msgspec.ValidationError:
            return False  # no object
        named = {name.casefold(): raw for name, raw in told.items()}
        if told.pop("resourceType", None) != b'"%b"' % kind.encode() or not named.keys().isdisjoint(KEPT):
            return False
        if b'"reference"' in named.get("medication", b"").lower():
            return False
        told_so = (self._recall(way, lambda way=way: not self.is_none_taken_of(_row(way))) for way in _ways(kind, told))
        return not any(told_so)

    def _recall(self, way: bytes | Way, answer: Callable[[], bool]) -> bool:
        """Whether something is taken of what is written alike; bounded, in number and in length."""
        taken = self._taken.get(way)
        if taken is None:
            taken = answer()
            if (len(way) if isinstance(way, bytes) else sum(map(len, way))) <= LONGEST_REMEMBERED:
                if len(self._taken) >= MOST_REMEMBERED:
                    self._taken.clear()
                self._taken[way] = taken
        return taken

    def is_none_taken_of(self, row: Mapping) -> bool:
        """Would a chart take nothing of this row?"""
        kind = R4_KIND.get(row["resourceType"], row["resourceType"])
        if NARRATIVE in row and NARRATIVE not in UNTELLING[kind] and not words_of(row.get("code")):
            return False  # then that may say what it is about
        chart = Chart(self._concepts, _LONG_AGO, "", "", Provided(rows=(row,), everything=True))
        if chart.held != frozenset() or chart.not_understood or chart.oddities:
            return False
        if not self._counted or kind not in COUNTED:
            return True
        return all(seen.fate is Fate.NOT_OURS for seen in Judge(self._concepts).things(row))


def _ways(kind: str, told: Mapping[str, bytes]) -> Iterator[Way]:
    """How a row is written; once for each of its parts, for those of panels hardly ever come together twice."""
    way: Way = (kind,)
    for name, raw in told.items():
        if name in (NARRATIVE, NUMBER):
            way += (name, b"")
        elif name != PARTS:
            way += (name, without_numbers(raw))
    parts = told.get(PARTS, b"[]")
    if parts[:1] != b"[":
        yield (*way, PARTS, without_numbers(parts))
        return
    each = [(PARTS, without_numbers(bytes(part))) for part in _parts(parts)]
    yield from ((*way, *part) for part in each or [()])


def _row(way: Way) -> dict:
    """A row that is written so. Raises Unreadable."""
    kind, *told = way
    row: dict = {"resourceType": kind}
    for name, raw in zip(told[::2], told[1::2], strict=True):
        if name == NUMBER:
            row[name] = _ANY_NUMBER
        elif name == NARRATIVE:
            row[name] = None
        else:
            row[name] = [whole(raw), _A_CONCENTRATION] if name == PARTS else whole(raw)
    return row
