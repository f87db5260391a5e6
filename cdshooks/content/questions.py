"""Questions and notions of the content, parsed; a notion may use other notions, but not in a circle."""

from collections.abc import Iterable, Mapping

from cdshooks.content.concepts import Tables
from cdshooks.content.faults import Faults
from cdshooks.rules.cards import Card
from cdshooks.rules.language import LanguageError, parse
from cdshooks.rules.logic import leaves
from cdshooks.rules.notions import Notion, Row
from cdshooks.rules.verbs.notion import NotionIs
from cdshooks.rules.words import Vocabulary
from cdshooks.shape import nth


def ask(text: str, vocabulary: Vocabulary, place: str, faults: Faults):
    """A parsed question, or None with the fault told."""
    try:
        return parse(text, vocabulary)
    except LanguageError as error:
        faults.add_question(place, text, error)
        return None


def build_notions(tables: Tables, vocabulary: Vocabulary, faults: Faults) -> None:
    """Put every notion into the vocabulary's book."""
    for name, table, place in tables.of("notion"):
        if name in vocabulary.concepts:
            faults.add(place, f"the name is already that of a {vocabulary.concepts[name].kind}")
        rows = table.get("row", ())
        vocabulary.notion_classes[name] = tuple(dict.fromkeys(row["is"] for row in rows))
    for name, table, place in tables.of("notion"):
        vocabulary.notions[name] = _notion(name, table, place, vocabulary, faults)
    _refuse_circles(tables, vocabulary, faults)


def _notion(name, table, place, vocabulary, faults) -> Notion:
    source = tuple(table.get("source", ()))
    if "ask" in table:
        if "row" in table:
            faults.add(place, "it has both a question and rows; it may have one of them")
        return Notion(name, table["say"], ask(table["ask"], vocabulary, place, faults), source=source)
    rows = []
    for index, row in enumerate(table.get("row", ())):
        where = f"{place}, {nth(index)} [[row]]"
        is_last = index == len(table["row"]) - 1
        if ("ask" in row) == is_last:
            faults.add(where, "every row but the last has a question; the last is what holds otherwise")
        question = ask(row["ask"], vocabulary, where, faults) if "ask" in row else None
        rows.append(Row(row["is"], row["say"], question, tuple(row.get("source", ()))))
    if not rows:
        faults.add(place, "it has neither a question nor rows")
    return Notion(name, table["say"], rows=tuple(rows), source=source)


def used_notions(question) -> list[str]:
    return [leaf.name for leaf in leaves(question) if isinstance(leaf, NotionIs)] if question else []


def all_notions(card: Card, notions: Mapping[str, Notion]) -> list[Notion]:
    """Every notion that the card uses, itself or through others; the ones that it names itself first."""
    found: dict[str, Notion] = {}
    todo = [name for q in card.questions for name in used_notions(q)]
    todo += [card.matrix.down.name, card.matrix.across.name] if card.matrix else []
    while todo:
        name = todo.pop(0)
        if name not in found:
            found[name] = notions[name]
            todo += [used for q in found[name].questions for used in used_notions(q)]
    return list(found.values())


def all_questions(card: Card, notions: Mapping[str, Notion]) -> list:
    """Every question of the card and of the notions behind it, those that only a suggestion asks included."""
    axes = [q for notion in all_notions(card, notions) for q in notion.questions]
    return with_notions([*card.questions, *card.asides, *axes], notions)


def with_notions(questions: Iterable, notions: Mapping[str, Notion]) -> list:
    """These questions, and those of the notions that they name, directly or not; what cannot be read is left out."""
    found, seen = [q for q in questions if q], set()
    for question in found:
        for name in used_notions(question):
            if name not in seen:
                seen.add(name)
                found += [q for q in notions[name].questions if q]
    return found


def _refuse_circles(tables: Tables, vocabulary: Vocabulary, faults: Faults) -> None:
    uses = {name: [u for q in n.questions for u in used_notions(q)] for name, n in vocabulary.notions.items()}
    for name, _, place in tables.of("notion"):
        seen, front = set(), list(uses[name])
        while front:
            at = front.pop()
            if at == name:
                faults.add(place, f"it uses itself, by way of {', '.join(sorted(seen - {name})) or 'its own question'}")
                vocabulary.notions[name] = Notion(name, "", rows=())
                break
            if at not in seen:
                seen.add(at)
                front += uses.get(at, [])
