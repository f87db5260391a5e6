"""How strong the evidence is said to be, held against how its source was read."""

from collections.abc import Iterable, Iterator, Mapping

from cdshooks.content.faults import Faults
from cdshooks.content.library import Source
from cdshooks.rules.cards import Card


def strength_faults(card: Card, sources: Mapping[str, Source]) -> Iterator[str]:
    """Evidence that claims another strength than its source can give."""
    for row in card.page.evidence:
        source = sources.get(row.source)
        if source and source.strengths and row.strength not in source.strengths:
            able = " or ".join(f"'{strength}'" for strength in source.strengths)
            yield f"the source {row.source} gives evidence of strength {able}, not '{row.strength}'"


def check_strengths(cards: Iterable[Card], sources: Mapping[str, Source], faults: Faults) -> None:
    for card in cards:
        for says in strength_faults(card, sources):
            faults.add(f"cards/{card.page.folder.name}/evidence.toml", says)
