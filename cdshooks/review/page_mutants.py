"""Every small change of what is read and clicked: texts, suggestions, orders, precedence, overrides, evidence."""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from cdshooks.content.agree import Content
from cdshooks.content.figures import FIGURE
from cdshooks.content.library import Library
from cdshooks.content.orders import Order, Suggestion, Template
from cdshooks.content.texts import Section
from cdshooks.rules.cards import Card
from cdshooks.rules.notions import Notion

# Another unit than the one that stands there, as a hand that slips would write it.
OTHER_UNIT = {
    "mg": "g", "g": "mg", "micrograms": "mg", "ug": "mg", "mcg": "mg", "day": "week", "days": "weeks", "week": "day",
    "weeks": "days", "month": "week", "months": "weeks", "year": "month", "years": "months", "ng/L": "pmol/L",
    "pmol/L": "ng/L", "g/dL": "g/L", "g/L": "g/dL", "umol/L": "nmol/L", "nmol/L": "umol/L", "mmol/L": "umol/L",
}  # fmt: skip
NOT = re.compile(r"\b(?:do not|does not|is not|are not|must not|should not|not|never)\b ?", re.IGNORECASE)
ITEM = re.compile(r"(?m)^- (?!Do not|Never)(\*{0,2})([A-Z])")


@dataclass(frozen=True)
class PageMutant:
    """One small change of what a card shows, or of one order; `changed` is the card, or notion, or order after it."""

    says: str
    changed: Card | Notion | Template


def page_mutants(library: Library, content: Content) -> Iterator[PageMutant]:
    """All of them, in the order of the content."""
    drugs = _drug_names(library)
    for card in library.cards:
        found = (_of_texts(card, drugs), _of_suggestions(card, library), _of_precedence(card, library),
                 _of_overrides(card, library), _of_evidence(card), _of_sentences(card))  # fmt: skip
        for says, changed in (one for ones in found for one in ones):
            yield PageMutant(f"{says} (card {card.topic})", changed)
    for template in (template for order in orders_of(library) for template in order.variants):
        place = f"order {template.name}" + (f" of {template.country}" if template.country else "")
        for says, changed in _of_order(template, content):
            yield PageMutant(f"{says} ({place})", changed)


def orders_of(library: Library) -> list[Order]:
    """The orders that a card suggests, each once."""
    found = {o.name: o for card in library.cards for s in card.page.suggestions for o in s.orders}
    return [found[name] for name in sorted(found)]


def _paged(card: Card, **changes) -> Card:
    return replace(card, page=replace(card.page, **changes))


# --- texts ----------------------------------------------------------------------------------------------------------


def _drug_names(library: Library) -> list[str]:
    """The drugs that any text names, by the names that stand there."""
    labels = {c.label.casefold() for c in library.concepts.by_name.values() if c.kind == "drug"}
    texts = "\n".join(s.whole for card in library.cards for s in card.page.sections.values()).casefold()
    return sorted(label for label in labels if label in texts)


def _of_texts(card: Card, drugs: list[str]) -> Iterator[tuple[str, Card]]:
    for section in card.page.sections.values():
        for says, summary, detail in _of_section(section, drugs):
            sections = {**card.page.sections, section.name: replace(section, summary=summary, detail=detail)}
            yield f"{says} in '{section.name}'", _paged(card, sections=sections)
    texts = [row.text for row in card.rows] + list((card.matrix.texts if card.matrix else {}).values())
    for one, other in combinations(dict.fromkeys(texts), 2):
        first, second = card.page.sections[one], card.page.sections[other]
        swapped = {one: replace(second, name=one), other: replace(first, name=other)}
        yield f"'{one}' and '{other}' were swapped", _paged(card, sections={**card.page.sections, **swapped})


def _of_section(section: Section, drugs: list[str]) -> Iterator[tuple[str, str, str]]:
    for says, text in text_changes(section.summary, drugs):
        yield says, text, section.detail
    for says, text in text_changes(section.detail, drugs):
        yield says, section.summary, text


def text_changes(text: str, drugs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A text with one number, unit or drug otherwise, a *not* dropped, or one added."""
    for match in FIGURE.finditer(text):
        yield from _other_figure(match, text)
    drugs = list(drugs)
    for index, name in enumerate(drugs):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            other = drugs[(index + 1) % len(drugs)]
            if len(drugs) > 1:
                yield f"'{_around(match, text)}': '{match.group()}' were '{other}'", _put(text, match.span(), other)
    for match in NOT.finditer(text):
        is_heading = text[match.end() : match.end() + 2] == "**"
        changed = _put(text, match.span(), "Do" if is_heading else "")
        yield f"'{_around(match, text)}': '{match.group().strip()}' were missing", changed
    for match in ITEM.finditer(text):
        changed = _put(text, match.span(), f"- {match.group(1)}Do not {match.group(2).lower()}")
        yield f"'{_around(match, text)}': it were 'Do not ...'", changed


def _other_figure(match: re.Match, text: str) -> Iterator[tuple[str, str]]:
    written, _, unit = match.groups()
    bare = unit.rstrip(".,;:")
    if bare in OTHER_UNIT:
        place = match.start(3), match.start(3) + len(bare)
        yield f"'{match.group()}': '{bare}' were '{OTHER_UNIT[bare]}'", _put(text, place, OTHER_UNIT[bare])
        other = f"{Decimal(written) * 10:f}" if written[0].isdigit() else "ten"
        yield f"'{match.group()}': '{written}' were '{other}'", _put(text, match.span(1), other)


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


def _around(match: re.Match, text: str) -> str:
    """The words in which it stands, so that it can be found again."""
    after = " ".join(text[match.start() :].split()[:5])
    before = " ".join(text[: match.start()].split()[-2:])
    return f"{before} {after}".strip()


# --- sentences beside questions ---------------------------------------------------------------------------------------


def _of_sentences(card: Card) -> Iterator[tuple[str, Card]]:
    """The sentences that are signed, without their *not*."""
    for kind in ("criteria", "rows", "modifiers"):
        rows = getattr(card, kind)
        for index, row in enumerate(rows):
            if getattr(row, "for_all", False):
                continue
            for says, say in text_changes(row.say, ()):
                changed = (*rows[:index], replace(row, say=say), *rows[index + 1 :])
                yield f"in the sentence of '{row.id}', {says}", replace(card, **{kind: changed})


# --- suggestions, precedence, overrides, evidence ---------------------------------------------------------------------


def _of_suggestions(card: Card, library: Library) -> Iterator[tuple[str, Card]]:
    offers = card.page.suggestions
    for index, offer in enumerate(offers):
        name = f"the suggestion {index + 1} '{offer.title}'"
        yield f"{name} were missing", _paged(card, suggestions=(*offers[:index], *offers[index + 1 :]))
        for says, changed in _of_suggestion(offer, card, library):
            rest = (*offers[:index], changed, *offers[index + 1 :])
            yield f"{name} {says}", _paged(card, suggestions=rest)
    for (i, one), (j, other) in combinations(enumerate(offers), 2):
        if one.label and other.label and one.label != other.label:
            labels = {i: other.label, j: one.label}
            swapped = tuple(replace(o, label=labels.get(k, o.label)) for k, o in enumerate(offers))
            yield f"the labels of the suggestions {i + 1} and {j + 1} were swapped", _paged(card, suggestions=swapped)


def _of_suggestion(offer: Suggestion, card: Card, library: Library) -> Iterator[tuple[str, Suggestion]]:
    if offer.orders:
        others = [o for o in orders_of(library) if o.name not in {mine.name for mine in offer.orders}]
        for other in [o for o in others if o.variants[0].is_a_drug == offer.orders[0].variants[0].is_a_drug][:1]:
            yield f"ordered {other.name}", replace(offer, orders=(other, *offer.orders[1:]))
    texts = [name for name in card.page.sections if name not in offer.for_texts]
    if offer.for_texts:
        yield "were for every outcome", replace(offer, for_texts=())
        for other in [t for t in texts if t in _outcome_texts(card)][:1]:
            yield f"were for '{other}'", replace(offer, for_texts=(other,))
    for modifier in offer.not_with:
        left = tuple(m for m in offer.not_with if m != modifier)
        yield f"were offered with '{modifier}'", replace(offer, not_with=left)
    if offer.question:
        yield "were offered whatever is asked", replace(offer, question=None)
    yield from ((f"{says} in its label", replace(offer, label=label)) for says, label in text_changes(offer.label, ()))


def _outcome_texts(card: Card) -> set[str]:
    return {row.text for row in card.rows} | set((card.matrix.texts if card.matrix else {}).values())


def _of_precedence(card: Card, library: Library) -> Iterator[tuple[str, Card]]:
    for topic in card.replaces:
        left = tuple(t for t in card.replaces if t != topic)
        yield f"it did not replace {topic}", replace(card, replaces=left)


def _of_overrides(card: Card, library: Library) -> Iterator[tuple[str, Card]]:
    reasons = card.page.overrides
    names = {row["code"]: name for name, row in library.overrides.items()}
    for reason in reasons:
        left = tuple(r for r in reasons if r is not reason)
        yield f"the override reason '{names[reason['code']]}' were missing", _paged(card, overrides=left)
    for name, row in library.overrides.items():
        if row not in reasons:
            yield f"the override reason '{name}' were offered", _paged(card, overrides=(*reasons, row))
            break


def _of_evidence(card: Card) -> Iterator[tuple[str, Card]]:
    rows = card.page.evidence
    for index, row in enumerate(rows):
        for other in ("guideline", "own choice"):
            if other != row.strength:
                changed = (*rows[:index], replace(row, strength=other), *rows[index + 1 :])
                name = f"the evidence {index + 1} from {row.source} for {', '.join(row.criteria)}"
                yield f"{name} were '{other}'", _paged(card, evidence=changed)


# --- orders -----------------------------------------------------------------------------------------------------------


def _of_order(order: Template, content: Content) -> Iterator[tuple[str, Template]]:
    for says, resource in _of_resource(order.resource, content):
        yield says, replace(order, resource=resource)
    for key in ("label", "description", "what"):
        for says, text in text_changes(getattr(order, key), ()):
            yield f"{says} in its {key}", replace(order, **{key: text})


def _of_resource(resource: Mapping, content: Content) -> Iterator[tuple[str, dict]]:
    key = "medicationCodeableConcept" if "medicationCodeableConcept" in resource else "code"
    mine = content.named(resource)
    index = content.concepts.drugs if key != "code" else content.concepts.tests
    for coding in _other_codings(resource[key]["coding"][0], mine, index, content):
        changed = copy.deepcopy(resource)
        changed[key]["coding"][0] |= coding
        yield f"its code were {coding['code']} '{coding['display']}'", changed
    for n, entry in enumerate(resource.get("dosageInstruction", ())):
        for says, other in _of_dosage(entry, content):
            changed = copy.deepcopy(resource)
            changed["dosageInstruction"][n] = other
            yield f"in dosage {n + 1}, {says}", changed


def _other_codings(coding: Mapping, mine: frozenset[str], index, content: Content) -> Iterator[dict]:
    """The code of another concept in the same system; of a drug also another strength of it."""
    kinds = {content.concepts.by_name[name].kind for name in mine}
    for concept in content.concepts.by_name.values():
        if concept.kind in kinds and concept.name not in mine:
            other = next((c for c in concept.codes if c.system == coding["system"]), None)
            if other and not {m.concept for m in index.find([{"system": other.system, "code": other.code}])} & mine:
                yield {"code": other.code, "display": other.display}
                break
    for name in sorted(mine):
        known = content.concepts.by_name[name].codes
        strength = next((c.strength for c in known if c.code == coding["code"]), None)
        for other in known:
            if other.system == coding["system"] and strength and other.strength not in (None, strength):
                yield {"code": other.code, "display": other.display}
                return


def _of_dosage(entry: Mapping, content: Content) -> Iterator[tuple[str, dict]]:
    quantity = entry["doseAndRate"][0].get("doseQuantity", {})
    for factor in (10, Decimal("0.1")):
        changed = copy.deepcopy(dict(entry))
        changed["doseAndRate"][0]["doseQuantity"]["value"] = quantity["value"] * factor
        yield f"the dose {quantity['value']} were {quantity['value'] * factor}", changed
    unit = OTHER_UNIT.get(quantity.get("code"), "g")
    changed = copy.deepcopy(dict(entry))
    changed["doseAndRate"][0]["doseQuantity"] |= {"unit": unit, "code": unit}
    yield f"the unit {quantity.get('code')} were {unit}", changed
    yield from _of_timing(entry)
    for (system, code), name in content.routes.items():
        mine = entry.get("route", {}).get("coding", [{}])[0]
        if system == mine.get("system") and code != mine.get("code"):
            changed = copy.deepcopy(dict(entry))
            changed["route"]["coding"][0]["code"] = code
            yield f"the code of the route were {code} ({name})", changed
            break


def _of_timing(entry: Mapping) -> Iterator[tuple[str, dict]]:
    repeat = entry.get("timing", {}).get("repeat", {})
    others = {"d": "wk", "wk": "d", "mo": "wk"}
    changes = [{"frequency": repeat.get("frequency", 1) + 1}, {"period": repeat.get("period", 1) + 1}]
    changes += [{"periodUnit": others[repeat["periodUnit"]]}] if repeat.get("periodUnit") in others else []
    if "boundsDuration" in repeat:
        bounds = repeat["boundsDuration"]
        changes.append({"boundsDuration": {**bounds, "value": bounds["value"] + 1}})
        changes.append({"boundsDuration": {**bounds, "code": others.get(bounds["code"], "d"), "unit": "?"}})
    for change in changes if repeat else ():
        changed = copy.deepcopy(dict(entry))
        changed["timing"]["repeat"] |= change
        ((key, value),) = change.items()
        yield f"'{key}' were {value if key != 'boundsDuration' else _bounds(value)}", changed


def _bounds(value: Mapping) -> str:
    return f"{value['value']} {value['code']}"
