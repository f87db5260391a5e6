"""All patients of a cohort, judged one after the other while somebody watches: the counts, and the loudest of them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic

from flask import Blueprint, Response, render_template, request, stream_with_context

from cdshooks.errors import CdsError
from cdshooks.page.drafts import drafts_of
from cdshooks.page.house import House
from cdshooks.page.state import State
from cdshooks.page.turn import take_turn
from cdshooks.rules.cards import Level
from cdshooks.screen.judge import Occasion, Seen, judged
from cdshooks.terms.dates import Clock

LISTED = 100  # patients that are listed, the loudest first
EVERY = 1.0  # seconds between two words on how far it is
_FAULTS = 20
_one_at_a_time = threading.Lock()


@dataclass
class Counted:
    """What came of so many patients: cards by (topic, level), those that cannot be told, faults by what they say."""

    patients: int = 0
    deceased: int = 0
    with_card: int = 0
    cards: Counter = field(default_factory=Counter)
    doubts: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    loudest: dict[str, list[tuple]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, name: str, link: str, seen: Seen) -> None:
        """One more patient; the dead are counted, and get no card."""
        self.patients += 1
        self.deceased += seen.deceased
        if seen.deceased:
            return
        self.with_card += bool(seen.cards)
        self.cards.update((card.topic, card.indicator) for card in seen.cards)
        self.doubts.update((topic, reason) for _, topic, reason in seen.doubts)
        for card in seen.cards:
            some = self.loudest.setdefault(card.indicator, [])
            if len(some) < LISTED:
                some.append((name, link, card))

    def rows(self) -> list[tuple]:
        """(name, link, card) of the loudest."""
        levels = [level.word for level in sorted(Level, reverse=True)]
        return [row for level in levels for row in self.loudest.get(level, ())][:LISTED]


def add(page: Blueprint, house: House) -> None:
    def whole():
        asked = {name: request.form.get(name, "") for name in ("day", "order")}
        drafts_of((asked["order"],) if asked["order"] else (), house.library.concepts)  # told before it begins
        end = take_turn(_one_at_a_time, "a cohort is being judged already; wait until that run has ended")
        answer = Response(stream_with_context(_watched(house, asked, end)), content_type="text/html; charset=utf-8")
        answer.call_on_close(end)
        return answer

    page.add_url_rule("/cohort", "whole", whole, methods=["POST"])


def _watched(house: House, asked: dict, end: Callable[[], None]) -> Iterator[str]:
    """The page as it grows: how far it is, then the counts."""
    try:
        cohort = house.cohort()
        page = render_template("page/whole.html", asked=asked, total=len(cohort), own=house.settings.cohort)
        head, _, tail = page.partition("<!-- here -->")
        yield head
        told, last = Counted(), monotonic()
        begun = last
        for _ in _each(house, cohort, asked, told):
            if monotonic() - last > EVERY:
                last = monotonic()
                yield f"<li>{told.patients} of {len(cohort)} patients</li>\n"
        told.seconds = monotonic() - begun
        yield render_template(
            "page/_counted.html", told=told, title_of=_titles(house), register=cohort.register, faults=_FAULTS
        )
        yield tail
    finally:
        end()


def _each(house: House, cohort, asked: dict, told: Counted) -> Iterator[None]:
    now, order = house.clock(), asked["order"]
    occasions = [Occasion(house.service("patient-view"))]
    if order:
        rows = tuple(row for draft in drafts_of((order,), house.library.concepts) for row in draft.resources)
        occasions = [Occasion(house.service("order-sign"), order, rows)]
    for one in cohort:
        try:
            record = one.open(now.today)
            day = one.last_day(record) if asked["day"] == "last" else now.today
            others = [row for row in record.resources if row is not record.patient]
            seen = judged(house.library, occasions, Clock(day, now.zone), record.patient, others)
        except CdsError as fault:
            told.faults[fault.issues[0].replace(one.name, "the file")] += 1
            continue
        state = State(one.key, hook=occasions[0].service.hook, orders=(order,) if order else ())
        told.add(one.name, state.url("/why"), seen)
        yield


def _titles(house: House):
    def title_of(topic: str) -> str:
        card = house.library.card(topic)
        return card.title if card else "Could not be checked"

    return title_of
