"""What is still possible: yes, no, cannot tell, and Kleene's logic over sets of these three."""

from dataclasses import dataclass
from enum import StrEnum

YES, NO, UNSURE = 1, 2, 4
ANY = YES | NO | UNSURE


class Reason(StrEnum):
    """Why it cannot be told."""

    NOT_PROVIDED = "not provided"
    NOT_RECORDED = "not recorded"
    NOT_UNDERSTOOD = "not understood"


@dataclass(slots=True)
class Answer:
    """An answer to one question: the set of what is still possible (bits), why, what it saw, and its parts.

    One bit is a known answer (UNSURE: it was looked for, and nothing usable is there). More than one bit means that
    something was not provided: each of these may still turn out to be so.
    """

    can: int
    question: object
    seen: tuple = ()
    reason: Reason | None = None
    parts: tuple = ()
    missing: frozenset = frozenset()

    @property
    def holds(self) -> bool:
        """It is yes, whatever else may come."""
        return self.can == YES

    @property
    def fails(self) -> bool:
        """It cannot become yes, whatever else may come."""
        return not self.can & YES

    @property
    def word(self) -> str:
        return {YES: "yes", NO: "no"}.get(self.can, "cannot tell")


@dataclass(slots=True)
class Classed:
    """An answer to "which class?": the classes still possible, in the notion's order, and the rows that were asked."""

    classes: tuple[str, ...]
    question: object
    parts: tuple = ()
    missing: frozenset = frozenset()


def _kleene_and(left: int, right: int) -> int:
    if NO in (left, right):
        return NO
    return YES if left == right == YES else UNSURE


def _over_sets(rule) -> tuple[tuple[int, ...], ...]:
    """A rule on single answers, lifted to all pairs of sets (as a table, so that deciding is a look-up)."""

    def combine(left: int, right: int) -> int:
        can = 0
        for a in (YES, NO, UNSURE):
            for b in (YES, NO, UNSURE):
                if left & a and right & b:
                    can |= rule(a, b)
        return can

    return tuple(tuple(combine(a, b) for b in range(8)) for a in range(8))


NOT = tuple((YES if s & NO else 0) | (NO if s & YES else 0) | (s & UNSURE) for s in range(8))
AND = _over_sets(_kleene_and)
OR = _over_sets(lambda a, b: NOT[_kleene_and(NOT[a], NOT[b])])
# "surely Q" is no when it cannot be told: what is not known for certain does not count.
SURELY = tuple((YES if s & YES else 0) | (NO if s & (NO | UNSURE) else 0) for s in range(8))
# "possibly Q" is yes when it cannot be told: what may be so is treated as if it were.
POSSIBLY = tuple((YES if s & (YES | UNSURE) else 0) | (NO if s & NO else 0) for s in range(8))
