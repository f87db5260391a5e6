"""What a vignette says of the card that is shown, held against it: offers, words, source, precedence, overrides."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdshooks.chart.chart import Chart
from cdshooks.content.bans import plain
from cdshooks.content.library import Library
from cdshooks.protocol.render import render, shown
from cdshooks.protocol.suggest import Offers
from cdshooks.protocol.wire import encode
from cdshooks.rules.cards import Card
from cdshooks.rules.decide import Decision, decide


@dataclass(frozen=True)
class Shown:
    """A card as a client gets it, and how it came about."""

    library: Library
    decision: Decision
    chart: Chart
    offers: object = None

    def card(self) -> dict:
        offers = self.offers or Offers(self.chart, self.library)
        return render([self.decision], offers, self.library, "vignette")[0]

    def replaced(self, cards: Sequence[Card]) -> list[str]:
        """The topics that would be shown for this patient, were this card not."""
        hook, topic = self.chart.hook, self.decision.card.topic
        others = [decide(card, self.chart) for card in cards if hook in card.hooks and card.topic != topic]
        beside = {d.card.topic for d in shown([*others, self.decision])}
        return sorted(d.card.topic for d in shown(others) if d.card.topic not in beside)


def faults_of_card(vignette: Mapping, shown: Shown) -> Iterator[str]:
    """Each thing that the card is not as told."""
    if not shown.decision.fires:
        yield "told what the card says, but no card is shown"
        return
    card = shown.card()
    offers, words = card.get("suggestions", []), plain(f"{card['summary']}\n{card['detail']}".replace("\\", ""))
    labels = [offer["label"] for offer in offers]
    if "suggests" in vignette and labels != vignette["suggests"]:
        yield f"told to suggest {_listed(vignette['suggests'])}, suggests {_listed(labels)}"
    offered = plain(json.dumps(json.loads(encode(offers)), ensure_ascii=False))
    for text in vignette.get("offers_never", ()):
        if plain(text) in offered:
            yield f"told never to offer '{text}', offers {_listed(labels)}"
    for text in vignette.get("text_says", ()):
        if plain(text) not in words:
            yield f"told to say '{text}', says: {card['summary']} | {card['detail'].partition('**Why this card**')[0]}"
    for text in vignette.get("text_never", ()):
        if plain(text) in words:
            yield f"told never to say '{text}', says it"
    yield from _origin(vignette, card, shown)


def _origin(vignette: Mapping, card: Mapping, shown: Shown) -> Iterator[str]:
    library = shown.library
    if "source" in vignette:
        source = library.sources[vignette["source"]]
        came = card["source"]["label"], card["source"].get("url", "")
        if came != (source.label, source.url):
            yield f"told the source {source.name}, it is '{came[0]}', {came[1]}"
    if "overrides" in vignette:
        names = {row["code"]: name for name, row in library.overrides.items()}
        came = [names[reason["code"]] for reason in card["overrideReasons"]]
        if came != vignette["overrides"]:
            yield f"told the override reasons {_listed(vignette['overrides'])}, they are {_listed(came)}"
    if "replaces" in vignette:
        came = shown.replaced(library.cards)
        if came != sorted(vignette["replaces"]):
            yield f"told to replace {_listed(vignette['replaces'])}, replaces {_listed(came)}"


def _listed(texts) -> str:
    return "; ".join(f"'{text}'" for text in texts) or "nothing"
