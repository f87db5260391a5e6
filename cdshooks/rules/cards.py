"""What a card is to the engine: criteria, a table of outcomes or a matrix, modifiers. All of it comes from content."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

from cdshooks.chart.chart import Need
from cdshooks.rules.notions import Notion


class Level(IntEnum):
    """How loud a card is; silent is a level like the others, so that modifiers can lower to it."""

    SILENT = 0
    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Possible:
    """One way a card may still come out: how loud, with which text and paragraphs, and what decided it."""

    level: Level
    text: str
    by: str
    adds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """A sentence that a clinician signs beside the question that the machine asks."""

    id: str
    say: str
    question: object
    unless: bool = False
    for_all: bool = False

    def verdict(self, can: int) -> bool | None:
        """True: the card goes on. False: it is silent. None: that is still open."""
        yes, only_yes = bool(can & 1), can == 1
        if self.unless:
            return False if only_yes else (None if yes else True)
        return True if only_yes else (None if yes else False)


@dataclass(frozen=True)
class OutcomeRow:
    """A row of the table of outcomes; one without a question always holds."""

    id: str
    say: str
    question: object | None
    level: Level
    text: str


@dataclass(frozen=True)
class Matrix:
    """Two notions with classes, and a level for each pair; a pair that is not written is silent."""

    down: Notion
    across: Notion
    cells: Mapping[tuple[str, str], Level]
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Modifier:
    """Where its question holds it lowers what the table says, to at most a level or by steps, and adds a paragraph."""

    id: str
    say: str
    question: object
    at_most: Mapping[str, Level] = field(default_factory=dict)
    lower: int = 0
    adds: str | None = None

    @property
    def lowers(self) -> bool:
        """One that does not lower only adds its paragraph."""
        return bool(self.at_most or self.lower)

    def apply(self, possible: Possible, column: str) -> Possible:
        if possible.level is Level.SILENT:
            return possible
        cap = self.at_most.get(column, self.at_most.get("otherwise", Level.CRITICAL))
        level = Level(max(0, min(possible.level, cap) - self.lower))
        by = self.id if level != possible.level else possible.by
        adds = (*possible.adds, self.adds) if self.adds else possible.adds
        return Possible(level, possible.text, by, adds)


@dataclass(frozen=True, slots=True)
class Quiet:
    """After which override reasons (codes) a card stays quiet for a patient, and for how many days."""

    reasons: frozenset[str]
    days: int


@dataclass(frozen=True)
class Card:
    """One card folder, ready to be decided and shown."""

    topic: str
    title: str
    hooks: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    rows: tuple[OutcomeRow, ...] = ()
    matrix: Matrix | None = None
    modifiers: tuple[Modifier, ...] = ()
    replaces: tuple[str, ...] = ()
    asides: tuple = ()
    page: object = None
    quiet: Quiet | None = None
    # What makes this card speak is not offered by any card.
    forbids: bool = False

    # What wakes it (rules/decide); no field, so that a card which is a changed copy does not have it.
    asleep = None

    @property
    def questions(self) -> tuple:
        """Every question that deciding this card may ask."""
        table = tuple(r.question for r in self.rows if r.question)
        if self.matrix:
            table += self.matrix.down.questions + self.matrix.across.questions
        return tuple(c.question for c in self.criteria) + table + tuple(m.question for m in self.modifiers)

    def needs(self) -> tuple[Need, ...]:
        """What deciding must see; and the asides, on which only a suggestion depends."""
        return self._needs

    @cached_property
    def before_offering(self) -> frozenset[str]:
        """The sources that are looked into before one of its suggestions is offered."""
        return frozenset(need.source for question in self.asides for need in question.needs())

    @cached_property
    def _needs(self) -> tuple[Need, ...]:
        return tuple(dict.fromkeys(need for question in self.questions + self.asides for need in question.needs()))
