"""Load a cards folder: every fault of every file at once, or a library."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from cdshooks.chart.country import Countries, Country
from cdshooks.content.agree import Content, check_orders, check_strengths_of_codes, routes_of
from cdshooks.content.bans import check_bans, read_bans
from cdshooks.content.cards import Around, Folder
from cdshooks.content.concepts import Tables, build_concepts, build_routes, course_rules, dose_units
from cdshooks.content.evidence import check_strengths
from cdshooks.content.faults import Faults
from cdshooks.content.figures import Figures, check_figures
from cdshooks.content.files import read_tables, read_toml
from cdshooks.content.library import Library, Source
from cdshooks.content.mapping import map_codes, map_orders
from cdshooks.content.orders import Shelf
from cdshooks.content.questions import ask, build_notions
from cdshooks.content.rhythms import build_rhythms
from cdshooks.content.site import Site, read_site
from cdshooks.content.systems import build_systems, uri_of
from cdshooks.content.telling import Grammar
from cdshooks.content.vignettes import check_patients, check_vignettes
from cdshooks.errors import CardError
from cdshooks.garbage import uncollected
from cdshooks.rules.asking import answer_beforehand
from cdshooks.rules.cards import Card, Criterion
from cdshooks.rules.decide import let_sleep
from cdshooks.rules.words import Vocabulary
from cdshooks.shape import nth
from cdshooks.terms.concepts import Concepts, DoseUnits
from cdshooks.terms.doses import UNCLEAR
from cdshooks.terms.phrases import PHRASES, Phrases
from cdshooks.terms.systems import Systems

HOOKS = ("patient-view", "order-select", "order-sign")


def default_path() -> Path:
    """The cards that came with us: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "_cards"
    return inside if inside.is_dir() else package.parent / "cards"


@uncollected()
def load_library(path: Path | None = None, site_file: Path | None = None, faults: Faults | None = None) -> Library:
    """All content below a cards folder, as a site file changes it; raises CardError with every fault of every file.

    `faults` may say that all of it has passed before (content/passed.py).
    """
    path = Path(path) if path else default_path()
    if not path.is_dir():
        raise CardError(f"{path}: there is no such cards folder")
    faults = faults or Faults()
    service = read_toml(path / "_service.toml", "service", "cards/_service.toml", faults)
    tables, site = _tables(path, faults), read_site(site_file, faults)
    map_codes(site, site_file and Path(site_file).parent, tables, faults)
    systems, sources = build_systems(tables, faults), _sources(tables)
    vocabulary = _vocabulary(tables, systems, site, faults)
    concepts = _concepts(vocabulary, tables, systems, faults)
    countries = _countries(tables, systems, faults)
    shelf = _shelf(path, countries, sources, faults)
    map_orders(site, shelf, faults)
    cards = _cards(path, Around(vocabulary, shelf, sources, service, (), faults, site))
    site.check_cards()
    bans = read_bans(path, sources, systems, faults)
    if not faults.passed:
        _check_cards(cards, shelf, Content(concepts, routes_of(tables, systems)), vocabulary, sources, faults)
        check_bans(bans, cards, vocabulary.concepts.values(), faults)
        grammar = Grammar(vocabulary.concepts, concepts.routes, vocabulary.doses)
        check_vignettes(cards, grammar, sources, service.get("override", {}), faults)
        check_patients(bans, grammar, faults)
    faults.stop()
    cards = _seeing_what_forbids(cards)
    _answer_beforehand(cards, concepts)
    return Library(
        path=path,
        name=service["name"],
        hooks=service["hook"],
        usage=service["usage"],
        topic_system=service["topic_system"],
        orders=shelf.orders,
        countries=countries,
        country=site.country,
        concepts=concepts,
        tables=tables,
        notions=vocabulary.notions,
        cards=tuple(cards),
        sources=sources,
        bans=bans,
        changes=tuple(site.changes),
        overrides=service.get("override", {}),
    )


def _concepts(vocabulary: Vocabulary, tables: Tables, systems: Systems, faults: Faults) -> Concepts:
    routes, rules = build_routes(tables, systems, faults), course_rules(tables, faults)
    doses, told = vocabulary.doses, {kind: _told_words(tables, kind) for kind in PHRASES}
    phrases = Phrases.of(**told, mass=[text for text in doses.texts if doses.find(text).kind == "mass"])
    return Concepts.of(vocabulary.concepts, routes, DoseUnits(doses), systems, rules, phrases, build_rhythms(tables))


def _check_cards(
    cards: list[Card],
    shelf: Shelf,
    content: Content,
    vocabulary: Vocabulary,
    sources: Mapping[str, Source],
    faults: Faults,
) -> None:
    """What must agree between the files: labels with orders, figures with rules, strengths with sources, precedence."""
    check_orders(shelf.orders.values(), cards, content, faults)
    check_strengths_of_codes(content, faults)
    check_figures(cards, vocabulary.notions, Figures(vocabulary.concepts.values(), vocabulary.doses), faults)
    check_strengths(cards, sources, faults)
    _check_addresses(sources.values(), faults)
    _check_precedence(cards, faults)


def _tables(path: Path, faults: Faults) -> Tables:
    tables = Tables()
    for file in sorted((path / "_concepts").glob("*.toml")):
        place = f"cards/_concepts/{file.name}"
        tables.add(read_tables(file, "concepts", place, faults), place, faults)
    return tables


def _vocabulary(tables: Tables, systems: Systems, site: Site, faults: Faults) -> Vocabulary:
    vocabulary = Vocabulary(
        concepts=build_concepts(tables, systems, faults),
        routes=tuple(name for name, _, _ in tables.of("route")),
        doses=dose_units(tables, faults),
        hooks=HOOKS,
        dose_kinds=(*(kind for kind, _, _ in tables.of("dose_unit")), UNCLEAR),
    )
    site.cut(vocabulary.concepts)
    site.in_notions(tables)
    build_notions(tables, vocabulary, faults)
    return vocabulary


def _told_words(tables: Tables, kind: str) -> tuple[str, ...]:
    return tuple(word for _, table, _ in tables.of(kind) for word in table["words"])


def _countries(tables: Tables, systems: Systems, faults: Faults) -> Countries:
    found = []
    for name, table, place in tables.of("country"):
        for system in table["systems"]:
            uri_of(system, systems, place, faults)
        spaces = frozenset(table.get("snomed_namespaces", ()))
        found.append(Country(name, table["label"], frozenset(table["systems"]), spaces))
    return Countries(found, systems)


def _shelf(path: Path, countries: Countries, sources: Mapping[str, Source], faults: Faults) -> Shelf:
    shelf = Shelf()
    for file in sorted((path / "_orders").glob("*.toml")):
        place = f"cards/_orders/{file.name}"
        shelf.add(read_toml(file, "orders", place, faults), place, faults)
    shelf.check(countries.by_name, sources, faults)
    return shelf


def _cards(path: Path, around: Around) -> list[Card]:
    around.always = tuple(
        Criterion(
            row["id"],
            row["say"],
            ask(row["ask"], around.vocabulary, f"cards/_service.toml, {nth(i)} [[always]]", around.faults),
            True,
            True,
        )
        for i, row in enumerate(around.service.get("always", ()))
    )
    folders = sorted(f for f in path.iterdir() if f.is_dir() and not f.name.startswith(("_", ".")))
    return [card for folder in folders if (card := Folder(folder, around).card())]


def _answer_beforehand(cards: list[Card], concepts: Concepts) -> None:
    matrices = (card.matrix for card in cards if card.matrix)
    asked = [question for card in cards for question in card.questions]
    offers = [s.question for card in cards for s in card.page.suggestions if s.question]
    answer_beforehand([*asked, *offers, *(n for m in matrices for n in (m.down, m.across))], concepts)
    let_sleep(cards)


def _seeing_what_forbids(cards: list[Card]) -> list[Card]:
    """A card that offers a drug must see what the cards ask that would forbid it."""
    forbidding = tuple(question for card in cards if card.forbids for question in card.questions if question)
    offering = [any(suggestion.offers_a_drug for suggestion in card.page.suggestions) for card in cards]
    return [
        replace(card, asides=card.asides + forbidding) if offers else card
        for card, offers in zip(cards, offering, strict=True)
    ]


def _sources(tables: Tables) -> dict[str, Source]:
    return {
        name: Source(name, told["label"], told.get("url", ""), told["read"], tuple(told.get("strengths", ())))
        for name, told, _ in tables.of("source")
    }


def _check_addresses(sources: Iterable[Source], faults: Faults) -> None:
    """An address leads to the page, or its label says that it is that of a collection."""
    for source in sources:
        if source.url and not urlsplit(source.url).path.strip("/") and "collection" not in source.label:
            where = f"cards/_concepts, [source.{source.name}], url"
            faults.add(where, "it leads to a home page; give the page, or let the label say (collection)")


def _check_precedence(cards: list[Card], faults: Faults) -> None:
    """Topics are told once, and a card replaces only cards that are there, in no circle."""
    topics = {card.topic: card for card in cards}
    for card in cards:
        place = f"cards/{card.page.folder.name}/rule.toml"
        if topics[card.topic] is not card:
            other = topics[card.topic].page.folder.name
            faults.add(place, f"the topic '{card.topic}' is that of cards/{other}/rule.toml as well; each has its own")
        for name in card.replaces:
            if name not in topics:
                faults.add(place, f"replaces '{name}', but no card has this topic")
            elif card.topic in topics[name].replaces:
                faults.add(place, f"replaces '{name}', which in turn replaces '{card.topic}'")
