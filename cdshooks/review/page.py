"""A card's folder as one page of Markdown: what a clinician reads, challenges and signs."""

from collections.abc import Iterable

from cdshooks.content.figures import concepts_of
from cdshooks.content.library import Evidence, Library
from cdshooks.content.orders import Concrete
from cdshooks.content.questions import all_notions, all_questions
from cdshooks.content.signing import standing_in_words
from cdshooks.content.site import Change
from cdshooks.review.attributes import attributes
from cdshooks.rules.cards import Card, Level
from cdshooks.rules.logic import leaves
from cdshooks.rules.notions import Notion
from cdshooks.terms.concepts import Concept


def page(card: Card, library: Library) -> str:
    """The whole page."""
    parts = [
        f"# {card.title}",
        f"`{card.topic}`, shown on {', '.join(card.hooks)}. {standing_in_words(card, library)}",
        _replaces(card),
        *_changes(card, library),
        "## When it fires",
        *_criteria(card),
        *_outcomes(card),
        *_modifiers(card),
        "## What the words in the questions mean",
        *(_notion(n) for n in all_notions(card, library.notions)),
        *_limits(card, library),
        "## What the prescriber reads",
        *(f"### {s.name}\n\n{_bold(s.summary)}\n\n{s.detail}" for s in card.page.sections.values()),
        *_suggestions(card),
        "## Why we may say so",
        *(_evidence(e, library) for e in card.page.evidence),
        "## Where it comes from",
        "\n".join(f"- **{name}**: {said}" for name, said in attributes(card, library).items() if name != "version"),
        "## Patients for whom it was tried",
        *(f"- **{v['name']}**: {v['expect']} ({v['by']}). {v['because']}" for v in card.page.vignettes),
    ]
    return "\n\n".join(part for part in parts if part)


def _bold(summary: str) -> str:
    """A section that only adds a line to a card may be bold as it is written."""
    return summary if summary.startswith("**") else f"**{summary}**"


def _replaces(card: Card) -> str:
    return f"While it is shown, these are not: {', '.join(card.replaces)}." if card.replaces else ""


def _changes(card: Card, library: Library) -> Iterable[str]:
    """What a site file has otherwise than the content that was signed, as far as this card asks about it."""
    notions = all_notions(card, library.notions)
    questions = [*card.questions, *(q for notion in notions for q in notion.questions)]
    concepts = [leaf.concept for q in questions if q for leaf in leaves(q) if getattr(leaf, "concept", None)]
    names = {
        "card": {card.topic},
        "notion": {notion.name for notion in notions},
        "map": {name for concept in concepts for name in (concept.name, *concept.members)},
        "result": {name for concept in concepts for name in (concept.name, *concept.members)},
    }
    mine = [change for change in library.changes if change.name in names[change.kind]]
    if mine:
        yield "## What this site has otherwise"
        yield "\n".join(map(_change, mine))


def _change(change: Change) -> str:
    where = f", {change.where}" if change.where else ""
    return (
        f"- **{change.name}**{where}: {change.now}\n  instead of: {change.was}\n"
        f"  since {change.since}, by {change.who}: {change.why}"
    )


def _said(say: str, question, lead: str = "-") -> str:
    return f"{lead} {say}\n  `{question.words()}`" if question else f"{lead} {say}"


def _criteria(card: Card) -> Iterable[str]:
    yield "All of these must hold:"
    yield "\n".join(_said(c.say, c.question) for c in card.criteria if not c.unless)
    yield "It stays silent if one of these holds:"
    yield "\n".join(_said(c.say, c.question) for c in card.criteria if c.unless)


def _outcomes(card: Card) -> Iterable[str]:
    yield "## How loud"
    if card.rows:
        yield "The first row that holds:"
        yield "\n".join(_said(f"**{r.level.word}**: {r.say}", r.question) for r in card.rows)
        return
    matrix = card.matrix
    head = [matrix.down.say, *matrix.across.classes]
    rows = [
        [name, *(_cell(matrix.cells.get((name, c))) for c in matrix.across.classes)] for name in matrix.down.classes
    ]
    lines = [head, ["---"] * len(head), *rows]
    yield f"{matrix.down.say}, by: {matrix.across.say}"
    yield "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(level: Level | None) -> str:
    return level.word if level else "-"


def _modifiers(card: Card) -> Iterable[str]:
    if card.modifiers:
        yield "Then, in this order:"
        yield "\n".join(_said(f"{m.say}: {_effect(m)}", m.question) for m in card.modifiers)


def _effect(modifier) -> str:
    caps = [f"{column} at most {level.word}" for column, level in modifier.at_most.items()]
    lower = [f"{modifier.lower} level lower"] if modifier.lower else []
    return ", ".join(caps + lower)


def _notion(notion: Notion) -> str:
    sources = f" ({', '.join(notion.source)})" if notion.source else ""
    if not notion.rows:
        return _said(f"**{notion.name}**: {notion.say}{sources}", notion.question)
    rows = "\n".join(_said(f"*{row.name}*: {row.say}", row.question, lead="  -") for row in notion.rows)
    return f"- **{notion.name}**: {notion.say}{sources}; the first that holds:\n{rows}"


def _suggestions(card: Card) -> Iterable[str]:
    if card.page.suggestions:
        yield "It offers:"
        yield "\n".join(_suggestion(one) for each in card.page.suggestions for one in each.in_country(None))
    reasons = "; ".join(reason["display"] for reason in card.page.overrides)
    yield f"Reasons that may be given for not following it: {reasons}."


def _suggestion(one: Concrete) -> str:
    """When it is offered, and what accepting it files."""
    offer = one.suggestion
    when = [f"in {one.country}"] if one.country else []
    when += [f"with the text {' or '.join(offer.for_texts)}"] if offer.for_texts else []
    when += [f"not with {', '.join(offer.not_with)}"] if offer.not_with else []
    does = [template.description for template in one.templates]
    does += [f"removes the draft of {' or '.join(offer.remove)}"] if offer.remove else []
    does += [f"changes the draft of {' or '.join(offer.change)}"] if offer.change else []
    told = f"- **{one.label}** ({'; '.join([*when, *does])})"
    return f"{told}\n  `{offer.question.words()}`" if offer.question else told


def _limits(card: Card, library: Library) -> Iterable[str]:
    """The cut-offs of the results that are asked about by class."""
    concepts = concepts_of(all_questions(card, library.notions), library.concepts.by_name)
    lines = [f"- {concept.label}: {_bands(concept)}" for concept in concepts if concept.bands]
    if lines:
        yield "Limits of the classes of results:"
        yield "\n".join(lines)


def _bands(concept: Concept) -> str:
    return "; ".join(f"{band.name} {_sides(band, concept)}" for band in concept.bands)


def _sides(band, concept: Concept) -> str:
    sides = (("below", band.below), ("up to", band.up_to), ("above", band.above), ("at least", band.at_least))
    return ", ".join(
        f"{word} {' or '.join(f'{limit:f} {concept.unit_names[kind]}' for kind, limit in limits.items())}"
        for word, limits in sides
        if limits
    )


def _evidence(evidence: Evidence, library: Library) -> str:
    source = library.sources[evidence.source]
    checked = (
        f"checked by {evidence.checked_by} on {evidence.checked_on}"
        if evidence.checked_by
        else "not yet checked by a person"
    )
    told = f"[{source.label}]({source.url})" if source.url else source.label
    return (
        f"- **{', '.join(evidence.criteria)}**: {evidence.supports} ({evidence.strength}; {checked})\n"
        f"  {told}: {source.read}"
    )
