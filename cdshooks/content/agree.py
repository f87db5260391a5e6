"""An order's label, description and FHIR resource say the same; so does its code of drug, strength and analyte."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from cdshooks.chart.dosing import dose_of
from cdshooks.content.concepts import Tables
from cdshooks.content.faults import Faults
from cdshooks.content.naming import Names
from cdshooks.content.orders import DAY, Concrete, Order, Template, patched
from cdshooks.content.said import DAYS, KINDS, Said, rounded, said
from cdshooks.reading.dose_words import TOLD_IN_WORDS
from cdshooks.rules.cards import Card
from cdshooks.terms.concepts import Code, Concepts, Match
from cdshooks.terms.systems import Systems

WORDS = {
    "doses": "the dose", "strengths": "the strength", "intervals": "the interval of", "durations": "the duration of",
    "routes": "the route",
}  # fmt: skip
UNITS = {"doses": " mg", "strengths": " mg/mL", "intervals": " days", "durations": " days", "routes": ""}
DOES = {"order": "orders", "remove": "remove", "change": "change"}
VERBS = {"order": "order", "add": "order", "start": "order", "remove": "remove", "change": "change"}
UCUM_DAYS = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}


@dataclass(frozen=True)
class Content:
    """What orders are compared with: the concepts, and the routes by code with their names."""

    concepts: Concepts
    routes: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, library) -> "Content":
        """That of a library."""
        return cls(library.concepts, routes_of(library.tables, library.concepts.systems))

    @cached_property
    def route_names(self) -> frozenset[str]:
        return frozenset(self.routes.values())

    @cached_property
    def names(self) -> Names:
        return Names(self.concepts)

    def mentioned(self, text: str) -> list[frozenset[str]]:
        return self.names.mentioned(text)

    def said(self, text: str) -> Said:
        return said(text, self.concepts.doses.table, self.route_names)

    def matches(self, resource: Mapping) -> tuple[Match, ...]:
        """What the codings of an order name."""
        is_drug = resource["resourceType"] == "MedicationRequest"
        index = self.concepts.drugs if is_drug else self.concepts.tests
        return index.find(_coded(resource).get("coding"))

    def named(self, resource: Mapping) -> frozenset[str]:
        return frozenset(match.concept for match in self.matches(resource))


def check_orders(orders: Iterable[Order], cards: Iterable[Card], content: Content, faults: Faults) -> None:
    """Every order in itself, and the labels of the suggestions that add it, change drafts, or remove them."""
    for order in (template for each in orders for template in each.variants):
        for says in template_faults(order, content):
            faults.add(f"cards/_orders, [order.{order.name}]" + (f" of {order.country}" if order.country else ""), says)
    for card in cards:
        for suggestion in card.page.suggestions:
            for one in suggestion.in_country(None):
                where = f"cards/{card.page.folder.name}/rule.toml, suggestion '{one.label}'"
                for says in suggestion_faults(one, content):
                    faults.add(where, says)


def check_strengths_of_codes(content: Content, faults: Faults) -> None:
    """A product's strength is what its name says."""
    for concept in content.concepts.by_name.values():
        for code in concept.codes:
            for says in strength_faults_of(code, content):
                faults.add(f"cards/_concepts, [{concept.kind}.{concept.name}], {code.code}", says)


def strength_faults_of(code: Code, content: Content) -> Iterator[str]:
    told = content.said(code.display)
    named = told.strengths if code.strength_per == "mL" else told.doses
    # Of a combination the name says several strengths, and which of them is meant the concept alone knows.
    wrong = code.strength not in named if code.combined else named != {code.strength}
    if code.strength is not None and named and wrong:
        yield f"'{code.display}' says {_shown(named)} mg, its strength is {code.strength:f} mg"


def suggestion_faults(one: Concrete, content: Content) -> Iterator[str]:
    """What the label of a suggestion says otherwise than what accepting it does."""
    label, first, suggestion = one.label, one.label.casefold().split()[0], one.suggestion
    does = [word for word, key in DOES.items() if getattr(suggestion, key)]
    if first in VERBS and VERBS[first] not in does:
        yield f"the label says '{first}', but what it does is to {' and '.join(does)}"
    yield from label_faults(label, [template.resource for template in one.templates], content)
    yield from _first_faults(one, content)
    if suggestion.patch:
        (entry,) = patched({"dosageInstruction": [{}]}, suggestion.patch)["dosageInstruction"]
        step = _step(entry, None, content)
        yield from _compared("label", content.said(label), step, step)
        yield from _compared("text of the dosage", content.said(entry.get("text", "")), step, step)
    drugs = {
        name for concept in (*suggestion.remove, *suggestion.change) for name in (concept, *_kin(concept, content))
    }
    named = content.mentioned(label)
    if drugs and named and not one.templates and not named[0] & drugs:
        yield f"the label names {_label(named[0], content.concepts)}, which it does not {does[0]}"


def _kin(name: str, content: Content) -> Iterator[str]:
    """The drugs all of whose codes this one has, too: those that belong to it."""
    concept = content.concepts.by_name.get(name)
    if concept is None:  # its table is broken, which is told where it stands
        return
    own = {(code.system, code.code) for code in concept.codes}
    for other in content.concepts.by_name.values():
        if other.kind == "drug" and other.codes and own.issuperset((c.system, c.code) for c in other.codes):
            yield other.name


def routes_of(tables: Tables, systems: Systems) -> dict[tuple[str, str], str]:
    """The name of each route's code: the first word of its display, where that is a word for a route."""
    rows = [(code, table.get("words", ())) for _, table, _ in tables.of("route") for code in table["codes"]]
    names = {w for code, words in rows for w in words if w == code["display"].casefold().split()[0]}
    found = {}
    for code, _ in rows:
        said = re.findall(r"\w+", code["display"].casefold())
        name = next((n for n in sorted(names) if n in said), None)
        if name:
            found[systems.canonical(code["system"]), code["code"]] = name
    return found


def _coded(resource: Mapping) -> Mapping:
    return resource.get("medicationCodeableConcept") or resource.get("code") or {}


def template_faults(order: Template, content: Content) -> Iterator[str]:
    """An order of one country; how it is called in running text is held to the same as its label."""
    yield from order_faults(order.label, order.description, order.resource, content)
    if order.what and order.is_a_drug:
        yield from order_faults(order.what, order.description, order.resource, content)


def order_faults(label: str, description: str, resource: Mapping, content: Content) -> Iterator[str]:
    """What an order says in one place otherwise than in another."""
    found = content.matches(resource)
    texts = {"label": label, "description": description, "text of the code": _coded(resource).get("text", "")}
    if not found:
        codes = [coding.get("code") for coding in _coded(resource).get("coding", ())]
        yield f"no concept in _concepts has the code {', '.join(map(str, codes)) or '(none)'}, so it cannot be checked"
        return
    if resource["resourceType"] == "MedicationRequest":
        yield from _drug_faults(texts, resource, found, content)
    else:
        for where, text in texts.items():
            yield from names_faults(where, text, [resource], content)


def _first_faults(one: Concrete, content: Content) -> Iterator[str]:
    """What the label of a suggestion names first is what the label of its first order names first."""
    if one.templates and not one.templates[0].is_a_drug:
        mine, its = content.mentioned(one.label), content.mentioned(one.templates[0].label)
        if mine and its and mine[0] != its[0]:
            yield f"the label '{one.label}' names something else than '{one.templates[0].label}' of the order"


def label_faults(label: str, resources: list[Mapping], content: Content) -> Iterator[str]:
    """What the label of a suggestion says otherwise than the orders that it adds."""
    resources = [r for r in resources if content.matches(r)]
    drugs = [r for r in resources if r["resourceType"] == "MedicationRequest"]
    if resources:
        yield from names_faults("label", label, resources, content)
    if drugs:
        told = [_steps(r, content) for r in drugs]
        whole = _all(step for steps in told for step in steps)
        yield from _compared("label", content.said(label), whole, _all(steps[0] for steps in told if steps))


def _drug_faults(texts, resource: Mapping, found: tuple[Match, ...], content: Content) -> Iterator[str]:
    code = next((m.code for m in found if m.code), None)
    steps = _steps(resource, content)
    if not steps or not all(step.doses for step in steps):
        yield "its dose cannot be worked out from the resource"
        return
    for where, text in texts.items():
        yield from names_faults(where, text, [resource], content)
    whole = _all(steps)
    yield from _compared("label", content.said(texts["label"]), whole, steps[0])
    yield from _compared("description", content.said(texts["description"]), whole, whole)
    for index, (entry, step) in enumerate(zip(resource["dosageInstruction"], steps, strict=True), 1):
        yield from _compared(f"text of dosage {index}", content.said(entry.get("text", "")), step, step)
        yield from _route_faults(entry, code, content)
    yield from _strength_faults(resource, code, content)


def _route_faults(entry: Mapping, code: Code | None, content: Content) -> Iterator[str]:
    route = entry.get("route", {})
    for coding in route.get("coding", ()):
        key = coding.get("system"), coding.get("code")
        name = content.routes.get(key)
        words = content.said(f"{route.get('text', '')} {coding.get('display', '')}").routes
        if name is None or words != {name}:
            yield f"the route's code {key[1]} is {name or 'not known'}, its words say {_shown(words) or 'none'}"
        classes = {r.name for r in content.concepts.routes if key in r.codes}
        if code and code.route and code.route not in classes:
            yield f"the route is {name}, but the product {code.code} '{code.display}' is {code.route}"


def _strength_faults(resource: Mapping, code: Code | None, content: Content) -> Iterator[str]:
    """The strength that the product's words say is that of the product's code."""
    coded = _coded(resource)
    for text in [coded.get("text", ""), *(coding.get("display", "") for coding in coded.get("coding", ()))]:
        told = content.said(text)
        strengths = told.strengths if code and code.strength_per == "mL" else told.doses | told.strengths
        if code and code.strength is not None and strengths and strengths != {code.strength}:
            yield f"'{text}' says a strength of {_shown(strengths)} mg, the code {code.code} has {code.strength:f} mg"


def _steps(resource: Mapping, content: Content) -> list[Said]:
    """What each dosage entry of the resource says in its structure."""
    code = next((m.code for m in content.matches(resource) if m.code), None)
    return [_step(entry, code, content) for entry in resource.get("dosageInstruction", ())]


def _step(entry: Mapping, code: Code | None, content: Content) -> Said:
    # What its words say is compared with it.
    wordless = {name: value for name, value in entry.items() if name not in TOLD_IN_WORDS}
    dose = dose_of([wordless], code, content.concepts.doses)
    codings = entry.get("route", {}).get("coding", ())
    routes = {content.routes.get((c.get("system"), c.get("code"))) for c in codings} - {None}
    repeat = entry.get("timing", {}).get("repeat", {})
    return Said(
        doses=frozenset({Decimal(dose.single)} if dose.single is not None else ()),
        intervals=frozenset(_intervals(repeat, dose.interval)),
        durations=frozenset(_durations(repeat, dose.interval)),
        routes=frozenset(routes),
    )


def _intervals(repeat: Mapping, interval: Decimal | None) -> Iterator[Decimal]:
    """From one dose to the next; of a range both ends."""
    if interval is not None:
        yield rounded(interval)
        if repeat.get("periodMax") and repeat.get("period"):
            yield rounded(interval * Decimal(repeat["periodMax"]) / Decimal(repeat["period"]))


def _durations(repeat: Mapping, interval: Decimal | None) -> Iterator[Decimal]:
    bounds = repeat.get("boundsDuration", {})
    if bounds.get("code") in UCUM_DAYS:
        yield rounded(Decimal(bounds["value"]) * DAYS[UCUM_DAYS[bounds["code"]]])
    elif end := DAY.fullmatch(repeat.get("boundsPeriod", {}).get("end", "")):
        yield rounded(Decimal(end[1] or 0))  # it starts today
    elif repeat.get("count") and interval:
        yield rounded(Decimal(repeat["count"]) * interval)


def _all(steps: Iterable[Said]) -> Said:
    whole = Said()
    for step in steps:
        whole |= step
    return whole


def _compared(where: str, words: Said, whole: Said, must: Said) -> Iterator[str]:
    """What the words say that the resource does not, and what they do not say of what they must."""
    for kind in KINDS:
        told, there = getattr(words, kind), getattr(whole, kind)
        if kind == "strengths":
            continue
        extra, lacking = told - there, getattr(must, kind) - told
        if extra:
            has = f"has {_shown(there)}{UNITS[kind]}" if there else "has none"
            yield f"the {where} says {WORDS[kind]} {_shown(extra)}{UNITS[kind]}, the resource {has}"
        elif lacking:
            yield f"the {where} does not say {WORDS[kind]} {_shown(lacking)}{UNITS[kind]}, which the resource has"


def _shown(values: Iterable) -> str:
    return ", ".join(sorted(f"{v.normalize():f}" if isinstance(v, Decimal) else v for v in values))


# --- drugs and analytes by name ----------------------------------------------------------------------------------


def names_faults(where: str, text: str, resources: list[Mapping], content: Content) -> Iterator[str]:
    """The words name what the codes name: each of it, of drugs nothing else, of tests it first."""
    named = content.mentioned(text)
    coded = [content.named(r) for r in resources]
    for resource, wanted in zip(resources, coded, strict=True):
        if not any(names & wanted for names in named):
            yield f"the {where} '{text}' does not name {_label(wanted, content.concepts)}, which is what the code is"
        elif resource is resources[0] and resource["resourceType"] == "ServiceRequest" and not named[0] & wanted:
            first = _label(named[0], content.concepts)
            yield f"the {where} '{text}' names {first} first, the code is {_label(wanted, content.concepts)}"
    drugs = frozenset().union(*coded)
    for names in named if any(r["resourceType"] == "MedicationRequest" for r in resources) else ():
        if not names & drugs:
            yield f"the {where} '{text}' names {_label(names, content.concepts)}, which the code is not"


def _label(names: Iterable[str], concepts: Concepts) -> str:
    """The concept that says most: a drug rather than the group that it belongs to."""
    labels = [concepts.by_name[name] for name in names]
    return f"'{min(labels, key=lambda c: len(c.codes)).label}'"
