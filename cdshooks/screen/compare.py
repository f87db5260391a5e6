"""Two screenings of one register side by side: who gains a card, who loses one, and by which sentence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cdshooks.screen.bucket import Bucketful

SILENT = "silent"
Key = tuple[str, str, str]  # patient, occasion, topic


@dataclass(frozen=True)
class Change:
    """One card of one patient on one occasion that came out otherwise."""

    patient: str
    occasion: str
    topic: str
    before: str  # an indicator, or silent
    after: str
    sentence_before: str
    sentence_after: str


def changes(before: Iterable[Bucketful], after: Iterable[Bucketful]) -> Iterator[Change]:
    """What differs, bucket by bucket: the same patients lie in the same bucket in both."""
    for left, right in zip(before, after, strict=True):
        was, now = outcomes(left), outcomes(right)
        for key in sorted(was.keys() | now.keys()):
            (loud, because), (louder, therefore) = was.get(key, (SILENT, "")), now.get(key, (SILENT, ""))
            if loud != louder:
                yield Change(*key, loud, louder, because, therefore)


def outcomes(found: Bucketful) -> dict[Key, tuple[str, str]]:
    """How each card came out: its indicator or that it was silent, and the sentence that decided."""
    told: dict[Key, tuple[str, str]] = {(p, on, topic): (SILENT, why) for p, on, topic, why in found.silent}
    return told | {(p, card.occasion, card.topic): (card.indicator, card.reason) for p, _, card in found.rows}


def counted(found: Iterable[Change]) -> Counter:
    """(topic, before, after) -> patients."""
    return Counter((change.topic, change.before, change.after) for change in found)
