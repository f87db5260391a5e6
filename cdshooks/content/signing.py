"""Signatures of cards: who signed, when, and a digest of all that the reader saw, so that a later change is told."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import PurePath

from cdshooks.content.figures import concepts_of
from cdshooks.content.library import Library, Signature
from cdshooks.content.questions import all_notions, all_questions
from cdshooks.rules.cards import Card
from cdshooks.terms.units import UnitTable

ALL = "all of it"


@dataclass(frozen=True)
class Standing:
    """A signature as it stands: without changes it holds."""

    signature: Signature
    changes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.changes


def standing_in_words(card: Card, library: Library) -> str:
    """One line for the head of a card's page."""
    told = [_in_words(one) for one in standings(card, library)]
    return " ".join(told) or "**Not clinically signed.**"


def _in_words(one: Standing) -> str:
    by, on = one.signature.by, one.signature.on
    if one.holds:
        return f"Clinically signed by {by} on {on}."
    return f"**Changed since it was signed** by {by} on {on}: {'; '.join(one.changes)}."


def summary(library: Library) -> str:
    """One line on all cards: how many are signed, which have changed since, and how many nobody has signed."""
    told = {card.topic: standings(card, library) for card in library.cards}
    holding = [topic for topic, ones in told.items() if any(one.holds for one in ones)]
    changed = {topic: ones for topic, ones in told.items() if ones and topic not in holding}
    parts = [f"{len(holding)} signed", f"{len(told) - len(holding) - len(changed)} not signed"]
    if changed:
        what = (f"{topic} ({'; '.join(ones[-1].changes)})" for topic, ones in changed.items())
        parts.append(f"{len(changed)} changed since signed: {', '.join(what)}")
    return f"clinical signatures: {', '.join(parts)}"


def standings(card: Card, library: Library) -> tuple[Standing, ...]:
    """Every signature of a card, with what has changed since it was given."""
    if not card.page.signatures:
        return ()
    saw = seen(card, library)
    return tuple(Standing(signature, tuple(_changes(signature, saw))) for signature in card.page.signatures)


def _changes(signature: Signature, saw: Mapping[str, str]) -> Iterator[str]:
    if signature.digest == saw[ALL]:
        return
    names = [name for name in dict.fromkeys((*saw, *signature.saw)) if name != ALL]
    told = [_change(name, signature.saw, saw) for name in names if signature.saw.get(name) != saw.get(name)]
    yield from told or ["something"]


def _change(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    if name not in before:
        return f"{name} is new"
    return name if name in now else f"{name} is gone"


def seen(card: Card, library: Library) -> dict[str, str]:
    """A digest of each thing that a reader of the card sees, by its name, and one of all of it."""
    digests = {name: _digest(told)[:16] for name, told in _things(card, library)}
    return {**digests, ALL: _digest(dict(_things(card, library)))}


def _things(card: Card, library: Library) -> Iterator[tuple[str, object]]:
    page = card.page
    yield "title, hooks, precedence and override reasons", {
        "topic": card.topic, "title": card.title, "hooks": card.hooks, "replaces": card.replaces, "quiet": card.quiet,
        "overrides": page.overrides, "selection": page.selection, "source": [page.label, page.url],
    }  # fmt: skip
    for kind, rows in (("criterion", card.criteria), ("outcome", card.rows), ("modifier", card.modifiers)):
        yield from ((f"{kind} '{row.id}'", row) for row in rows)
    if card.matrix:
        cells = {f"{down}.{across}": level for (down, across), level in card.matrix.cells.items()}
        yield "matrix", [card.matrix.down.name, card.matrix.across.name, cells, card.matrix.texts]
    for notion in all_notions(card, library.notions):
        yield f"notion '{notion.name}'", notion
    for concept in concepts_of(all_questions(card, library.notions), library.concepts.by_name):
        yield f"codes and limits of '{concept.name}'", concept
    yield from ((f"text '{name}'", section) for name, section in page.sections.items())
    yield from ((f"suggestion {i}", offer) for i, offer in enumerate(page.suggestions, 1))
    yield from ((f"evidence {i}", row) for i, row in enumerate(page.evidence, 1))
    for name in sorted({row.source for row in page.evidence}):
        yield f"source '{name}'", library.sources[name]
    yield from ((f"vignette '{row['name']}'", row) for row in page.vignettes)


def _digest(value: object) -> str:
    return sha256(json.dumps(canonical(value), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def canonical(value: object):
    """The same for the same meaning: whatever the line ends, the order of keys, how a number is written."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        lines = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, Mapping):
        return {str(canonical(key)): canonical(inner) for key, inner in value.items()}
    return _canonical_whole(value)


def _canonical_whole(value: object):
    if callable(getattr(value, "words", None)):
        return canonical(value.words())
    if isinstance(value, UnitTable):
        return {text: canonical(value.find(text)) for text in value.texts}
    if isinstance(value, Enum | PurePath):
        return value.name
    if isinstance(value, frozenset | set):
        return sorted((canonical(inner) for inner in value), key=repr)
    if is_dataclass(value):
        # What stands at its default is left out: a new field of the program must not make every signature stale.
        told = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: canonical(inner) for name, inner in told.items() if inner != _default(value, name)}
    if isinstance(value, tuple | list):
        return [canonical(inner) for inner in value]
    return canonical(str(value))


def _default(value: object, name: str) -> object:
    (field,) = (one for one in fields(value) if one.name == name)
    return field.default_factory() if field.default_factory is not MISSING else field.default


# --- the file -------------------------------------------------------------------------------------------------------

OPENING = """#:schema ../../cdshooks/schemas/content-signed.schema.json
# Written by `cdshooks sign`: who has signed this card, when, and digests of all that they saw. Do not change by hand.
"""


def as_toml(signatures: tuple[Signature, ...]) -> str:
    """The text of signed.toml."""
    return OPENING + "".join(_table(signature) for signature in signatures)


def _table(signature: Signature) -> str:
    head = {"by": signature.by, "on": signature.on, "digest": signature.digest}
    lines = [f"{key} = {_quoted(value)}" for key, value in head.items()]
    saw = [f"{_quoted(name)} = {_quoted(digest)}" for name, digest in signature.saw.items()]
    return "\n".join(["", "[[signed]]", *lines, "", "[signed.saw]", *saw, ""])


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
