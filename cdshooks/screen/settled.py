"""Rows of which a chart takes nothing that it has not already: their drug is none of ours, or their reason is listed.

As of rows of which it takes nothing at all the chart itself is asked, of each way of writing once: first alone, what it
takes of the row; then beside the problems of a patient's own list that name the same, whether it takes any more.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from cdshooks.reading.spellings import R4_KIND
from cdshooks.screen.nothing import LONGEST_REMEMBERED, MOST_REMEMBERED, Nothing
from cdshooks.screen.thin import FAULTS, Unreadable, whole
from cdshooks.screen.untelling import UNTELLING
from cdshooks.screen.usual import written

_REASONS = ("reasonCode", "reasonReference", "diagnosis")  # where a row may name a problem beside what it records
_NO_NEWS = ("id", "meta")  # of a Medication
_elements = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Written(NamedTuple):
    """A row, and the way in which it is written."""

    way: bytes
    line: bytes


class Settled:
    """Knows whether a chart takes more of a row than the problems tell that are listed; remembers, within bounds."""

    def __init__(self, nothing: Nothing):
        self._nothing = nothing
        self._known: dict[tuple, object] = {}

    def is_so(self, r4: str, row: Written, drug: bytes | None, listed: Iterable[Written]) -> bool:
        """Of this row, which is called `r4` in R4 and points to this Medication, if to any, surely no more is taken."""
        try:
            about = (row.way, self.way_of(drug))
            named = self._recall(about, lambda: self._problems_named(r4, row.line, drug))
            if not named:
                return named is not None
            problems = sorted({each for each in listed if not named.isdisjoint(self._told_by(each))})
            if not named.issubset(frozenset().union(*map(self._told_by, problems))):
                return False
            beside = (*about, *(each.way for each in problems))
            return self._recall(beside, lambda: self._is_told(r4, row.line, drug, problems))
        except (Unreadable, *FAULTS):
            return False

    @staticmethod
    def way_of(drug: bytes | None) -> bytes:
        """How a Medication is written, whatever its id."""
        if drug is None:
            return b""
        try:
            return written({name: raw for name, raw in _elements(drug).items() if name not in _NO_NEWS})
        except FAULTS:
            return drug

    def _recall(self, key: tuple[bytes, ...], make: Callable[[], object]):
        """The same of what is written alike; bounded, in number and in length."""
        known = self._known.get(key, self)
        if known is self:
            known = make()
            if sum(map(len, key)) <= LONGEST_REMEMBERED:
                if len(self._known) >= MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = known
        return known

    def _problems_named(self, r4: str, line: bytes, drug: bytes | None) -> frozenset[str] | None:
        """The problems that a row names as its reason; None where anything else is taken of it."""
        row, drugs = _row(r4, line, drug)
        if R4_KIND.get(row["resourceType"], row["resourceType"]) != r4 or b'"reference"' in written(drugs).lower():
            return None  # what a drug is made of may lie elsewhere
        bare = {name: value for name, value in row.items() if name not in _REASONS}
        if not self._nothing.is_none_taken_of(bare, drugs) or self._nothing.is_counted(row, drugs):
            return None
        chart = self._nothing.chart_of(row, *drugs)
        named = frozenset(doubt.concept for doubt in chart.doubts)
        return named if chart.held == named and not chart.oddities and self._nothing.are_problems(named) else None

    def _told_by(self, problem: Written) -> frozenset[str]:
        """The concepts that a listed problem names for certain; none where anything about it is not."""
        return self._recall((problem.way,), lambda: self._held([problem]) or frozenset())

    def _held(self, problems: Iterable[Written], *rows: Mapping) -> frozenset[str] | None:
        """What a chart holds of these; None where it does not understand all of it, or sets something aside."""
        chart = self._nothing.chart_of(*(_row("Condition", each.line, None)[0] for each in problems), *rows)
        return None if chart.not_understood or chart.oddities else chart.held

    def _is_told(self, r4: str, line: bytes, drug: bytes | None, problems: list[Written]) -> bool:
        row, drugs = _row(r4, line, drug)
        without = self._held(problems)
        return without is not None and self._held(problems, row, *drugs) == without


def _row(r4: str, line: bytes, drug: bytes | None) -> tuple[dict, list[dict]]:
    """The row without what tells nothing, and the Medication to which it points."""
    row = {name: value for name, value in whole(line).items() if name not in UNTELLING[r4]}
    if drug is None:
        return row, []
    row["medicationReference"] |= {"reference": "Medication/m"}
    return row, [whole(drug) | {"id": "m"}]
