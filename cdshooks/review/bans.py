"""Patients for whom what is banned would show: a card where none may be, or other cards because of a banned problem."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cdshooks.chart.chart import Chart, Coverage, Provided
from cdshooks.content.bans import PLACE, Ban, BannedCode
from cdshooks.content.library import Library
from cdshooks.protocol.render import shown
from cdshooks.review.build import Builder
from cdshooks.review.vignettes import TODAY
from cdshooks.rules.decide import decide
from cdshooks.terms.dates import Clock

ID = "vignette"
CLOCK = Clock(TODAY, ZoneInfo("UTC"), TODAY)
Cards = dict[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Trial:
    """One patient tried against one ban; no fault means that it holds."""

    ban: Ban
    name: str
    fault: str = ""


def try_all(library: Library) -> Iterator[Trial]:
    """Every ban, with its own patients and with those of the file."""
    plain = [(patient, cards_of(library, patient)) for patient in library.bans.patients]
    for ban in library.bans.bans:
        for patient in ban.patients:
            yield Trial(ban, patient["name"], _no_card(cards_of(library, patient)))
        for code in ban.codes:
            for patient, without in plain:
                found = cards_of(library, patient, code)
                yield Trial(ban, f"{patient['name']}, with {code.display}", _difference(without, found))


def number_of_trials(library: Library) -> int:
    bans, every = library.bans.bans, len(library.bans.patients)
    return sum(len(ban.patients) + len(ban.codes) * every for ban in bans)


def cards_of(library: Library, patient: Mapping, problem: BannedCode | None = None) -> Cards:
    """The cards (topic, indicator) of each hook for a patient, with one more problem if one is given."""
    place = f"{PLACE}, '{patient['name']}'"
    found = {}
    for hook in library.hooks:
        builder = Builder(library, TODAY, ID)
        person, *rows = builder.resources(patient, place)
        rows += [_condition(problem)] if problem else []
        drafts, selected = builder.drafts(patient, place) if hook != "patient-view" else ([], [])
        provided = Provided(person, tuple(rows), _everything(library))
        chart = Chart(library.concepts, CLOCK, ID, hook, provided, drafts, selected if hook == "order-select" else None)
        decisions = shown(decide(card, chart) for card in library.cards if hook in card.hooks)
        found[hook] = tuple((d.card.topic, d.least.level.word) for d in decisions)
    return found


def _everything(library: Library) -> dict[str, Coverage]:
    needs = (need.source for card in library.cards for need in card.needs())
    return dict.fromkeys(["Patient", *needs], Coverage.COMPLETE)


def _condition(problem: BannedCode) -> dict:
    return {
        "resourceType": "Condition",
        "id": "banned",
        "subject": {"reference": f"Patient/{ID}"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": problem.system, "code": problem.code, "display": problem.display}]},
        "onsetDateTime": TODAY.replace(year=TODAY.year - 1).isoformat(),
    }


def _no_card(found: Cards) -> str:
    told = [f"{topic} {level} on {hook}" for hook, cards in found.items() for topic, level in cards]
    return f"no card may appear; there is {', '.join(told)}" if told else ""


def _difference(without: Cards, found: Cards) -> str:
    told = [f"on {hook} {_words(found[hook])} instead of {_words(cards)}" for hook, cards in without.items()
            if found[hook] != cards]  # fmt: skip
    return f"this problem must make no difference; there is {', '.join(told)}" if told else ""


def _words(cards: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{topic} {level}" for topic, level in cards) or "no card"
