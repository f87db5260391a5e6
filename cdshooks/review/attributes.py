"""Where a card comes from and what it reads: the source attributes that a hospital must be able to show its users."""

from cdshooks.chart.chart import Need
from cdshooks.content.library import Library, Source
from cdshooks.content.signing import standing_in_words
from cdshooks.rules.cards import Card

NOT_STATED = "not stated"


def attributes(card: Card, library: Library) -> dict[str, str]:
    """By name, each as text; what nobody has stated says so.

    The names follow the source attributes of evidence-based interventions in the US rule 45 CFR 170.315(b)(11).
    """
    page = card.page
    sources = dict.fromkeys(evidence.source for evidence in page.evidence)
    cited = [_cited(library.sources[name]) for name in sources]
    return {
        "title": page.title,
        "developer": page.label,
        "citation": "; ".join(cited) or NOT_STATED,
        "url": page.url,
        "version": page.version,
        "signed": standing_in_words(card, library).strip("*"),
        "funding": NOT_STATED,
        "reads": ", ".join(sorted({_said(need, library) for need in card.needs()})),
    }


def _said(need: Need, library: Library) -> str:
    """What of the record is read, in words."""
    kind, _, concept = need.source.partition(":")
    return library.concepts.by_name[concept].label if concept else kind


def _cited(source: Source) -> str:
    return f"{source.label} ({source.url})" if source.url else source.label
