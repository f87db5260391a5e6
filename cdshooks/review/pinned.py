"""Is each outcome of a card pinned: does a vignette tell what is suggested with it, and a sentence that it says?"""

from collections.abc import Iterable, Iterator

from cdshooks.review.vignettes import Verdict
from cdshooks.rules.cards import Card, Level

PINS = ("suggests", "text_says")


def not_pinned(verdicts: Iterable[Verdict], cards: Iterable[Card]) -> Iterator[str]:
    """A line for each outcome, and for each paragraph that a modifier adds, of which no vignette tells enough.

    An outcome is a row of the table, or the text of a column of the matrix.
    """
    told: dict[str, set[str]] = {}
    for verdict in verdicts:
        told.setdefault(verdict.card.topic, set()).update(_pinned_by(verdict))
    for card in cards:
        for name, what in _outcomes(card):
            if name not in told.get(card.topic, ()):
                yield f"{card.topic}: no vignette with {what}"


def _pinned_by(verdict: Verdict) -> Iterator[str]:
    """The outcomes that this vignette pins."""
    keys, least = verdict.vignette, verdict.decision.least
    if verdict.decision.fires and "text_says" in keys:
        yield from (f"adds {name}" for name in least.adds)
        if "suggests" in keys:
            yield f"text {least.text}"
            yield from (f"row {possible.by}" for possible in verdict.decision.possible)


def _outcomes(card: Card) -> Iterator[tuple[str, str]]:
    both = " and ".join(f"'{key}'" for key in PINS)
    for row in card.rows:
        if row.level is not Level.SILENT:
            yield f"row {row.id}", f"{both} is decided by '{row.id}'"
    for text in dict.fromkeys(card.matrix.texts.values() if card.matrix else ()):
        yield f"text {text}", f"{both} shows the text '{text}'"
    for modifier in card.modifiers:
        if modifier.adds:
            yield f"adds {modifier.adds}", f"'text_says' shows the paragraph '{modifier.adds}'"
