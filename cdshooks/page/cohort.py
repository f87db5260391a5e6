"""Many patients at once: who would get which card, how loud, by which value; or of one card, why each did or not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from flask import Blueprint, render_template, request

from cdshooks.ehr.patients import Record
from cdshooks.ehr.visit import Visit
from cdshooks.errors import BadInput, CdsError
from cdshooks.page.drafts import drafts_of
from cdshooks.page.house import House
from cdshooks.page.many import InRegister, Opened
from cdshooks.page.state import State
from cdshooks.page.traces import first_seen, told
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.trace import as_data
from cdshooks.respond import judge
from cdshooks.rules.cards import Level
from cdshooks.screen.judge import values_of
from cdshooks.terms.dates import Clock

PATIENTS = 100  # of a page
_LOUD = {level.word: level for level in Level}
SORTS = ("loudest first", "patient", "card")


@dataclass(frozen=True)
class Row:
    """One patient and one card, or one patient without any."""

    name: str
    link: str
    topic: str
    title: str
    level: str
    why: str


def add(page: Blueprint, house: House) -> None:
    def cohort():
        asked = {name: request.args.get(name, "") for name in ("topic", "level", "sort", "day", "order")}
        _check(house, asked)
        cohort = house.cohort()
        start = _number(len(cohort))
        rows, faults = [], []
        for one in cohort[start : start + PATIENTS]:
            try:
                rows += list(_rows(house, one, asked))
            except CdsError as fault:
                faults.append((one.name, "; ".join(fault.issues[:3])))
        counts = Counter((row.title, row.level) for row in rows if row.topic)
        kept = [row for row in rows if not asked["level"] or row.level == asked["level"]]
        kept.sort(key=_by(asked["sort"]))
        return render_template(
            "page/cohort.html", rows=kept, faults=faults, counts=sorted(counts.items(), key=_loudest), asked=asked,
            start=start, size=PATIENTS, total=len(cohort), cards=house.library.cards, sorts=SORTS,
            own=house.settings.cohort, register=cohort.register,
        )  # fmt: skip

    page.add_url_rule("/cohort", "cohort", cohort, methods=["GET"])


def _check(house: House, asked: dict) -> None:
    """Told once, and not of every patient; and what cannot be meant is not taken for a choice that nobody fits."""
    if asked["order"]:
        drafts_of((asked["order"],), house.library.concepts)
    topics = {card.topic for card in house.library.cards}
    for name, known in (("topic", topics), ("level", _LOUD), ("sort", SORTS), ("day", ("last",))):
        if asked[name] and asked[name] not in known:
            raise BadInput(f"{name}: {asked[name][:40]!r} is none of {', '.join(sorted(known))}")


def _number(total: int) -> int:
    text = request.args.get("from", "0")
    return min(int(text), max(0, total - 1)) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _by(sort: str):
    if sort == "patient":
        return lambda row: (row.name, -_LOUD.get(row.level, 0))
    if sort == "card":
        return lambda row: (row.title or "~", row.name)
    return lambda row: (-_LOUD.get(row.level, 0), row.title, row.name)


def _loudest(counted: tuple) -> tuple:
    (title, level), number = counted
    return -_LOUD.get(level, 0), -number, title


def _rows(house: House, one: Opened | InRegister, asked: dict) -> Iterator[Row]:
    """What becomes of one patient: the cards that would be shown, or the one card that is asked for."""
    record: Record = one.open(house.clock().today)
    day: date = one.last_day(record) if asked["day"] == "last" else house.clock().today
    drafts = drafts_of((asked["order"],), house.library.concepts) if asked["order"] else []
    hook = "order-sign" if drafts else "patient-view"
    visit = Visit(record, hook, day, tuple(row for draft in drafts for row in draft.resources))
    service, now = house.service(hook), Clock(day, house.clock().zone)
    response = judge(house.library, service, parse_request(visit.request(service.prefetch), hook), now)
    link = State(one.key, hook=hook, orders=(asked["order"],) if asked["order"] else ()).url("/why")
    if asked["topic"]:
        yield from _of_card(house, one.name, link, asked["topic"], response)
        return
    loud = {card["source"]["topic"]["code"]: card["indicator"] for card in response.cards}
    decided = {decision.card.topic: decision for decision in response.decisions}
    for topic, level in loud.items():
        card = house.library.card(topic)
        why = _seen(decided[topic]) if topic in decided else "something was not provided"
        yield Row(one.name, link, topic, card.title if card else "Could not be checked", level, why)
    if not loud:
        yield Row(one.name, link, "", "", "silent", "no card")


def _of_card(house: House, name: str, link: str, topic: str, response) -> Iterator[Row]:
    mine = [decision for decision in response.decisions if decision.card.topic == topic]
    for one in told(as_data(mine, response.chart), house.library) if mine else ():
        why = f"{one.deciding.verdict}: {one.deciding.says}" if one.deciding else _seen(mine[0])
        seen = first_seen(one.deciding) if one.deciding else ""
        level = one.loud if one.loud in _LOUD else "silent"
        yield Row(name, link, topic, one.title, level, f"{why}: {seen}" if seen else why)


def _seen(decision) -> str:
    """The facts on which a card rests, as far as there is room."""
    return "; ".join(islice(values_of(decision), 4))
