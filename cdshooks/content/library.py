"""All content, loaded: what the service is called, its concepts and notions, its cards and their pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdshooks.chart.country import Countries
from cdshooks.content.bans import Bans
from cdshooks.content.offered import Offered
from cdshooks.content.orders import Order, Suggestion
from cdshooks.content.site import Change
from cdshooks.content.texts import Section
from cdshooks.rules.cards import Card
from cdshooks.rules.notions import Notion
from cdshooks.terms.concepts import Concepts


@dataclass(frozen=True)
class Evidence:
    """Why we may say so: for which criteria, what a source supports, how strong it is, and who checked it when."""

    criteria: tuple[str, ...]
    source: str
    supports: str
    strength: str
    checked_by: str = ""
    checked_on: str = ""


@dataclass(frozen=True)
class Signature:
    """Who has signed a card, when, a digest of all that they saw, and one of each thing by its name."""

    by: str
    on: str
    digest: str
    saw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What of a card is shown: texts, source, suggestions, override reasons, evidence, vignettes.

    `version` is a digest of what decides and says: `rule.toml` as the site file leaves it, and `text.md`.
    """

    folder: Path
    title: str
    label: str
    url: str
    sections: Mapping[str, Section]
    suggestions: tuple[Suggestion, ...]
    selection: str
    overrides: tuple[dict, ...]
    evidence: tuple[Evidence, ...]
    vignettes: Sequence[dict]
    signatures: tuple[Signature, ...] = ()
    asks: Mapping[str, str] = field(default_factory=dict)
    version: str = ""


@dataclass(frozen=True)
class Source:
    """A source of evidence; `strengths` are those that it can give, as it was read. No `url`: it is not published."""

    name: str
    label: str
    url: str
    read: str
    strengths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """Everything below a cards folder."""

    path: Path
    name: str
    hooks: Mapping[str, Mapping[str, str]]
    usage: str
    topic_system: str
    concepts: Concepts
    tables: object
    notions: Mapping[str, Notion]
    cards: tuple[Card, ...]
    sources: Mapping[str, Source]
    bans: Bans = field(default_factory=Bans)
    changes: tuple[Change, ...] = ()
    orders: Mapping[str, Order] = field(default_factory=dict)
    countries: Countries = field(default_factory=Countries)
    # Where the site says so; else it is told from the codes of each record.
    country: str | None = None
    overrides: Mapping[str, Mapping] = field(default_factory=dict)
    # Never copied with the rest: what it has read is of these concepts.
    offered: Offered = field(init=False, repr=False, compare=False, default_factory=Offered)

    def card(self, topic: str) -> Card | None:
        return next((c for c in self.cards if c.topic == topic), None)
