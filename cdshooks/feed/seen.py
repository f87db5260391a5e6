"""One thing that a feed sends, and how the cards would take it: understood, not understood, or not ours."""

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """The three kinds of what comes; only the second one needs somebody to do something."""

    UNDERSTOOD = "understood"
    NOT_UNDERSTOOD = "not_understood"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class Seen:
    """A code, unit, status, reference, date or language as it was sent; `reason` is the concept, or why not.

    `kind` is result, drug, problem, procedure, allergy, family, visit, unit, status, reference, date, birthdate or
    language. `concept` is what it is, or could be. Nothing in it names a patient.
    """

    fate: Fate
    kind: str
    system: str = ""
    code: str = ""
    text: str = ""
    unit: str = ""
    reason: str = ""
    concept: str = ""
