"""The cards of a library as they are with one card, shared criterion or notion changed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from cdshooks.chart.chart import Chart
from cdshooks.content.library import Library
from cdshooks.review.changes import places, put
from cdshooks.review.mutants import notions_of
from cdshooks.rules.cards import Card, Criterion
from cdshooks.rules.notions import Notion
from cdshooks.rules.verbs.notion import NotionIs


class Variant:
    """Whom a change concerns, and the cards that are asked then."""

    def __init__(self, library: Library, changed: Card | Criterion | Notion):
        self.library, self.changed = library, changed
        self._cards: dict[str, Card] = {}

    @cached_property
    def users(self) -> frozenset[str]:
        """The changed notion, and all that use it, directly or not."""
        found = {self.changed.name}
        uses = {name: notions_of(notion) for name, notion in self.library.notions.items()}
        while more := {name for name, used in uses.items() if found.intersection(used)} - found:
            found |= more
        return frozenset(found)

    @property
    def forgotten(self) -> frozenset[str]:
        """The notions whose answers may have changed."""
        return self.users if isinstance(self.changed, Notion) else frozenset()

    def concerns(self, card: Card, chart: Chart) -> bool:
        """Can this card come out otherwise for this patient, of whom it has been asked before?"""
        if isinstance(self.changed, Card):
            return card.topic == self.changed.topic
        return isinstance(self.changed, Criterion) or self.changed.name in chart.notions

    def card(self, card: Card) -> Card:
        if card.topic not in self._cards:
            self._cards[card.topic] = self._changed_card(card)
        return self._cards[card.topic]

    def _changed_card(self, card: Card) -> Card:
        if isinstance(self.changed, Card):
            return self.changed
        if isinstance(self.changed, Criterion):
            same = (self.changed if c.for_all and c.id == self.changed.id else c for c in card.criteria)
            return replace(card, criteria=tuple(same))
        return rebound(card, self.book)

    @cached_property
    def book(self) -> dict[str, Notion]:
        """The notions with the changed one among them, each looking up the others in this very book."""
        book = dict(self.library.notions)
        for name in self.users:
            book[name] = rebound(self.changed if name == self.changed.name else book[name], book)
        return book


def rebound(whole: Card | Notion, book: Mapping[str, Notion]):
    """The same card or notion, its notions looked up in another book."""
    for kind in ("criteria", "rows", "modifiers"):
        for index, row in enumerate(getattr(whole, kind, ())):
            if row.question:
                whole = put(whole, ((kind, index), ("question", None)), _rebound(row.question, book))
    if getattr(whole, "question", None):
        whole = replace(whole, question=_rebound(whole.question, book))
    if getattr(whole, "matrix", None):
        matrix = whole.matrix
        whole = replace(whole, matrix=replace(matrix, down=book[matrix.down.name], across=book[matrix.across.name]))
    return whole


def _rebound(question, book: Mapping[str, Notion]):
    for path, part in places(question):
        if isinstance(part, NotionIs):
            question = put(question, path, replace(part, book=book))
    return question
