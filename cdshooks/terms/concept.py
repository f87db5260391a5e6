"""One clinical concept: its codes, names, units and cut-offs; which concepts there are is content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cdshooks.terms.units import Amount, UnitTable


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a concept; of a product it may say the strength of one unit (or of one mL) and the route.

    `kinds` are the kinds of unit with which a result may carry it; any, where none are told. What a `wide` code means
    there, words beside it say that are none of its own `titles`.
    """

    system: str
    code: str
    display: str
    below: bool = False
    strength: Decimal | None = None
    strength_per: str = "unit"
    combined: bool = False
    route: str | None = None
    kinds: tuple[str, ...] = ()
    wide: bool = False
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A class of results: what lies between two cut-offs, each given per kind of unit in the kind's own unit."""

    name: str
    below: Mapping[str, Decimal] = field(default_factory=dict)
    up_to: Mapping[str, Decimal] = field(default_factory=dict)
    above: Mapping[str, Decimal] = field(default_factory=dict)
    at_least: Mapping[str, Decimal] = field(default_factory=dict)

    def holds(self, amount: Amount) -> bool | None:
        """Does the amount lie in this band: surely, surely not, or perhaps (None)?"""
        verdicts = []
        for limits, below, including in (
            (self.below, True, False),
            (self.up_to, True, True),
            (self.above, False, False),
            (self.at_least, False, True),
        ):
            if amount.kind in limits:
                verdicts.append(amount.against(limits[amount.kind], below, including))
        if False in verdicts:
            return False
        return None if None in verdicts else True


@dataclass(frozen=True, slots=True)
class Override:
    """Cut-offs of a site in place of ours: from a day on, in some kinds of unit, for all or for one laboratory."""

    bands: tuple[Band, ...]
    kinds: frozenset[str]
    since: date
    says: str
    laboratory: frozenset[str] = frozenset()

    def holds(self, kind: str, taken: date, laboratories: frozenset[str]) -> bool:
        mine = not self.laboratory or not self.laboratory.isdisjoint(laboratories)
        return mine and kind in self.kinds and taken >= self.since


@dataclass(frozen=True, slots=True)
class Concept:
    """One named concept. `kind` is one of content.concepts.KINDS; `may_be` has codes that may mean it."""

    name: str
    kind: str
    label: str
    codes: tuple[Code, ...] = ()
    may_be: tuple[Code, ...] = ()
    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()  # names only where nothing else stands in the statement
    recorded_as: tuple[str, ...] = ()
    units: UnitTable | None = None
    unit_names: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    either: Mapping[frozenset, str] = field(default_factory=dict)
    own_limit: str | None = None
    plausible_from: Mapping[str, Decimal] = field(default_factory=dict)
    plausible_to: Mapping[str, Decimal] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    better: str | None = None
    better_days: int = 0
    overruled_by: str | None = None
    values: Mapping[tuple[str, str], str] = field(default_factory=dict)
    said_values: Mapping[str, str] = field(default_factory=dict)  # the same by words that are all of a value
    overrides: tuple[Override, ...] = ()
    told_by_drafts: bool = False  # the words of a draft order may tell of it
    regular_only: bool = False  # an order of it "as needed" is not known to be had
    ends_as_written: bool = False  # an order of it is over at its own end, whatever its status

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of a result, the worst first; of a coded status, its values."""
        if self.values:
            return tuple(dict.fromkeys(self.values.values()))
        return tuple(band.name for band in self.bands)
