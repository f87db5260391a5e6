"""What is advised: the list of cards, and each card as a page that a clinician reads, challenges and signs on paper."""

import re
from collections.abc import Mapping

from flask import Blueprint, render_template, request
from werkzeug.exceptions import NotFound

from cdshooks.page.house import House
from cdshooks.page.markup import as_html
from cdshooks.review.page import page as page_of
from cdshooks.review.vignettes import run
from cdshooks.rules.cards import Card, Level

# Shown here in another way than as text: as an EHR shows it, and with what came of each.
_OURS = ("What the prescriber reads", "Patients for whom it was tried")
_LONGEST = 200_000


def add(page: Blueprint, house: House) -> None:
    def cards():
        asked = {name: request.args.get(name, "") for name in ("words", "hook", "country", "level")}
        return render_template(
            "page/cards.html",
            cards=[card for card in house.library.cards if is_meant(card, asked)],
            asked=asked,
            hooks=sorted(house.library.hooks),
            countries=sorted({place for card in house.library.cards for place in countries_of(card)}),
            levels=[level.word for level in sorted(Level, reverse=True) if level is not Level.SILENT],
            countries_of=countries_of,
            loud=loudest,
            total=len(house.library.cards),
        )

    def card(topic):
        found = house.library.card(topic)
        if found is None:
            raise NotFound("no card has this topic; /cards lists them")
        intro, sections = parts(page_of(found, house.library))
        verdicts = verdicts_of(house, found)
        return render_template(
            "page/card.html",
            card=found,
            intro=intro,
            sections=sections,
            loud=loudest(found),
            file=file_of(found),
            offers=offers_of(found),
            tried=list(zip(found.page.vignettes, verdicts, strict=True)),
            faults=sum(map(bool, verdicts)),
        )

    page.add_url_rule("/cards", "cards", cards)
    page.add_url_rule("/cards/<topic>", "card", card)


def is_meant(card: Card, asked: Mapping[str, str]) -> bool:
    """Is a card among those that are asked for: by words of its topic and title, hook, country of its orders, level?"""
    text = f"{card.topic} {card.title}".casefold()
    return (
        all(word in text for word in asked["words"].casefold().split())
        and (not asked["hook"] or asked["hook"] in card.hooks)
        and (not asked["country"] or asked["country"] in countries_of(card))
        and (not asked["level"] or asked["level"] == loudest(card))
    )


def countries_of(card: Card) -> list[str]:
    """The countries in whose codes the card offers something to order."""
    return sorted({country for country, _ in offers_of(card) if country})


def offers_of(card: Card) -> list[tuple[str, str]]:
    """What the card may offer, as (country, label); the country is "" where it is the same in all."""
    offers = [one for each in card.page.suggestions for one in each.in_country(None)]
    return sorted({(one.country, one.label) for one in offers})


def verdicts_of(house: House, card: Card) -> list[str]:
    """What is wrong with each vignette of a card, if anything; worked out once for each state of the cards."""
    key = house.current.of_call().generation, card.topic
    if key not in house.verdicts:
        for old in [one for one in house.verdicts if one[0] != key[0]]:
            house.verdicts.pop(old, None)
        house.verdicts[key] = [run(house.library, card, vignette).fault for vignette in card.page.vignettes]
    return house.verdicts[key]


def file_of(card: Card) -> str:
    """The card's folder, as its author knows it."""
    folder = card.page.folder
    return f"{folder.parent.name}/{folder.name}"


def parts(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    """The card's page taken apart: what stands first, and each section as HTML by its heading."""
    first, *rest = re.split(r"(?m)^## ", markdown[:_LONGEST])
    intro = first.partition("\n")[2]
    sections = [(one.partition("\n")[0], one.partition("\n")[2]) for one in rest]
    return as_html(intro, _LONGEST), [
        (name, as_html(_spaced(text), _LONGEST)) for name, text in sections if name not in _OURS
    ]


def _spaced(text: str) -> str:
    """A question stands on a line of its own below its sentence."""
    return re.sub(r"(?m)^(\s*- .*[^ ])\n(\s+)(`.*`)$", r"\1\\\n\2\3", text)


def loudest(card: Card) -> str:
    """The loudest that the card can be."""
    levels = [row.level for row in card.rows] + (list(card.matrix.cells.values()) if card.matrix else [])
    return max(levels, default=Level.SILENT).word
