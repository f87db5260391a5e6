"""One patient's rows of a register become the cards that the chart would give if it were opened."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from cdshooks.chart.chart import Chart, Coverage, Provided
from cdshooks.content.library import Library
from cdshooks.ehr.drafts import drafted
from cdshooks.protocol.discovery import Service
from cdshooks.protocol.render import NOT_CHECKED, Heading
from cdshooks.respond import headed
from cdshooks.rules.decide import Decision
from cdshooks.rules.doubt import doubt
from cdshooks.rules.explain import behind, deciding
from cdshooks.rules.verbs.person import THE_HOOK
from cdshooks.terms.dates import Clock, age_in_years

# What an oddity says of this patient's own data; without it, equal oddities count together.
DETAILS = re.compile(r"\s*\([^)]*\)|\s*'[^']*'|\s*\b\S*\d\S*")


@dataclass(frozen=True)
class Occasion:
    """A service that is asked, and the draft orders with which; `order` names them."""

    service: Service
    order: str = ""
    drafts: tuple[Mapping, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.service.hook}, {self.order}" if self.order else self.service.hook


@dataclass(frozen=True)
class Found:
    """A card that somebody would get: what stands in one row of the table."""

    topic: str
    indicator: str
    hook: str
    order: str
    summary: str
    values: tuple[str, ...]
    reason: str

    @property
    def occasion(self) -> str:
        return f"{self.hook}, {self.order}" if self.order else self.hook


@dataclass
class Seen:
    """One patient: who in broad strokes, the cards, what could not be told, what was set aside."""

    day: date
    age: int | None
    sex: str
    site: str
    deceased: bool
    cards: list[Found] = field(default_factory=list)
    doubts: list[tuple[str, str, str]] = field(default_factory=list)  # (occasion, topic, reason)
    odd: list[str] = field(default_factory=list)
    silent: list[tuple[str, str, str]] = field(default_factory=list)  # (occasion, topic, sentence), where asked for


def judged(
    library: Library,
    occasions: Iterable[Occasion],
    clock: Clock,
    patient: Mapping,
    rows: Iterable[Mapping],
    silence: bool = False,
) -> Seen:
    """The patient on every occasion, all rows having come; with `silence` also why cards did not come."""
    rows, seen = tuple(rows), None
    for occasion in occasions:
        service = occasion.service
        complete = {source: Coverage.COMPLETE for query in service.queries for source in query.sources}
        provided = Provided(patient, rows, complete, everything=True)
        drafts = drafted(occasion.drafts, patient["id"], clock.today) if occasion.drafts else ()
        chart = Chart(library.concepts, clock, patient["id"], service.hook, provided, drafts=drafts)
        seen = seen or _person(chart, patient)
        decisions, cards = headed(chart, service, library)
        seen.cards += [_found(card, occasion) for card in cards]
        seen.doubts += _doubts(decisions, occasion)
        if silence:
            seen.silent += [(occasion.name, d.card.topic, deciding(d)) for d in decisions if not d.fires]
        seen.odd += {DETAILS.sub("", oddity.says) for oddity in chart.oddities}
    return seen


def _person(chart: Chart, patient: Mapping) -> Seen:
    born = chart.person.birth
    keeper = patient.get("managingOrganization")
    named = (keeper.get("display") or keeper.get("reference")) if isinstance(keeper, dict) else None
    return Seen(
        day=chart.today,
        age=age_in_years(born.day, chart.today) if born and born.day <= chart.today else None,
        sex=patient["gender"] if isinstance(patient.get("gender"), str) else "unknown",
        site=named if isinstance(named, str) else "",
        deceased=bool(chart.person.deceased),
    )


def _found(card: Heading, occasion: Occasion) -> Found:
    values = tuple(values_of(card.decision)) if card.decision else ()
    reason = deciding(card.decision) if card.decision else NOT_CHECKED
    return Found(
        card.topic, card.indicator, occasion.service.hook, occasion.order, card.summary, values, reason
    )  # fmt: skip


def values_of(decision: Decision) -> Iterator[str]:
    """What the card saw, in words; which hook it is stands elsewhere, and is no value of the patient's."""
    for fact in behind(decision):
        told = fact if isinstance(fact, str) else fact.describe()
        if not told.startswith(THE_HOOK):
            yield told


def _doubts(decisions: Iterable[Decision], occasion: Occasion) -> Iterator[tuple[str, str, str]]:
    for decision in decisions:
        reason = doubt(decision)
        if reason:
            yield occasion.name, decision.card.topic, str(reason)
