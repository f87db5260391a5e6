"""Write and withdraw signatures in a card's folder."""

from datetime import date
from pathlib import Path

from cdshooks.content.library import Library, Signature
from cdshooks.content.signing import ALL, as_toml, seen
from cdshooks.errors import BadInput
from cdshooks.rules.cards import Card

FILE = "signed.toml"


def sign(card: Card, library: Library, who: str, on: date) -> Signature:
    """The signature of this person under the card as it is, in place of an older one of theirs."""
    saw = seen(card, library)
    made = Signature(who, on.isoformat(), saw.pop(ALL), saw)
    _write(card, (*_others(card, who), made))
    return made


def withdraw_signature(card: Card, who: str) -> None:
    """Takes it away; raises BadInput where this person has not signed."""
    left = _others(card, who)
    if len(left) == len(card.page.signatures):
        signed = ", ".join(s.by for s in card.page.signatures) or "nobody"
        raise BadInput(f"{card.topic}: '{who}' has not signed it; signed has {signed}")
    _write(card, left)


def _others(card: Card, who: str) -> tuple[Signature, ...]:
    return tuple(signature for signature in card.page.signatures if signature.by != who)


def _write(card: Card, signatures: tuple[Signature, ...]) -> None:
    path = Path(card.page.folder) / FILE
    try:
        if signatures:
            path.write_text(as_toml(signatures), encoding="utf-8", newline="\n")
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"{path}: it cannot be written: {error.strerror}") from None
