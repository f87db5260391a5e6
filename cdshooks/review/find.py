"""A card by its topic or by the name of its folder; a wrong name gets the nearest one, or all of them."""

from difflib import get_close_matches

from cdshooks.content.library import Library
from cdshooks.errors import BadInput
from cdshooks.rules.cards import Card


def card_called(name: str, library: Library) -> Card:
    """The card; raises BadInput that says what there is."""
    names = {n: card for card in library.cards for n in (card.topic, card.page.folder.name)}
    if name in names:
        return names[name]
    near = get_close_matches(name, list(names), n=1)
    there = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(card.topic for card in library.cards)}"
    raise BadInput(f"no card is called '{name}'; {there}")
