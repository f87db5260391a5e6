"""Signatures of cards: who signed, when, and a digest of all that the reader saw, so that a later change is told."""

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from pathlib import PurePath

from cdshooks.chart.units import UnitTable
from cdshooks.content.figures import concepts_of
from cdshooks.content.library import Library, Signature
from cdshooks.content.questions import all_notions, all_questions
from cdshooks.rules.cards import Card

ALL = "all of it"


@dataclass(frozen=True)
class Standing:
    """A signature as it stands: without changes it holds."""

    signature: Signature
    changes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.changes


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
    return {**digests, ALL: _digest({name: told for name, told in _things(card, library)})}


def _things(card: Card, library: Library) -> Iterator[tuple[str, object]]:
    page = card.page
    yield "title, hooks, precedence and override reasons", {
        "topic": card.topic, "title": card.title, "hooks": card.hooks, "replaces": card.replaces, "quiet": card.quiet,
        "overrides": page.overrides, "selection": page.selection, "source": [page.label, page.url],
    }  # fmt: skip
    for kind, rows in (("criterion", card.criteria), ("outcome", card.rows), ("modifier", card.modifiers)):
        yield from ((f"{kind} '{row.id}'", row) for row in rows)
    yield "matrix", card.matrix and [card.matrix.down.name, card.matrix.across.name, card.matrix.cells, card.matrix.texts]
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
        return {field.name: canonical(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [canonical(inner) for inner in value]
    return canonical(str(value))


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
