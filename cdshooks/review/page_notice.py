"""Who would notice a change of what is read and clicked: what is checked when cards load, or a vignette of the card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cdshooks.chart.chart import Chart
from cdshooks.content.agree import Content, strength_faults_of, suggestion_faults, template_faults
from cdshooks.content.evidence import strength_faults
from cdshooks.content.faults import Faults
from cdshooks.content.figures import Figures, figure_faults, sentence_faults
from cdshooks.content.library import Library
from cdshooks.content.orders import Order, Suggestion, Template
from cdshooks.content.texts import list_faults
from cdshooks.content.vignettes import OF_THE_CARD
from cdshooks.protocol.suggest import Offer, Offers
from cdshooks.review.page_mutants import PageMutant
from cdshooks.review.shown import Shown, faults_of_card
from cdshooks.rules.cards import Card, Criterion
from cdshooks.rules.decide import Decision, decide
from cdshooks.rules.notions import Notion
from cdshooks.terms.concepts import Concept

LOADING = "what is checked when cards load"
# Which keys of a vignette can tell of a change in which part of a card.
TEXTS, OFFERS = ("text_says", "text_never"), ("suggests", "offers_never", "text_says", "text_never")


@dataclass(frozen=True)
class Pinned:
    """A vignette that says something of the card that is shown, with the decision and what is offered."""

    card: Card
    vignette: Mapping
    decision: Decision
    chart: Chart
    offer: Offer

    @property
    def name(self) -> str:
        return f"{self.card.topic}: '{self.vignette['name']}'"

    @property
    def sections(self) -> set[str]:
        least = self.decision.least
        return {least.text, *least.adds}


class _Same:
    """What was offered already: a change of a text does not touch it, and one card speaks alone."""

    drafts: frozenset[str] = frozenset()

    def __init__(self, offer: Offer):
        self._offer = offer

    def of(self, decision: Decision, uuid: str) -> Offer:
        return self._offer


class PageBench:
    """The vignettes that speak of cards, ready to be asked about changes; `told` are (card, vignette, chart)."""

    def __init__(self, library: Library, told):
        self.library = library
        self._told = told
        self.content = Content.of(library)
        self.figures = Figures(library.concepts.by_name.values(), library.concepts.doses.table)

    @cached_property
    def pinned(self) -> dict[str, list[Pinned]]:
        found: dict[str, list[Pinned]] = {card.topic: [] for card in self.library.cards}
        for card, vignette, chart in self._told:
            decision = decide(card, chart)
            if any(key in vignette for key in OF_THE_CARD) and decision.fires:
                offer = Offers(chart, self.library).of(decision, "")
                found[card.topic].append(Pinned(card, vignette, decision, chart, offer))
        return found

    def noticed_by(self, mutant: PageMutant) -> str | None:
        if isinstance(mutant.changed, Template):
            return LOADING if any(self._faults_of_order(mutant.changed)) else None
        card = mutant.changed
        (old,) = (one for one in self.library.cards if one.topic == card.topic)
        if any(self._faults_of_card(card, old)):
            return LOADING
        return next((p.name for p in self._concerned(card, old) if self._fault(p, card, old)), None)

    def is_refused(self, concept: Concept) -> bool:
        return any(fault for code in concept.codes for fault in strength_faults_of(code, self.content))

    def says_otherwise(self, changed: Card | Criterion | Notion) -> bool:
        """Does a signed sentence tell a number that its question does not have any more?"""
        return not isinstance(changed, Criterion) and any(sentence_faults(changed, self.library.notions, self.figures))

    # --- what is checked when cards load ----------------------------------------------------------------------------

    def _faults_of_order(self, order: Template) -> Iterator[str]:
        yield from template_faults(order, self.content)
        for card in self.library.cards:
            for offer in card.page.suggestions:
                if any(mine.name == order.name for mine in offer.orders):
                    orders = tuple(_with(order, mine) for mine in offer.orders)
                    yield from self._faults_of_offer(replace(offer, orders=orders))

    def _faults_of_offer(self, offer: Suggestion) -> Iterator[str]:
        for one in offer.in_country(None):
            yield from suggestion_faults(one, self.content)

    def _faults_of_card(self, card: Card, old: Card) -> Iterator[object]:
        """Only what can have changed is checked again."""
        for offer in card.page.suggestions:
            if offer not in old.page.suggestions:
                yield from self._faults_of_offer(offer)
        if card.page.sections is not old.page.sections:
            yield from figure_faults(card, self.library.notions, self.figures)
            faults = Faults()
            for section in card.page.sections.values():
                list_faults(section, "", faults)
            yield from faults.found
        if card.page.evidence is not old.page.evidence:
            yield from strength_faults(card, self.library.sources)
        if card.page is old.page:
            yield from sentence_faults(card, self.library.notions, self.figures)

    # --- vignettes --------------------------------------------------------------------------------------------------

    def _concerned(self, card: Card, old: Card) -> Iterator[Pinned]:
        """The vignettes that can tell of this change."""
        names = {n for n, s in card.page.sections.items() if s is not old.page.sections.get(n)}
        keys = _keys(card, old)
        for one in self.pinned[card.topic]:
            if any(key in one.vignette for key in keys) and (not names or names & one.sections):
                yield one

    def _fault(self, one: Pinned, card: Card, old: Card) -> bool:
        same = card.page is not old.page
        decision = replace(one.decision, card=card) if same else decide(card, one.chart)
        offers = _Same(one.offer) if card.page.suggestions is old.page.suggestions else None
        told = {key: one.vignette[key] for key in _keys(card, old) if key in one.vignette}
        return any(faults_of_card(told, Shown(self.library, decision, one.chart, offers)))


def _with(template: Template, order: Order) -> Order:
    """The order with this one for its country."""
    if template.name != order.name:
        return order
    return replace(order, variants=tuple(template if t.country == template.country else t for t in order.variants))


def _keys(card: Card, old: Card) -> tuple[str, ...]:
    if card.replaces != old.replaces:
        return ("replaces",)
    if card.page.overrides is not old.page.overrides:
        return ("overrides",)
    return OFFERS if card.page.suggestions is not old.page.suggestions else (*TEXTS, "source")
