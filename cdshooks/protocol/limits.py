"""How many cards one client is shown, and which it was shown before: what a client asks for, within what is safe.

Nothing critical is ever left out, nor the card that says what could not be checked; what is, is named on the last card.
"""

from collections.abc import Iterable, Sequence

from cdshooks.protocol.markdown import escaped
from cdshooks.protocol.render import NOT_CHECKED

ALWAYS = "critical"


def limited(cards: Sequence[dict], most: int | None) -> list[dict]:
    """The loudest `most` cards, and all that must be shown; `cards` come the loudest first."""
    if most is None:
        return list(cards)
    must = [card for card in cards if _must(card)]
    room = max(0, most - len(must))
    may = [card for card in cards if not _must(card)]
    left_out = may[room:]
    if not left_out:
        return list(cards)
    gone = set(map(id, left_out))
    kept = [card for card in cards if id(card) not in gone]
    last = kept[-1]
    names = ", ".join(escaped(card["source"]["topic"]["display"]) for card in left_out)
    said = f"**Not shown here** (this system asks for {most} cards at most): {names}."
    return [*kept[:-1], last | {"detail": f"{last['detail']}\n\n{said}"}]


def not_said_before(cards: Iterable[dict], hook: str, shown_at: dict[str, frozenset[str]]) -> list[dict]:
    """At order-sign, what order-select does not show: `shown_at` says by topic at which hooks a card may come."""
    if hook != "order-sign":
        return list(cards)
    return [card for card in cards if _must(card) or "order-select" not in shown_at.get(_topic(card), ())]


def _must(card: dict) -> bool:
    return card["indicator"] == ALWAYS or _topic(card) == NOT_CHECKED


def _topic(card: dict) -> str:
    return card["source"]["topic"]["code"]
