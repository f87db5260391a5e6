"""`vignettes.toml` against the card: every fact in the grammar, and nothing named that is not there."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from cdshooks.content.bans import PLACE, Bans, plain, texts_of
from cdshooks.content.faults import Faults
from cdshooks.content.telling import Grammar
from cdshooks.content.telling_forms import TABLES
from cdshooks.rules.cards import Card
from cdshooks.rules.words import LanguageError
from cdshooks.terms.dates import moment

# What a vignette may say of the card that is shown, beside how loud it is.
OF_THE_CARD = ("suggests", "offers_never", "text_says", "text_never", "source", "replaces", "overrides")
# What every card may say around its own text.
FRAME = "Why this card. Not offered here. Not certain."


@dataclass(frozen=True)
class Said:
    """All that the cards say, as texts are compared, and its words: read once, not for each vignette (0.1 s)."""

    text: str = ""

    @cached_property
    def words(self) -> set[str]:
        return words_of(self.text)


@dataclass(frozen=True)
class Known:
    """What a card's vignettes may name: deciders, sources of data, sources of evidence, topics, override reasons, and
    all that any card offers or says."""

    deciders: frozenset[str]
    data: frozenset[str] | None
    sources: Iterable[str]
    topics: Iterable[str]
    overrides: Iterable[str]
    offered: str = ""
    said: Said = field(default_factory=Said)


def check_facts(patient: Mapping, place: str, grammar: Grammar, faults: Faults) -> None:
    """The patient of a vignette: each fact can be read, and is about a concept of a kind that fits."""
    for table, name, text in _facts(patient):
        where = f"{place}, {table}, {name}"
        try:
            concept = grammar.concept(name, table)
        except LanguageError as error:
            faults.add(f"{place}, {table}", error.says)
            continue
        try:
            grammar.read(text, table, concept)
        except LanguageError as error:
            faults.add_question(where, text, error)
    if "born" in patient and moment(patient["born"], None) is None:
        faults.add(f"{place}, born", f"'{patient['born']}' is no date such as '1950-03-31', '1950-03' or '1950'")
    if "born" in patient and "age" in patient:
        faults.add(place, "it tells an age and a birth date: one of them")


def _facts(patient: Mapping) -> Iterator[tuple[str, str, str]]:
    for table in TABLES:
        for name, texts in patient.get(table, {}).items():
            for text in [texts] if isinstance(texts, str) else texts:
                yield table, name, text


def check_vignettes(cards: Iterable[Card], grammar: Grammar, sources: Iterable[str], overrides, faults: Faults) -> None:
    """The vignettes of all cards; what they name may be of any card."""
    cards = list(cards)
    offered = plain("\n".join(text for card in cards for text in _offers(card)))
    said = Said("\n".join([FRAME, offered, *(text for card in cards for _, text in texts_of(card))]))
    data = _data(cards)
    for card in cards:
        known = Known(_deciders(card), data, sources, {c.topic for c in cards}, overrides, offered, said)
        for row in card.page.vignettes:
            place = f"cards/{card.page.folder.name}/vignettes.toml, '{row['name']}'"
            check_facts(row, place, grammar, faults)
            check_vignette(row, place, known, faults)


def check_patients(bans: Bans, grammar: Grammar, faults: Faults) -> None:
    """The patients of the bans, who are told in the same words."""
    for patient in (*bans.patients, *(patient for ban in bans.bans for patient in ban.patients)):
        check_facts(patient, f"{PLACE}, '{patient['name']}'", grammar, faults)


def _offers(card: Card) -> Iterator[str]:
    for suggestion in card.page.suggestions:
        yield from (suggestion.title, *suggestion.remove, *suggestion.change)
        yield from (one.label for one in suggestion.in_country(None))
        for order in (template for each in suggestion.orders for template in each.variants):
            yield from (order.label, order.description, json.dumps(order.resource, default=str))


def _deciders(card: Card) -> frozenset[str]:
    cells = [f"{r}.{c}" for r in card.matrix.down.classes for c in card.matrix.across.classes] if card.matrix else []
    rows = [row.id for row in (*card.criteria, *card.rows, *card.modifiers)]
    return frozenset([*rows, *cells, "no row holds"])


def _data(cards: Iterable[Card]) -> frozenset[str] | None:
    """The sources that any card may look into; None while a question cannot be read."""
    if any(None in card.questions for card in cards):
        return None
    return frozenset({need.source for card in cards for need in card.needs()} | {"Patient"})


def check_vignette(row: Mapping, place: str, known: Known, faults: Faults) -> None:
    """What a vignette names is there; what it says of a card that is shown is not said of a silence."""

    def named(names: Iterable[str], there: Iterable[str], key: str, what: str) -> None:
        for name in names:
            if name not in there:
                near = get_close_matches(name, list(there), n=1)
                hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(there))}"
                faults.add(f"{place}, {key}", f"no {what} is called '{name}'; {hint}")

    named([row["by"]], known.deciders, "by", "criterion, outcome, cell or modifier of this card")
    named(
        row.get("not_provided", ()) if known.data else (),
        known.data or (),
        "not_provided",
        "source of data",
    )
    named([row["source"]] if "source" in row else [], known.sources, "source", "source")
    named(row.get("replaces", ()), known.topics, "replaces", "topic")
    named(row.get("overrides", ()), known.overrides, "overrides", "override reason")
    for text in row.get("offers_never", ()):
        if plain(text) not in known.offered:
            faults.add(f"{place}, offers_never", f"nothing that any card offers is called '{text}': is it spelt right?")
    for text in row.get("text_never", ()):
        for word in sorted(words_of(text) - known.said.words):
            faults.add(f"{place}, text_never", f"'{word}' stands in no text of any card: is it spelt right?")
    told = [key for key in OF_THE_CARD if key in row]
    if row["expect"] == "silent" and told:
        faults.add(place, f"it is silent, so there is no card of which '{told[0]}' could be said")


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", plain(text)))
