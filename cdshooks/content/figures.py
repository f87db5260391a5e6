"""Each number with a unit that a text tells stands in a question, an order or an evidence line of the same card."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal

from cdshooks.content.faults import Faults
from cdshooks.content.orders import Suggestion
from cdshooks.content.questions import all_notions, all_questions, with_notions
from cdshooks.content.said import NUMBERS
from cdshooks.rules.cards import Card
from cdshooks.rules.logic import leaves
from cdshooks.rules.notions import Notion
from cdshooks.terms.concepts import Concept
from cdshooks.terms.units import UnitTable, spelling

# So many days of a month on average; a question's 456 days may be told as 15 months.
_MONTH, _ABOUT = Decimal("30.4375"), 2
_TIMES = {
    "hour": ("time", 1),
    "day": ("time", 24),
    "week": ("time", 168),
    "month": ("months", 1),
    "year": ("months", 12),
}
_WORDS = "|".join(NUMBERS)
_RANGE = re.compile(r"(\d+(?:\.\d+)?)(?: to | and | or |[-–])(?=\d+(?:\.\d+)? ([^\s,.;:()]+))")
FIGURE = re.compile(
    rf"(?<![\w.])(\d+(?:\.\d+)?|{_WORDS})[ -](times a |times an |a |in )?([a-zA-Z%µμ*/{{}}\d_.^²]+)", re.I
)
Figure = tuple[Decimal, str]


class Figures:
    """Reads figures; units are those of doses and of all analytes, of time, and per cent."""

    def __init__(self, concepts: Iterable[Concept], doses: UnitTable):
        self._units = {spelling(text): spelling(text) for c in concepts if c.units for text in c.units.texts}
        self._doses = doses
        self._read: dict[str, dict[Figure, str]] = {}

    def of(self, text: str) -> dict[Figure, str]:
        """Every figure of a text, in units that can be compared, with the words in which it stands.

        Read once: many cards ask the same questions.
        """
        if text not in self._read:
            self._read[text] = self._of(text)
        return self._read[text]

    def _of(self, text: str) -> dict[Figure, str]:
        text = _RANGE.sub(r"\1 \2 to ", " ".join(text.split()))
        found = {}
        for match in FIGURE.finditer(text):
            figure = self._figure(match)
            if figure:
                found.setdefault(figure, match.group().strip(" .,"))
        return found

    def _figure(self, match: re.Match) -> Figure | None:
        written, often, unit = match.groups()
        amount = Decimal(NUMBERS.get(written.casefold(), written))
        unit = unit.rstrip(".,;:")
        word = unit.casefold().removesuffix("s")
        if often and often != "in ":
            return (amount, f"a {word}") if word in _TIMES and written.casefold() != "one" else None
        if word in _TIMES:
            kind, factor = _TIMES[word]
            return amount * factor, kind
        dose = self._doses.find(unit)
        if dose and dose.kind == "mass":
            return amount * dose.factor, "mg"
        return (amount, self._units[spelling(unit)]) if spelling(unit) in self._units else None


def figure_faults(card: Card, notions: Mapping[str, Notion], figures: Figures) -> Iterator[tuple[str, str]]:
    """(section, words) for each figure of a text that nothing else in the card tells."""
    known = set(_known(card, notions, figures))
    for section in card.page.sections.values():
        for figure, shown in figures.of(section.whole).items():
            if figure not in known and not _in_days(figure, known):
                yield section.name, shown


def _in_days(figure: Figure, known: set[Figure]) -> bool:
    """Are these months told as days, two more or less?"""
    number, unit = figure
    days = [hours / 24 for hours, kind in known if kind == "time"]
    return unit == "months" and any(abs(number * _MONTH - one) <= _ABOUT for one in days)


def _known(card: Card, notions: Mapping[str, Notion], figures: Figures) -> Iterator[Figure]:
    yield from _asked(all_questions(card, notions), figures)
    for evidence in card.page.evidence:
        yield from figures.of(evidence.supports)
    for suggestion in card.page.suggestions:
        for text in texts_of_offer(suggestion):
            yield from figures.of(text)


def texts_of_offer(suggestion: Suggestion) -> Iterator[str]:
    """What is read of a suggestion, of its orders, and of what it sets."""
    yield suggestion.title
    for order in (template for each in suggestion.orders for template in each.variants):
        yield from (order.label, order.description)
    yield from (value for value in suggestion.patch.values() if isinstance(value, str))


def _asked(questions: Iterable, figures: Figures) -> Iterator[Figure]:
    """The figures of questions, and the cut-offs of the results that they ask about."""
    for question in questions:
        yield from figures.of(question.words())
    for concept in {c.name: c for question in questions for c in _concepts(question)}.values():
        yield from _cut_offs(concept)


def concepts_of(questions: Iterable, known: Mapping[str, Concept]) -> list[Concept]:
    """The concepts that questions ask about, the members of groups included, in the order of their names."""
    names = {name for q in questions for c in _concepts(q) for name in (c.name, *c.members, c.overruled_by) if name}
    return [known[name] for name in sorted(names)]


def _cut_offs(concept: Concept) -> Iterator[Figure]:
    for band in concept.bands:
        for limits in (band.below, band.up_to, band.above, band.at_least):
            yield from ((limit, spelling(concept.unit_names[kind])) for kind, limit in limits.items())


def sentence_faults(whole: Card | Notion, notions: Mapping[str, Notion], figures: Figures) -> Iterator[tuple[str, str]]:
    """(row, words) for each figure of a signed sentence that its question, or its evidence, does not have.

    Of the rows of a notion those before count, too: what holds here did not hold there.
    """
    rows = [whole] if getattr(whole, "question", None) else []
    before: list = []
    for row in (*rows, *getattr(whole, "criteria", ()), *whole.rows, *getattr(whole, "modifiers", ())):
        name = getattr(row, "id", getattr(row, "name", ""))
        before = ([*before] if isinstance(whole, Notion) else []) + ([row.question] if row.question else [])
        known = set(_asked(with_notions(before, notions), figures))
        known |= {f for e in _evidence_of(whole, name) for f in figures.of(e.supports)}
        for figure, shown in figures.of(row.say).items():
            if figure not in known and not _in_days(figure, known):
                yield name, shown


def _evidence_of(whole: Card | Notion, name: str) -> list:
    page = getattr(whole, "page", None)
    return [e for e in page.evidence if name in e.criteria] if page else []


def _concepts(part) -> Iterator[Concept]:
    """The concepts that a question asks about."""
    for leaf in leaves(part):
        for field in fields(leaf) if is_dataclass(leaf) else ():
            value = getattr(leaf, field.name)
            if isinstance(value, Concept):
                yield value


def check_figures(cards: Iterable[Card], notions: Mapping[str, Notion], figures: Figures, faults: Faults) -> None:
    for card in cards:
        if faults.found and None in (*card.questions, *(q for n in all_notions(card, notions) for q in n.questions)):
            continue  # a question that cannot be read was told
        folder = f"cards/{card.page.folder.name}"
        for section, shown in figure_faults(card, notions, figures):
            says = f"'{shown}' stands in no ask, order or evidence line of this card; where does it come from?"
            faults.add(f"{folder}/text.md, ## {section}", says)
        for row, shown in sentence_faults(card, notions, figures):
            faults.add(f"{folder}/rule.toml, '{row}', say", f"'{shown}' stands neither in its ask nor in its evidence")
    for notion in notions.values() if not faults.found else ():
        for row, shown in sentence_faults(notion, notions, figures):
            faults.add(f"cards/_concepts, [notion.{notion.name}], '{row}', say", f"'{shown}' does not stand in its ask")
