"""How far a mapped code reaches: which cards ask about its concept, or offer the order that it stands for."""

from collections.abc import Iterator

from cdshooks.content.library import Library
from cdshooks.content.questions import all_notions
from cdshooks.rules.cards import Card
from cdshooks.rules.logic import leaves


def reach(library: Library, name: str) -> str:
    """In words: the cards for which a concept, or an order, counts, and how many vignettes try them."""
    cards = [card for card in library.cards if name in set(_asked(card, library)) | set(_offered(card))]
    if not cards:
        return "no card asks about it"
    vignettes = sum(len(card.page.vignettes) for card in cards)
    listed = ", ".join(card.topic for card in cards[:4]) + (", ..." if len(cards) > 4 else "")
    return f"it counts for {len(cards)} cards ({listed}), which {vignettes} vignettes try"


def _asked(card: Card, library: Library) -> Iterator[str]:
    notions = all_notions(card, library.notions)
    for question in [*card.questions, *(q for notion in notions for q in notion.questions)]:
        for leaf in leaves(question) if question else ():
            if concept := getattr(leaf, "concept", None):
                yield from (concept.name, *concept.members)


def _offered(card: Card) -> Iterator[str]:
    for suggestion in card.page.suggestions:
        yield from (order.name for order in suggestion.orders)
