"""What came of the data that were asked for: rows, and how complete each source is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from cdshooks.reading.facts import Oddity


class Unread(Enum):
    """What a row is taken for of which nobody can know what it is about, whatever is asked for."""

    ANYTHING = "leaves open each question to which it could be the answer"
    NONE = "none"
    PERHAPS_ONE = "one that is not understood"


class Coverage(IntEnum):
    """How much of what was asked for came."""

    NOT_PROVIDED = 0
    INCOMPLETE = 1
    COMPLETE = 2


@dataclass(frozen=True, slots=True)
class Need:
    """What a question must see: a source ("Condition", or "Observation:" and a concept), and for how many days back."""

    source: str
    days: int | None = None


@dataclass(frozen=True)
class Provided:
    """The rows that came, and how complete each source is; `why` says what is wrong with a source."""

    patient: Mapping | None = None
    rows: tuple[Mapping, ...] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()
    everything: bool = False  # every source that the service asks for came whole
    urls: Mapping[str, Mapping] = field(default_factory=dict)  # what something may point to, by its fullUrl
    server: str | None = None  # the FHIR server of the call
