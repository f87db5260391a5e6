"""Rows of which a chart takes nothing, whoever's they are: told from how they are written, each way of writing once.

The chart itself is asked, so that what it learns to read is kept here as well. The row that it is asked with lacks only
what never makes it take anything: dates, numbers, people, and where the row points to.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from cdshooks.screen.usual import USUAL, Told, Usual, Verdict, is_elsewhere, is_rare, parted, written
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
        self._of_parts: dict[bytes, dict[bytes, bool]] = {}  # by the row without its parts
        self._remembered = 0

    def is_in(self, kind: str, r4: str, line: bytes) -> bool:
        """Of a row of this kind, which is called `r4` in R4, surely nothing is taken. Raises Unreadable."""
        try:
            row = USUAL[r4].row(line)
            told = None if row is None else USUAL[r4].told_of(row)
            taken = None if told is None else self._known(USUAL[r4], told)
            return not (self._taken_of(kind, r4, line, told) if taken is None else taken)
        except FAULTS as fault:
            raise Unreadable("it is not JSON") from fault

    def known(self, r4: str, lines: list[bytes]) -> list[Verdict]:
        """Of each line what Usual.passed says where nothing is taken of it; the patient where something is; None where
        that is not known by rows that were written alike.
        """
        usual = USUAL[r4]
        rows = usual.rows(lines)
        if rows is None:
            return [None] * len(lines)
        # Most are told here, without a step of Python for each.
        found: list = list(map(self._taken.get, map(written, usual.told_of_all(rows))))
        for at in [at for at, taken in enumerate(found) if taken is not False]:
            taken = found[at] or self._known(usual, usual.told_of(rows[at]))
            found[at] = usual.patient_of(rows[at]) if taken else taken
        if usual.may_stay:
            return [usual.passed(row) if taken is False else taken for taken, row in zip(found, rows, strict=True)]
        return found

    def _known(self, usual: Usual, told: Told) -> bool | None:
        """The same of one, by its parts and but for where it points to, too."""
        if is_rare(told):
            return is_elsewhere(told) or None
        row, parts = parted(told)
        if not parts:
            return self._taken.get(usual.way(told))
        known = self._of_parts.get(usual.way(row), {})
        taken = set(map(known.get, parts))  # most parts hold no number, and are known as they are
        if None in taken:
            taken = set(map(known.get, map(without_numbers, parts)))
        return True if True in taken else None if None in taken else False

    def _taken_of(self, kind: str, r4: str, line: bytes, told: Told | None) -> bool:
        """Asks the chart: of each way of writing once, of a panel of each part, for they hardly ever come together
        twice.
        """
        ways = self._ways(kind, r4, line)
        if ways is None:
            return True
        if told is None or is_rare(told):
            return any(self._recall(self._taken, way, way) for way in ways)
        row, parts = parted(told)
        if not parts:
            return self._recall(self._taken, USUAL[r4].way(told), *ways)
        known = self._known_parts(USUAL[r4].way(row))
        return any(self._recall(known, without_numbers(part), way) for part, way in zip(parts, ways, strict=True))

    def _ways(self, kind: str, r4: str, line: bytes) -> list[Way] | None:
        """How a row is written; None of one of which it cannot be told."""
        try:
            told = {name: bytes(raw) for name, raw in _elements(line).items() if name not in UNTELLING[r4]}
        except msgspec.ValidationError:
            return None  # no object
        named = {name.casefold(): raw for name, raw in told.items()}
        if told.pop("resourceType", None) != b'"%b"' % kind.encode() or not named.keys().isdisjoint(KEPT):
            return None
        return None if b'"reference"' in named.get("medication", b"").lower() else list(_ways(kind, told))

    def _recall(self, known: dict, key: bytes | Way, way: Way) -> bool:
        """Whether something is taken of what is written alike; bounded, in number and in length."""
        taken = known.get(key)
        if taken is None:
            taken = not self.is_none_taken_of(_row(way))
            if self._has_room(key):
                known[key] = taken
        return taken

    def _known_parts(self, row: bytes) -> dict[bytes, bool]:
        """What is remembered of the parts of rows that are written so but for them."""
        known = self._of_parts.get(row)
        if known is None:
            known = {}
            if self._has_room(row):
                self._of_parts[row] = known
        return known

    def _has_room(self, key: bytes | Way) -> bool:
        if (len(key) if isinstance(key, bytes) else sum(map(len, key))) > LONGEST_REMEMBERED:
            return False
        if self._remembered >= MOST_REMEMBERED:
            self._taken.clear()
            self._of_parts.clear()
            self._remembered = 0
        self._remembered += 1
        return True

    def is_none_taken_of(self, row: Mapping, drugs: Sequence[Mapping] = ()) -> bool:
        """Would a chart take nothing of this row, these being the Medications to which it may point?"""
        kind = R4_KIND.get(row["resourceType"], row["resourceType"])
        if NARRATIVE in row and NARRATIVE not in UNTELLING[kind] and not words_of(row.get("code")):
            return False  # then that may say what it is about
        chart = self.chart_of(row, *drugs)
        if chart.held != frozenset() or chart.not_understood or chart.oddities:
            return False
        return kind not in COUNTED or not self.is_counted(row, drugs)

    def chart_of(self, *rows: Mapping) -> Chart:
        """A chart that holds these rows and nothing else."""
        return Chart(self._concepts, _LONG_AGO, "", "", Provided(rows=rows, everything=True))

    def is_counted(self, row: Mapping, drugs: Sequence[Mapping] = ()) -> bool:
        """Would the report count this row, though no card needs it?"""
        return self._counted and any(
            seen.fate is not Fate.NOT_OURS for seen in Judge(self._concepts, drugs).things(row)
        )

    def are_problems(self, names: Iterable[str]) -> bool:
        return all(self._concepts.by_name[name].kind == "problem" for name in names)


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
