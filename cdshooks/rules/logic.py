"""Questions made of questions: and, or, not, surely, possibly."""

from dataclasses import dataclass
from functools import reduce

from cdshooks.rules.answers import AND, NO, NOT, OR, POSSIBLY, SURELY, UNSURE, YES, Answer
from cdshooks.rules.asking import OfQuestions, ask

NOTHING: frozenset[str] = frozenset()
TABLES = {"not": NOT, "surely": SURELY, "possibly": POSSIBLY}


def _together(question, parts: list[Answer], can: int) -> Answer:
    if can in (YES, NO):
        return Answer(can, question, (), None, tuple(parts))
    reason = next((p.reason for p in parts if p.reason), None)
    missing = NOTHING if can == UNSURE else NOTHING.union(*(p.missing for p in parts))
    return Answer(can, question, (), reason, tuple(parts), missing)


@dataclass(frozen=True)
class OfSeveral(OfQuestions):
    """A question made of several, one beside the other."""

    questions: tuple

    def inside(self) -> tuple:
        return self.questions

    def needs(self):
        return tuple(need for q in self.questions for need in q.needs())


@dataclass(frozen=True)
class And(OfSeveral):
    """All of them. What cannot change the answer any more is not asked."""

    def ask(self, chart) -> Answer:
        return _one_by_one(self, chart, AND, YES, NO)

    def words(self) -> str:
        return " and ".join(_bracketed(q) for q in self.questions)


@dataclass(frozen=True)
class Or(OfSeveral):
    """At least one of them. What cannot change the answer any more is not asked."""

    def ask(self, chart) -> Answer:
        return _one_by_one(self, chart, OR, NO, YES)

    def words(self) -> str:
        return " or ".join(_bracketed(q) for q in self.questions)


def _one_by_one(question: OfSeveral, chart, table: tuple, can: int, enough: int) -> Answer:
    """The questions in their order, each added to what can be so far; the one that is enough is all that is told."""
    parts = []
    for each in question.questions:
        parts.append(ask(each, chart))
        can = table[can][parts[-1].can]
        if can == enough:
            return _together(question, parts[-1:], enough)
    return _together(question, parts, can)


@dataclass(frozen=True)
class Turned(OfQuestions):
    """`not Q`, `surely Q`, `possibly Q`: one question, its answers exchanged by a table."""

    question: object
    form: str

    def inside(self) -> tuple:
        return (self.question,)

    def needs(self):
        return self.question.needs()

    def ask(self, chart) -> Answer:
        inner = ask(self.question, chart)
        return _together(self, [inner], TABLES[self.form][inner.can])

    def words(self) -> str:
        return f"{self.form} {_bracketed(self.question)}"


@dataclass(frozen=True)
class TwoOf(OfSeveral):
    """`two of (A or B or C)`: at least two of them."""

    def ask(self, chart) -> Answer:
        """Yes counts two, one or none; which counts are still possible follows from each part."""
        parts = [ask(question, chart) for question in self.questions]
        surely = sum(p.can == YES for p in parts)
        maybe = sum(bool(p.can & YES) for p in parts)
        unsure = sum(bool(p.can & UNSURE) for p in parts)
        doubtful = sum(bool(p.can & (YES | UNSURE)) for p in parts)
        can = (YES if maybe >= 2 else 0) | (UNSURE if unsure and surely < 2 and doubtful >= 2 else 0)
        never_two = sum(not p.can & NO for p in parts) < 2
        return _together(self, parts, can | (NO if never_two else 0))

    def words(self) -> str:
        return f"two of ({' or '.join(_bracketed(q) for q in self.questions)})"


def _bracketed(question) -> str:
    return f"({question.words()})" if isinstance(question, And | Or) else question.words()


def joined(kind: type, questions: list):
    return questions[0] if len(questions) == 1 else kind(tuple(questions))


def leaves(question) -> list:
    """Every question at the end of the tree; notions count as ends."""
    inner = getattr(question, "questions", None) or ([question.question] if isinstance(question, Turned) else None)
    if inner is None:
        return [question]
    return reduce(list.__add__, (leaves(q) for q in inner), [])
