"""Of one patient's rows those that no card needs though they were kept, for it takes other rows to know that.

An order that points to its drug is none of ours where that is none. A visit, a procedure or an order whose reason is a
problem tells nothing where that stands on the patient's own list: of patients who come thrice a week most rows do so.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.screen.settled import Written
from cdshooks.screen.thin import FAULTS, head_of, quick_kind
from cdshooks.screen.usual import USUAL, Row, is_rare, pointer_of
from cdshooks.screen.versions import names_in
from cdshooks.screen.wanted import Wanted

Drugs = Callable[[Collection[str]], Mapping[str, bytes]]  # of these ids: the lines of the Medications that there are
LIST = "Condition"
KINDS = ("Encounter", "Procedure", *DRUG_RESOURCES)
_plain = re.compile(
    rb'\{"reference" ?: ?"(?:Medication/|urn:uuid:)([A-Za-z0-9.-]{1,64})"(?:, ?"display" ?: ?"[^"\\]*")?\}'
).fullmatch


class Kept(NamedTuple):
    """A row that was kept: where it is among the lines, its kind in R4's words, and the drug to which it points."""

    at: int
    r4: str
    way: bytes
    drug: str = ""


def without_needless(
    lines: Sequence[bytes], stubs: Sequence[bytes], wanted: Wanted, drugs: Drugs
) -> tuple[list[bytes], list[bytes]]:
    """A patient's rows that some card may need, and those that none does; `stubs` are what stayed of others."""
    by_kind = _by_kind(lines, wanted)
    kept = [row for r4, found in by_kind.items() if r4 in KINDS for row in _kept(r4, found)]
    pointing = {row.drug for row in kept if row.drug}
    known = drugs(pointing) if pointing else {}
    listed = _listed([line for _, line in by_kind.get(LIST, ())], stubs)
    ways = {name: wanted.settled.way_of(drug) for name, drug in known.items()} | {"": b""}
    needless, told = set(), {}  # of rows that are written alike once
    for row in kept:
        if row.drug not in ways or wanted.is_named(lines[row.at]):
            continue
        alike = (row.way, ways[row.drug])
        if alike not in told:
            told[alike] = wanted.settled.is_so(row.r4, Written(row.way, lines[row.at]), known.get(row.drug), listed)
        if told[alike]:
            needless.add(row.at)
    return [line for at, line in enumerate(lines) if at not in needless], [lines[at] for at in sorted(needless)]


def _by_kind(lines: Sequence[bytes], wanted: Wanted) -> dict[str, list[tuple[int, bytes]]]:
    found: dict[str, list[tuple[int, bytes]]] = {}
    for at, line in enumerate(lines):
        kind = quick_kind(line)
        if kind in wanted.kinds:
            found.setdefault(wanted.kinds[kind], []).append((at, line))
    return found


def _kept(r4: str, lines: list[tuple[int, bytes]]) -> Iterator[Kept]:
    """Those that are written in the usual way, or point to their drug in the plainest."""
    usual, whose = USUAL[r4], b""
    for (at, _), row in zip(lines, _rows(r4, [line for _, line in lines]), strict=True):
        if row is None or (whose != row.subject and usual.patient_of(row) is None):
            continue
        told, whose = usual.told_of(row), row.subject
        if not is_rare(told):
            yield Kept(at, r4, usual.way(told))
        elif (pointer := pointer_of(told)) and (named := _plain(pointer)):
            yield Kept(at, r4, usual.way(told), named[1].decode())


def _rows(r4: str, lines: list[bytes]) -> Sequence[Row | None]:
    """All at once, or one by one where one of them is none of the usual ones."""
    if (rows := USUAL[r4].rows(lines)) is not None:
        return rows
    found: list[Row | None] = []
    for line in lines:
        try:
            found.append(USUAL[r4].row(line))
        except FAULTS:
            found.append(None)
    return found


def _listed(problems: list[bytes], stubs: Collection[bytes]) -> list[Written]:
    """The problems on the list that have no end; none where one of them has another version."""
    found, usual = [], USUAL[LIST]
    for line, row in zip(problems, _rows(LIST, problems), strict=True):
        if row is not None and usual.patient_of(row) and not usual.has_ended(row) and not is_rare(usual.told_of(row)):
            found.append(Written(usual.way(usual.told_of(row)), line))
    if not found:
        return []
    names = {head.id for line in problems if (head := head_of(line)) and head.id}
    others = {stub.id for stub in names_in(stubs)}
    return found if len(names) == len(problems) and names.isdisjoint(others) else []
