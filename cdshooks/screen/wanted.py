"""Which rows of a register some card may need: of the types that are asked for, those of which a chart takes something.

A row of which it takes nothing changes no decision; what could be ours and is not understood is kept, for it may.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.protocol.discovery import Service
from cdshooks.reading.read import as_dict, as_list, as_text
from cdshooks.reading.spellings import R4_KIND
from cdshooks.reading.subjects import bare_reference
from cdshooks.screen.nothing import UNTELLING, Nothing
from cdshooks.screen.settled import Settled
from cdshooks.screen.usual import Verdict
from cdshooks.screen.versions import stub_of
from cdshooks.terms.concepts import Concepts


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a register: by type, and by what a chart takes of a row."""

    kinds: Mapping[str, str]  # as it is sent -> in R4's words
    nothing: Nothing
    settled: Settled
    named: tuple[bytes, ...] = ()  # by the drafts: whether it is there may matter, whatever it is

    def has(self, kind: str) -> bool:
        return kind in self.kinds

    def lacking(self, came: Container[str]) -> list[str]:
        """The types, in R4's words, that are wanted and came under no name."""
        there = {r4 for kind, r4 in self.kinds.items() if kind in came}
        return sorted({*self.kinds.values()} - there)

    def is_order(self, kind: str) -> bool:
        """An order, a dose, or a statement of one: of whatever drug, it must say whose it is."""
        return self.kinds.get(kind) in DRUG_RESOURCES

    def needs(self, kind: str, line: bytes) -> bool:
        """May some card need this row? Of types that are rare, all are kept. Raises Unreadable."""
        r4 = self.kinds.get(kind)
        if r4 is None:
            return False
        if r4 not in UNTELLING or self.is_named(line):
            return True
        return not self.nothing.is_in(kind, r4, line)

    def known(self, kind: str, lines: list[bytes]) -> list[Verdict]:
        """Of lines of one kind: False where no card needs it and nothing of it stays; its patient where some card may
        need it, and with the line that stays where only something stays; None where it is not known.
        """
        r4 = self.kinds.get(kind)
        if r4 is None:
            return [False] * len(lines)
        unknown = r4 not in UNTELLING or (self.named and self.is_named(b"\n".join(lines)))
        return [None] * len(lines) if unknown else self.nothing.known(r4, lines)

    def is_named(self, line: bytes) -> bool:
        """May a draft name this row?"""
        return bool(self.named) and any(name in line for name in self.named)

    def stub_of(self, kind: str, line: bytes) -> bytes | None:
        """What stays of a row that is not needed, for its older versions (screen/versions)."""
        return stub_of(self.kinds.get(kind), line)


def wanted(
    services: Iterable[Service], concepts: Concepts, counted: bool = False, drafts: Iterable[Mapping] = ()
) -> Wanted:
    """The types that the services ask for, under the names of every FHIR version; patient and drugs, too.

    `counted`: rows that decide nothing are kept where the report counts them.
    """
    asked = {"Patient", "Medication"} | {query.resource for service in services for query in service.queries}
    kinds = {kind: kind for kind in asked} | {k: r4 for k, r4 in R4_KIND.items() if r4 in asked}
    nothing = Nothing(concepts, counted)
    return Wanted(kinds, nothing, Settled(nothing), tuple({name for draft in drafts for name in _named_in(draft)}))


def _named_in(draft: Mapping) -> Iterator[bytes]:
    """The ids of orders that a draft may be, end or replace (chart/sitting)."""
    if isinstance(draft.get("id"), str):
        yield draft["id"].encode()
    for value in (draft.get("priorPrescription"), *as_list(draft.get("basedOn")), *as_list(draft.get("replaces"))):
        if named := bare_reference(as_text(as_dict(value).get("reference"))):
            yield named.rpartition("/")[2].encode()
