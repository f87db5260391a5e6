"""The author's bench: what is wrong with the cards as they lie there, and what comes out otherwise than before."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from cdshooks.content.library import Library
from cdshooks.ehr import shelf
from cdshooks.ehr.visit import Visit, named_visit
from cdshooks.page.cards import verdicts_of
from cdshooks.page.house import House
from cdshooks.page.state import State
from cdshooks.protocol.discovery import services
from cdshooks.protocol.request import parse_request
from cdshooks.respond import judge

_COHORT = 100  # patients of a cohort that are compared


@dataclass(frozen=True)
class Differs:
    """One situation that comes out otherwise: the cards before and now, each with how loud it is."""

    name: str
    link: str
    before: tuple[str, ...]
    now: tuple[str, ...]


def add(page: Blueprint, house: House) -> None:
    def bench():
        offer, everything = house.current.of_call(), request.args.get("all") == "yes"
        changed = [card for card in offer.library.cards if _version(house.started, card.topic) != card.page.version]
        gone = [card for card in house.started.cards if offer.library.card(card.topic) is None]
        judged = offer.library.cards if everything else changed
        verdicts = [
            (card, vignette, fault)
            for card in judged
            for vignette, fault in zip(card.page.vignettes, verdicts_of(house, card), strict=True)
        ]
        same = offer.library is house.started
        return render_template(
            "page/bench.html", offer=offer, fault=house.current.fault, watch=house.settings.watch, changed=changed,
            gone=gone, everything=everything, ran=len(verdicts), broken=[one for one in verdicts if one[2]],
            differs=[] if same else list(differing(house, offer.library)), same=same,
        )  # fmt: skip

    page.add_url_rule("/bench", "bench", bench)


def _version(library: Library, topic: str) -> str:
    card = library.card(topic)
    return card.page.version if card else ""


def differing(house: House, library: Library):
    """The bundled situations, and the first patients of a cohort, for which other cards come than at the start."""
    before, now = (_by_hook(one, house.settings) for one in (house.started, library))
    for name, link, visit in _situations(house):
        was, comes = _cards(house, house.started, before, visit), _cards(house, library, now, visit)
        if was != comes:
            yield Differs(name, link, was, comes)


def _by_hook(library: Library, settings) -> dict:
    return {one.hook: one for ones in services(library, settings).values() for one in ones}


def _situations(house: House):
    today = house.clock().today
    for name in dict.fromkeys((*shelf.request_names(), *shelf.patient_names())):
        visit = named_visit(name, today)
        patient = shelf.story(name).patient if name in shelf.request_names() else name
        orders = shelf.story(name).drafts if name in shelf.request_names() else ()
        yield name, State(patient, hook=visit.hook, orders=orders).url("/why"), visit
    for one in house.cohort()[:_COHORT] if house.settings.cohort else ():
        yield one.name, State(one.key).url("/why"), Visit(one.open(today), "patient-view", today)


def _cards(house: House, library: Library, offered: dict, visit: Visit) -> tuple[str, ...]:
    service = offered.get(visit.hook)
    if service is None:
        return ()
    request = parse_request(visit.request(service.prefetch, "0d1c9f3e-1f35-4d3e-8d52-0a3c0f5b7e11"), visit.hook)
    response = judge(library, service, request, house.clock())
    return tuple(f"{card['source']['topic']['display']}: {card['indicator']}" for card in response.cards)
