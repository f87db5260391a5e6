"""What grows with what, in process: function calls counted, which no other program can disturb, beside CPU time."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from zoneinfo import ZoneInfo

from flask import Flask

from cdshooks.chart.chart import Chart
from cdshooks.config import Settings
from cdshooks.content.library import Library
from cdshooks.protocol import wire
from cdshooks.protocol.discovery import Service, services
from cdshooks.protocol.prefetch import gather
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from cdshooks.rules.asking import Question, answer_beforehand
from cdshooks.rules.decide import decide, let_sleep
from cdshooks.rules.notions import Notion
from cdshooks.rules.verbs.notion import NotionIs
from cdshooks.terms.concepts import Concept, Concepts
from cdshooks.terms.dates import Clock
from tests.bench.bodies import TODAY, nobody

CLOCK = Clock(TODAY, ZoneInfo("UTC"))


@dataclass(frozen=True)
class Cost:
    """CPU seconds of the quickest of some runs, and function calls of one."""

    seconds: float
    calls: int


def cost(work: Callable[[], object], runs: int = 15) -> Cost:
    work()
    return Cost(min(_seconds(work) for _ in range(runs)), _calls(work))


def _seconds(work) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _calls(work) -> int:
    counted = 0

    def count(_frame, event, _arg):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted


def patient_view(library: Library) -> Service:
    return next(one for ones in services(library, Settings()).values() for one in ones if one.hook == "patient-view")


def answering(library: Library, body: bytes) -> Callable[[], object]:
    """A call without its JSON: from the prefetch to the cards."""
    service, request = patient_view(library), parse_request(json.loads(body), "patient-view")
    return lambda: respond(library, service, request, CLOCK)


def posting(app: Flask, service: str, body: bytes) -> None:
    """A call as the app answers it, without a server around it."""
    answer = app.test_client().post(f"/cds-services/{service}", data=body, content_type="application/json")
    if answer.status_code != 200:
        raise SystemExit(f"not a 200: {answer.text[:2000]}")


def parts(library: Library, body: bytes) -> dict[str, Cost]:
    """A call in its steps, each without those before it."""
    service, request = patient_view(library), parse_request(wire.decode(body), "patient-view")
    provided = gather(service, request.prefetch, "p1")

    def indexed() -> Chart:
        return Chart(library.concepts, CLOCK, "p1", "patient-view", provided)

    def decided() -> None:
        chart = indexed()
        for card in service.cards:
            decide(card, chart)

    steps = {"read the JSON": lambda: wire.decode(body), "gather": lambda: gather(service, request.prefetch, "p1")}
    found = {name: cost(work) for name, work in steps.items()}
    index, both = cost(indexed), cost(decided)
    return found | {"index": index, "decide": Cost(both.seconds - index.seconds, both.calls - index.calls)}


def judging(library: Library, observations: int, runs: int = 15) -> Cost:
    """Index and decide, of so many Observations."""
    service = patient_view(library)
    request = parse_request(wire.decode(nobody(service.prefetch, observations, 0)), "patient-view")
    provided = gather(service, request.prefetch, "p1")

    def work() -> None:
        chart = Chart(library.concepts, CLOCK, "p1", "patient-view", provided)
        for card in service.cards:
            decide(card, chart)

    return cost(work, runs)


# --- ten times as many cards ------------------------------------------------------------------------------------------


def tenfold(library: Library) -> Library:
    """The library with nine copies of every card beside it, each with concepts, codes, names and notions of its own."""
    concepts, notions, cards = dict(library.concepts.by_name), dict(library.notions), list(library.cards)
    for number in range(1, 10):
        copies = _Copies(str(number))
        concepts |= {copy.name: copy for copy in map(copies.of, library.concepts.by_name.values())}
        for notion in library.notions.values():
            copies.book[notion.name] = copies.of(notion)
        notions |= {f"{name}{number}": notion for name, notion in copies.book.items()}
        cards += [replace(copies.card(card), topic=f"{card.topic}-{number}") for card in library.cards]
    known = library.concepts
    of = Concepts.of(concepts, known.routes, known.doses, known.systems, known.courses, known.phrases)
    answer_beforehand([question for card in cards for question in card.questions], of)
    let_sleep(cards)
    return replace(library, concepts=of, notions=notions, cards=tuple(cards))


def _is_of_nothing(question: Question) -> bool:
    """Does it name no concept, nor any question inside it?"""
    inside = question.inside()
    return all(map(_is_of_nothing, inside)) if inside else question.wakes() is None


class _Copies:
    """Equal things become one copy, as they are one object."""

    def __init__(self, mark: str):
        self._mark, self._made = mark, {}
        self.book: dict[str, Notion] = {}

    def of(self, part: object):
        if isinstance(part, Concept | tuple) or (is_dataclass(part) and not isinstance(part, type)):
            if id(part) not in self._made:
                self._made[id(part)] = (part, self._copy(part))
            return self._made[id(part)][1]
        return part

    def _copy(self, part: object):
        if isinstance(part, tuple):
            return tuple(map(self.of, part))
        if isinstance(part, Concept):
            return self._concept(part)
        if isinstance(part, Question) and _is_of_nothing(part):
            return part  # of the person or the hook: that is the same question in every card
        if isinstance(part, NotionIs):
            return replace(part, book=self.book)
        return replace(part, **{f.name: self.of(getattr(part, f.name)) for f in fields(part) if f.init})

    def _concept(self, concept: Concept) -> Concept:
        def marked(name: str | None) -> str | None:
            return name and f"{name}{self._mark}"

        return replace(
            concept,
            name=marked(concept.name),
            codes=tuple(replace(code, code=f"{code.code}-{self._mark}") for code in concept.codes),
            words=tuple(f"{word} {self._mark * 3}" for word in concept.words),
            members=tuple(map(marked, concept.members)),
            better=marked(concept.better),
            overruled_by=marked(concept.overruled_by),
        )

    def card(self, card):
        criteria = tuple(replace(one, question=self.of(one.question)) for one in card.criteria)
        rows = tuple(replace(row, question=self.of(row.question)) for row in card.rows)
        modifiers = tuple(replace(one, question=self.of(one.question)) for one in card.modifiers)
        matrix = card.matrix and replace(card.matrix, down=self.of(card.matrix.down), across=self.of(card.matrix.across))
        return replace(card, criteria=criteria, rows=rows, modifiers=modifiers, matrix=matrix, replaces=())
