"""Every mutant of the content: a card, a notion, a shared criterion or a concept with one small thing changed."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal

from cdshooks.content.agree import Content
from cdshooks.content.library import Library
from cdshooks.review.changes import Path, at, changes, nudged, places, put
from cdshooks.review.page_mutants import PageMutant, page_mutants
from cdshooks.rules.cards import Card, Criterion, Level, Modifier
from cdshooks.rules.notions import Notion
from cdshooks.rules.verbs.notion import NotionIs
from cdshooks.terms.concepts import Band, Code, Concept

# The sides of a band, each with the one that has the same direction and the number itself on the other side.
SIDES = {"below": "up_to", "up_to": "below", "above": "at_least", "at_least": "above"}


@dataclass(frozen=True)
class Mutant:
    """One small change: its words, the changed thing, and how to tell quickly whom it cannot concern.

    Of a changed question, `before` and `after` are the part of it that is asked: who answers both alike notices
    nothing. Of a concept without one of its codes, `before` is the concept with which copies of vignettes are written.
    """

    says: str
    changed: Card | Criterion | Notion | Concept
    before: object = None
    after: object = None


def mutants(library: Library, only: Collection[str] = ()) -> list[Mutant | PageMutant]:
    """All of them, in the order of the content; what is asked by no card is passed over.

    With `only` those of these names: topics, notions, concepts, orders, or rows of a card.
    """
    return [mutant for mutant in _all(library) if not only or names_in(mutant.says).intersection(only)]


def names_in(says: str) -> set[str]:
    """The names of what was changed, which stands in brackets at the end.

    >>> sorted(names_in("'low' never held (card sugar-low, 'low'), place 2"))
    ['card', 'low', 'place', 'sugar-low']
    """
    return set(re.findall(r"[\w-]*[a-z_][\w-]*", place_of(says)))


def place_of(says: str) -> str:
    """What was changed, in brackets."""
    return says[says.rfind(" (") :]


def _all(library: Library) -> list[Mutant | PageMutant]:
    found = [mutant for card in library.cards for mutant in _of_card(card)]
    found += _of_shared_criteria(library)
    notions = used_notions(library)
    found += [mutant for name in notions for mutant in _of_notion(library.notions[name])]
    for concept in _used_concepts(library, notions):
        found += [*_of_bands(concept), *_of_doubts(concept)]
        found += [*_of_codes(concept, library), *_of_values(concept, library)]
        found += [*_of_strengths(concept), *_of_members(concept)]
    return _told_apart([*found, *page_mutants(library, Content.of(library))])


def _told_apart(found: list) -> list:
    """The same words twice get a number, so that a reason can be given for one of them."""
    seen: Counter = Counter()
    for index, mutant in enumerate(found):
        seen[mutant.says] += 1
        if seen[mutant.says] > 1:
            found[index] = replace(mutant, says=f"{mutant.says}, place {seen[mutant.says]}")
    return found


# --- cards and notions: their questions -------------------------------------------------------------------------


def _of_question(whole, path: Path, place: str, name: str) -> Iterator[Mutant]:
    """A question always yes is as if it were not asked; one that is always no, as if its row were not there.

    Of criteria and rows only yes counts; a yes/no notion may be asked about its no as well.
    """
    for change in changes(at(whole, path), only_yes=not getattr(whole, "question", None)):
        says = f"{name} {change.says}" if change.says in ("always held", "never held") else change.says
        yield Mutant(f"{says} ({place})", put(whole, path, change.whole), change.before, change.after)


def _of_card(card: Card) -> Iterator[Mutant]:
    for kind in ("criteria", "rows", "modifiers"):
        for index, row in enumerate(getattr(card, kind)):
            if row.question and not getattr(row, "for_all", False):
                path = ((kind, index), ("question", None))
                yield from _of_question(card, path, f"{_name(card)}, '{row.id}'", f"'{row.id}'")
    yield from _of_rows(card)
    yield from _of_matrix(card)
    yield from _of_modifiers(card)


def _name(card: Card) -> str:
    return f"card {card.topic}"


def _of_shared_criteria(library: Library) -> Iterator[Mutant]:
    shared = {c.id: c for card in library.cards for c in card.criteria if c.for_all}
    for criterion in shared.values():
        yield from _of_question(criterion, (("question", None),), "all cards", f"'{criterion.id}'")


def _of_notion(notion: Notion) -> Iterator[Mutant]:
    if notion.question:
        yield from _of_question(notion, (("question", None),), f"notion {notion.name}", f"'{notion.name}'")
    for index, row in enumerate(notion.rows):
        if row.question:
            path = (("rows", index), ("question", None))
            yield from _of_question(notion, path, f"notion {notion.name}, row '{row.name}'", f"'{row.name}'")


# --- cards: what follows from the answers -----------------------------------------------------------------------


def _other_levels(level: Level) -> list[Level]:
    """One up, one down, silent."""
    return [Level(n) for n in dict.fromkeys((level + 1, level - 1, 0)) if n in set(Level) and n != level]


def _of_rows(card: Card) -> Iterator[Mutant]:
    for index, row in enumerate(card.rows):
        if row.question is None:
            left = (*card.rows[:index], *card.rows[index + 1 :])
            yield Mutant(f"the row '{row.id}' were missing ({_name(card)})", replace(card, rows=left))
        for level in _other_levels(row.level):
            changed = put(card, (("rows", index),), replace(row, level=level))
            yield Mutant(f"'{row.id}' were {level.word} ({_name(card)})", changed)


def _of_matrix(card: Card) -> Iterator[Mutant]:
    if not card.matrix:
        return
    for pair in ((row, column) for row in card.matrix.down.classes for column in card.matrix.across.classes):
        for level in _other_levels(card.matrix.cells.get(pair, Level.SILENT)):
            cells = {**card.matrix.cells, pair: level}
            says = f"'{'.'.join(pair)}' were {level.word} ({_name(card)})"
            yield Mutant(says, replace(card, matrix=replace(card.matrix, cells=cells)))


def _of_modifiers(card: Card) -> Iterator[Mutant]:
    for index, modifier in enumerate(card.modifiers):
        for changed, says in _modified(modifier):
            yield Mutant(f"{says} ({_name(card)}, '{modifier.id}')", put(card, (("modifiers", index),), changed))
    for index, (first, second) in enumerate(zip(card.modifiers, card.modifiers[1:], strict=False)):
        turned = (*card.modifiers[:index], second, first, *card.modifiers[index + 2 :])
        yield Mutant(f"'{second.id}' came before '{first.id}' ({_name(card)})", replace(card, modifiers=turned))


def _modified(modifier: Modifier) -> Iterator[tuple[Modifier, str]]:
    for column, cap in modifier.at_most.items():
        for level in _other_levels(cap):
            at_most = {**modifier.at_most, column: level}
            yield replace(modifier, at_most=at_most), f"'{column}' were at most {level.word}"
    for lower in (modifier.lower - 1, modifier.lower + 1) if modifier.lower else ():
        yield replace(modifier, lower=lower), f"it lowered by {lower}"


# --- concepts ---------------------------------------------------------------------------------------------------


def _of_bands(concept: Concept) -> Iterator[Mutant]:
    """Each cut-off between two classes a little down and up, and put on its other side."""
    for kind, limit in dict.fromkeys(_cut_offs(concept)):
        unit = concept.unit_names[kind]
        for other in nudged(limit):
            says = f"the cut-off {limit:f} {unit} were {other:f} {unit} ({concept.kind} {concept.name})"
            yield Mutant(says, replace(concept, bands=tuple(_moved(b, kind, limit, other) for b in concept.bands)))
    for limits in (band.below or band.up_to for band in concept.bands if band.below or band.up_to):
        shown = " or ".join(f"{limit:f} {concept.unit_names[kind]}" for kind, limit in limits.items())
        says = f"{shown} itself fell into the class on the other side ({concept.kind} {concept.name})"
        yield Mutant(says, replace(concept, bands=tuple(_other_side(band, limits) for band in concept.bands)))


def _of_doubts(concept: Concept) -> Iterator[Mutant]:
    """What a result counts as that fits two classes, and the report's own limit, each missing."""
    for pair, name in concept.either.items():
        says = f"'{' or '.join(sorted(pair))}' did not count as '{name}' ({concept.kind} {concept.name})"
        yield Mutant(says, replace(concept, either={p: n for p, n in concept.either.items() if p != pair}))
    if concept.own_limit:
        says = f"the report's own limit did not count ({concept.kind} {concept.name})"
        yield Mutant(says, replace(concept, own_limit=None))


def _cut_offs(concept: Concept) -> Iterator[tuple[str, Decimal]]:
    for band in concept.bands:
        for side in SIDES:
            yield from getattr(band, side).items()


def _moved(band: Band, kind: str, limit: Decimal, other: Decimal) -> Band:
    """The band with its limit moved, on whichever side it has it; so no gap and no overlap arises."""
    sides = {side: dict(getattr(band, side)) for side in SIDES}
    for limits in sides.values():
        if limits.get(kind) == limit:
            limits[kind] = other
    return replace(band, **sides)


def _other_side(band: Band, limits: Mapping[str, Decimal]) -> Band:
    """The band with a number that was inside now outside, or the reverse."""
    mine = {side for side in SIDES if getattr(band, side) == limits}
    return replace(band, **{side: {} for side in mine}, **{SIDES[side]: limits for side in mine})


def _of_codes(concept: Concept, library: Library) -> Iterator[Mutant]:
    """Each code missing.

    No card can have a vignette for each of a hundred codes. So a vignette that is decided by this concept is copied
    with the code in question: the copy must come out the same with the code, and otherwise without it. That shows
    that the code is read and counts; whether it is the right code it cannot show. The copy has the code alone, as many
    feeds send it: words beside it could be taken for the drug without it.
    """
    systems = library.concepts.systems
    for code in concept.codes:
        others = tuple(c for c in concept.codes if c is not code)
        if not _is_covered(code, others, concept, library):
            says = f"the {systems.of(code.system).name} code {code.code} '{code.display}' were missing"
            says += f" ({concept.kind} {concept.name})"
            alone = replace(code, display="")
            yield Mutant(says, replace(concept, codes=others), replace(concept, codes=(alone, *others)))


def _of_strengths(concept: Concept) -> Iterator[Mutant]:
    """Each product ten times as strong."""
    for index, code in enumerate(concept.codes):
        if code.strength is not None:
            other = replace(code, strength=code.strength * 10)
            codes = (*concept.codes[:index], other, *concept.codes[index + 1 :])
            says = f"{code.code} '{code.display}' had {other.strength:f} mg ({concept.kind} {concept.name})"
            yield Mutant(says, replace(concept, codes=codes), replace(concept, codes=(code, *concept.codes)))


def _of_members(concept: Concept) -> Iterator[Mutant]:
    """Each member of a group missing."""
    for member in concept.members if len(concept.members) > 1 else ():
        left = tuple(name for name in concept.members if name != member)
        yield Mutant(f"{member} were missing ({concept.kind} {concept.name})", replace(concept, members=left))


def _is_covered(code: Code, others: tuple[Code, ...], concept: Concept, library: Library) -> bool:
    """It comes to the same without it: a stem of the same concept covers it, and no other concept lists it."""

    def key(c: Code) -> tuple[str, str]:
        return library.concepts.systems.of(c.system).key, c.code

    if any(key(other) == key(code) for other in others):
        return True  # listed under another system of the same family as well
    stem = any(o.below and o.system == code.system and code.code.startswith(o.code) for o in others)
    elsewhere = (c for other in library.concepts.by_name.values() if other.name != concept.name for c in other.codes)
    return stem and not any(key(c) == key(code) for c in elsewhere)


def _of_values(concept: Concept, library: Library) -> Iterator[Mutant]:
    """Each coded value missing, with copies of vignettes as for codes."""
    for pair, name in concept.values.items():
        others: Mapping = {p: n for p, n in concept.values.items() if p != pair}
        system = library.concepts.systems.of(pair[0])
        says = f"the {system.name} code {pair[1]} for '{name}' were missing ({concept.kind} {concept.name})"
        yield Mutant(says, replace(concept, values=others), replace(concept, values={pair: name, **others}))


# --- what the cards use -----------------------------------------------------------------------------------------


def used_notions(library: Library) -> list[str]:
    """The notions that a card asks, itself or through other notions, in the order of the content."""
    todo = [name for card in library.cards for name in notions_of(card)]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += notions_of(library.notions[name])
    return [name for name in library.notions if name in found]


def notions_of(whole: Card | Notion) -> list[str]:
    """The notions that a card or a notion names."""
    axes = [whole.matrix.down, whole.matrix.across] if getattr(whole, "matrix", None) else []
    questions = own_questions(whole)
    named = [part.name for q in questions for _, part in places(q) if isinstance(part, NotionIs)]
    return [axis.name for axis in axes] + named


def own_questions(whole: Card | Notion) -> list:
    """The questions that stand in a card or a notion itself."""
    if isinstance(whole, Notion):
        return list(whole.questions)
    rows = (*whole.criteria, *whole.rows, *whole.modifiers)
    return [row.question for row in rows if row.question]


def _used_concepts(library: Library, notions: list[str]) -> list[Concept]:
    wholes = [*library.cards, *(library.notions[name] for name in notions)]
    asked = [c for whole in wholes for q in own_questions(whole) for _, part in places(q) for c in _concepts_in(part)]
    names = {name for concept in asked for name in (concept.name, *concept.members, concept.overruled_by)}
    return [concept for name, concept in library.concepts.by_name.items() if name in names]


def _concepts_in(part) -> list[Concept]:
    return [value for field in fields(part) if isinstance(value := getattr(part, field.name), Concept)]
