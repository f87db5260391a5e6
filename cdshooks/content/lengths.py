"""How much stands before "Why this card": a card is read in a moment, or not at all."""

import re
from collections.abc import Iterator

from cdshooks.content.texts import Section
from cdshooks.rules.cards import Card

MOST_WORDS, MOST_DO, MOST_DO_NOT = 60, 3, 1


def words_in(markdown: str) -> int:
    """
    >>> words_in("**Do**\\n\\n- Give 1 mg a day.")
    6
    """
    return sum(bool(re.search(r"\w", word)) for word in markdown.split())


def too_long(card: Card) -> Iterator[str]:
    """What of each text of a card is more than may stand before the reasons, with what a modifier can add to it."""
    sections = card.page.sections
    texts = {row.text for row in card.rows} | set(card.matrix.texts.values() if card.matrix else ())
    adds = [sections[m.adds] for m in card.modifiers if m.adds and m.adds in sections]
    added = sum(sorted((words_in(_shown(each)) for each in adds), reverse=True)[:2])
    for name in sorted(texts & set(sections)):
        section = sections[name]
        words = words_in(section.detail) + added
        if words > MOST_WORDS:
            yield f"{card.topic}, {name}: {words} words before 'Why this card'; at most {MOST_WORDS}"
        for heading, most in (("Do", MOST_DO), ("Do not", MOST_DO_NOT)):
            told = _items(section.detail, heading)
            if told > most:
                yield f"{card.topic}, {name}: {told} under '{heading}'; at most {most}"


def _shown(section: Section) -> str:
    return f"{section.summary} {section.detail}"


def _items(markdown: str, heading: str) -> int:
    """The items of the list below a heading."""
    _, found, rest = markdown.partition(f"**{heading}**\n")
    return len(re.findall(r"(?m)^- ", re.split(r"(?m)^\*\*", rest)[0])) if found else 0
