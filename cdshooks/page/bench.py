"""The author's bench: what is wrong with the cards as they lie there, and what comes out otherwise than before."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, stream_with_context
from markupsafe import escape

from cdshooks.content.library import Library
from cdshooks.ehr import shelf
from cdshooks.ehr.visit import Visit, named_visit
from cdshooks.errors import BadInput, CdsError
from cdshooks.page.cards import verdicts_of
from cdshooks.page.house import House
from cdshooks.page.state import State
from cdshooks.page.turn import take_turn
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import judge
from cdshooks.rules.cards import Card

_COHORT = 100  # patients of a cohort that are compared
# In a process of its own: it takes a minute of a processor, and must not take it from those who call.
_CHECK = (sys.executable, "-c", "from cdshooks.cli import main; main(prog_name='cdshooks')", "check", "--only")
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Differs:
    """One situation that comes out otherwise: the cards before and now, each with how loud it is."""

    name: str
    link: str
    before: tuple[str, ...]
    now: tuple[str, ...]


def add(page: Blueprint, house: House) -> None:
    def bench():
        offer = house.current.of_call()
        everything = request.args.get("all") == "yes" or _is_shared_changed(house.started, offer.library)
        changed = [card for card in offer.library.cards if _has_changed(house.started, card)]
        gone = [card for card in house.started.cards if offer.library.card(card.topic) is None]
        judged = offer.library.cards if everything else changed
        verdicts = [
            (card, vignette, fault)
            for card in judged
            for vignette, fault in zip(card.page.vignettes, verdicts_of(house, card), strict=True)
        ]
        same = offer.library is house.started
        differs, faults = ([], []) if same else differing(house, offer.library)
        return render_template(
            "page/bench.html", offer=offer, fault=house.current.fault, watch=house.settings.watch, changed=changed,
            gone=gone, everything=everything, ran=len(verdicts), broken=[one for one in verdicts if one[2]],
            differs=differs, faults=faults, same=same, local=house.settings.page == "local",
        )  # fmt: skip

    def unnoticed():
        """What `cdshooks check --only` says of one card, line by line."""
        card = house.library.card(request.form.get("topic", ""))
        if card is None:
            raise BadInput("topic: no card has this topic; choose one of the list")
        if house.settings.page != "local":
            raise BadInput(f"on a network nobody makes this service work so long: cdshooks check --only {card.topic}")
        end = take_turn(_one_at_a_time, "small changes are being tried already; wait until that run has ended")
        answer = Response(stream_with_context(_tried(house, card, end)), content_type="text/html; charset=utf-8")
        answer.call_on_close(end)
        return answer

    page.add_url_rule("/bench", "bench", bench)
    page.add_url_rule("/bench", "unnoticed", unnoticed, methods=["POST"])


def _tried(house: House, card: Card, end: Callable[[], None]) -> Iterator[str]:
    """The page as it grows; the run ends when nobody watches any more."""
    process = None
    try:
        head, _, tail = render_template("page/unnoticed.html", card=card).partition("<!-- here -->")
        yield head
        command = [*_CHECK, card.topic, "--cards", str(house.library.path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in process.stdout:
            yield f"{escape(line)}"
        ended = process.wait()
        yield render_template("page/_tried.html", ended=ended)
        yield tail
    finally:
        if process:
            process.kill()
            process.wait()
            process.stdout.close()
        end()


def _has_changed(before: Library, card: Card) -> bool:
    """Has what the card decides and says changed, or the patients for whom it was tried?"""
    old = before.card(card.topic)
    return old is None or (old.page.version, old.page.vignettes) != (card.page.version, card.page.vignettes)


def _is_shared_changed(before: Library, now: Library) -> bool:
    """Have codes, cut-offs, notions or orders changed? Any card may rest on them."""
    return before is not now and (before.tables, before.orders) != (now.tables, now.orders)


def differing(house: House, library: Library) -> tuple[list[Differs], list[str]]:
    """The bundled situations, and the first patients of a cohort, for which other cards come than at the start; and
    who could not be judged, and why."""
    before, now = (_by_hook(one, house.settings) for one in (house.started, library))
    found, faults = [], []
    for name, link, opened in _situations(house):
        try:
            visit = opened()
            was, comes = _cards(house, house.started, before, visit), _cards(house, library, now, visit)
        except CdsError as fault:
            faults.append(f"{name}: {fault.issues[0]}")
            continue
        if was != comes:
            found.append(Differs(name, link, was, comes))
    return found, faults


def _by_hook(library: Library, settings) -> dict:
    return {one.hook: one for ones in services(library, settings).values() for one in ones}


def _situations(house: House) -> Iterator[tuple[str, str, Callable[[], Visit]]]:
    """(name, address of its reasoning, how to open it)"""
    today = house.clock().today
    for name in dict.fromkeys((*shelf.request_names(), *shelf.patient_names())):
        visit = named_visit(name, today)
        patient = shelf.story(name).patient if name in shelf.request_names() else name
        orders = shelf.story(name).drafts if name in shelf.request_names() else ()
        yield name, State(patient, hook=visit.hook, orders=orders).url("/why"), lambda visit=visit: visit
    for one in house.cohort()[:_COHORT] if house.settings.cohort else ():
        yield one.name, State(one.key).url("/why"), lambda one=one: Visit(one.open(today), "patient-view", today)


def _cards(house: House, library: Library, offered: dict, visit: Visit) -> tuple[str, ...]:
    service = offered.get(visit.hook)
    if service is None:
        return ()
    request = parse_request(visit.request(service.prefetch, "0d1c9f3e-1f35-4d3e-8d52-0a3c0f5b7e11"), visit.hook)
    response = judge(library, service, request, house.clock())
    return tuple(f"{card['source']['topic']['display']}: {card['indicator']}" for card in response.cards)
