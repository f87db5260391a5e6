"""How a question is asked: once a chart; and where the chart holds nothing of it, its answer was made beforehand.

Of a service's questions most concern nobody: the cost of a call grows with what a patient has, not with what we know.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date
from typing import NamedTuple

from cdshooks.chart.chart import DRAFTED, Chart, Provided
from cdshooks.terms.concepts import Concept, Concepts
from cdshooks.terms.dates import Clock


class Asleep(NamedTuple):
    """What a question answers of every complete chart that holds none of these concepts.

    `lasts`: whatever a chart answers, it answers whatever is drafted, at every hook. `of_drafts`: whatever it answers,
    every chart with these drafts answers.
    """

    names: frozenset[str]
    answer: object
    lasts: bool
    of_drafts: bool


class Question:
    """What all questions share. They are asked by `ask` below, and answer by their own `ask(chart)`."""

    asleep: Asleep | None = None

    def wakes(self) -> frozenset[str] | None:
        """The concepts whose rows can change its answer; None where something else can (a birth date, the hook)."""
        return None

    def inside(self) -> tuple:
        """The questions that it is made of."""
        return ()

    def is_of_drafts_alone(self) -> bool:
        """Nothing but the drafts can change its answer: no row of the record, not even by the name of a draft."""
        return False


class OfRecord(Question):
    """A question that answers by the rows of the concepts that it names, and by nothing else."""

    def wakes(self) -> frozenset[str] | None:
        return frozenset(_named(self))


class OfDrafts(OfRecord):
    """The same of drafts: those of its concepts wake it, and all of which nobody knows what they are of."""

    def wakes(self) -> frozenset[str] | None:
        return frozenset({DRAFTED, *_named(self)})


class OfQuestions(Question):
    """A question that answers by others."""

    def wakes(self) -> frozenset[str] | None:
        each = [question.asleep.names if question.asleep else question.wakes() for question in self.inside()]
        return None if None in each or not each else frozenset().union(*each)

    def is_of_drafts_alone(self) -> bool:
        return all(question.is_of_drafts_alone() for question in self.inside())


class Told(NamedTuple):
    """How the questions of a situation were answered: what is possible, and why it cannot be told."""

    situation: "Situation"
    told: tuple


class Situation:
    """All questions about the person and the hook: of a chart that holds nothing, their answers say everything."""

    asleep = None

    def __init__(self, questions: tuple[Question, ...]):
        self._questions = questions

    def ask(self, chart: Chart) -> Told:
        answers = [ask(question, chart) for question in self._questions]
        return Told(self, tuple([(answer.can, answer.reason) for answer in answers]))


def ask(question, chart: Chart):
    """The answer to a question; the same object as often as it is asked of a chart."""
    asleep = question.asleep
    # Of the 119 times that a patient-view asks about somebody whom no card concerns, 33 find it asleep and 25 remember.
    if asleep and chart.held is not None and asleep.names.isdisjoint(chart.held):
        return asleep.answer
    # An answer holds its question, so that no other can have the id while the chart lives.
    key, answers = id(question), chart.answers
    if asleep:
        answers = chart.recorded if asleep.lasts else chart.drafted if asleep.of_drafts else answers
    if key not in answers:
        before = chart.undoubted.get(key)
        stays = before is not None and asleep.names.isdisjoint(chart.doubtful)
        answers[key] = before if stays else question.ask(chart)
    return answers[key]


def answer_beforehand(questions: Iterable, concepts: Concepts) -> None:
    """Give each question, and those inside it, its answer of a chart that holds nothing; no patient's data is near."""
    nobody = Chart(concepts, Clock(date(2000, 1, 1), UTC), "", "", Provided(everything=True))
    for question in reversed(_all(questions)):  # those inside first, so that those around need not look into them
        if names := question.wakes():
            # Frozen things are never changed but here, once, before anybody asks them.
            asleep = Asleep(names, ask(question, nobody), DRAFTED not in names, question.is_of_drafts_alone())
            object.__setattr__(question, "asleep", asleep)


def leaves(questions: Iterable) -> list[Question]:
    """The questions that are made of no others, among these and all that are inside them."""
    return [question for question in _all(questions) if not isinstance(question, OfQuestions)]


def _all(questions: Iterable) -> list:
    """These questions and all that are inside them, each once, those inside behind those around them."""
    waiting, seen = list(questions), {}
    while waiting:
        question = waiting.pop()
        if id(question) not in seen:
            seen[id(question)] = question
            waiting += question.inside()
    return list(seen.values())


def _named(part: object) -> Iterable[str]:
    """The concepts that a question names, in whatever clause; with their members, and what they are judged by."""
    if isinstance(part, Concept):
        yield from filter(None, (part.name, *part.members, part.better, part.overruled_by))
    elif isinstance(part, tuple):
        for each in part:
            yield from _named(each)
    elif is_dataclass(part):
        for field in fields(part):
            yield from _named(getattr(part, field.name))
