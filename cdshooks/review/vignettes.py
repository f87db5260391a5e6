"""Run the vignettes of the cards: does each come out as told, decided by what it says?"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from cdshooks.chart.chart import Chart, Coverage, Provided
from cdshooks.content.bans import plain
from cdshooks.content.library import Library
from cdshooks.content.vignettes import OF_THE_CARD
from cdshooks.review.build import Builder
from cdshooks.review.shown import Shown, faults_of_card
from cdshooks.rules.cards import Card
from cdshooks.rules.decide import Decision, decide
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock

# Vignettes are told relative to a day; which one does not matter, as long as it is always the same.
TODAY = date(2026, 1, 15)


@dataclass(frozen=True)
class Verdict:
    """What became of one vignette; no fault means that it came out as told."""

    card: Card
    name: str
    decision: Decision
    fault: str = ""
    vignette: Mapping = field(default_factory=dict)


def run_all(library: Library) -> Iterator[Verdict]:
    """Every vignette of every card."""
    for card in library.cards:
        for vignette in card.page.vignettes:
            yield run(library, card, vignette)


def run(library: Library, card: Card, vignette: dict) -> Verdict:
    chart = chart_of(library, card, vignette, sources=_all_sources(library) if "replaces" in vignette else ())
    decision = decide(card, chart)
    fault = fault_of(decision, vignette) or card_fault(library, chart, decision, vignette)
    return Verdict(card, vignette["name"], decision, fault, vignette)


def card_fault(library: Library, chart: Chart, decision: Decision, vignette: dict) -> str:
    """How the card that is shown is otherwise than told; nothing where it is as told, or nothing is told of it."""
    if not any(key in vignette for key in OF_THE_CARD):
        return ""
    if "country" in vignette:
        library = replace(library, country=vignette["country"])
    return "; ".join(faults_of_card(vignette, Shown(library, decision, chart)))


def _all_sources(library: Library) -> set[str]:
    return {need.source for card in library.cards for need in card.needs()}


def chart_of(
    library: Library, card: Card, vignette: dict, concepts: Concepts | None = None, sources: Iterable[str] = ()
) -> Chart:
    """The vignette's patient, with everything provided but what the vignette says was not.

    Read with other concepts if these are given; with further sources provided than those that the card needs.
    """
    place = f"cards/{card.page.folder.name}/vignettes.toml, '{vignette['name']}'"
    builder = Builder(library, TODAY)
    hook = vignette.get("hook", card.hooks[0])
    patient, *rows = builder.resources(vignette, place)
    drafts, selected = builder.drafts(vignette, place)
    lacking = set(vignette.get("not_provided", ()))
    needed = {need.source for need in card.needs()}.union(sources)
    coverage = {name: Coverage.NOT_PROVIDED if name in lacking else Coverage.COMPLETE for name in needed}
    coverage["Patient"] = Coverage.NOT_PROVIDED if "Patient" in lacking else Coverage.COMPLETE
    provided = Provided(patient if "Patient" not in lacking else None, tuple(rows), coverage)
    clock = Clock(TODAY, ZoneInfo("UTC"), TODAY)
    judged = selected if hook == "order-select" else None
    return Chart(concepts or library.concepts, clock, "vignette", hook, provided, drafts, judged)


def fault_of(decision: Decision, vignette: dict) -> str:
    """How it came out otherwise than told; nothing when it came out as told."""
    came = decision.possible[0].level.word if decision.is_settled else "cannot tell"
    if came != vignette["expect"]:
        return f"told {vignette['expect']}, came out {came} (decided by {_deciders(decision)})"
    if vignette["by"] not in _deciders(decision):
        return f"told to be decided by {vignette['by']}, was decided by {_deciders(decision)}"
    return ""


def says_otherwise(decision: Decision, vignette: dict) -> bool:
    """Is a paragraph that only adds there, or not there, against what the vignette tells of the card's words?"""
    if not decision.fires:
        return False
    for modifier in decision.card.modifiers:
        if not modifier.adds or modifier.lowers:
            continue
        text = plain(decision.card.page.sections[modifier.adds].whole)
        told = vignette.get("text_never" if modifier.adds in decision.least.adds else "text_says", ())
        if any(plain(sentence) in text for sentence in told):
            return True
    return False


def _deciders(decision: Decision) -> list[str]:
    """What decided; while it is open, every criterion that left it open."""
    if decision.is_settled:
        return [p.by for p in decision.possible]
    opened = [c.id for c, answer in decision.asked if c.verdict(answer.can) is None]
    return opened or sorted({p.by for p in decision.possible})
