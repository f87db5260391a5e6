"""Alert burden: which cards a folder of patients gets on which occasion, how often, and why the loudest."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cdshooks.config import Settings, clock
from cdshooks.content.library import Library
from cdshooks.ehr.patients import Record, is_deceased, last_day
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS, silent
from cdshooks.ehr.visit import Visit, gathered
from cdshooks.respond import Response
from cdshooks.review.trace import judged
from cdshooks.rules.cards import Level
from cdshooks.rules.explain import behind
from cdshooks.terms.concepts import Concepts
from cdshooks.terms.dates import Clock


@dataclass(frozen=True)
class Occasion:
    """A hook, and the order that is drafted there."""

    hook: str
    order: str = ""
    drafts: tuple[dict, ...] = ()

    def __str__(self) -> str:
        return f"{self.hook}, {self.order}" if self.order else self.hook


@dataclass(frozen=True)
class Loud:
    """A critical card with what it saw: in words, and the resources that the words are read from."""

    topic: str
    saw: tuple[str, ...]
    refs: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """One patient on one occasion: the cards (topic, indicator), and the critical ones with their reason."""

    patient: str
    deceased: bool
    occasion: str
    cards: tuple[tuple[str, str], ...]
    loud: tuple[Loud, ...]


def occasions(
    hooks: Iterable[str],
    orders: Sequence[str],
    concepts: Callable[[], Concepts] | None = None,
    tell: Callable[[str], None] = silent,
) -> tuple[Occasion, ...]:
    """The chart being opened; and each order by itself, being selected and being signed.

    `concepts` explain orders in words; `tell` hears how they were understood.
    """
    drafts = {name: gathered([name], concepts, tell) for name in orders}
    found = []
    for hook in hooks:
        if hook in HOOKS_WITH_DRAFTS:
            found += [Occasion(hook, name, drafts[name]) for name in orders]
        else:
            found.append(Occasion(hook))
    return tuple(found)


def calls(library: Library, record: Record, on: Iterable[Occasion], settings: Settings) -> Iterator[Call]:
    """One patient on every occasion, on the set day or on that of the last entry."""
    now = opened(record, settings)
    for occasion in on:
        response = judged(library, Visit(record, occasion.hook, now.today, occasion.drafts), settings, now)
        cards = tuple((c["source"]["topic"]["code"], c["indicator"]) for c in response.cards)
        yield Call(record.patient_id, is_deceased(record), str(occasion), cards, tuple(loudest(response)))


def opened(record: Record, settings: Settings) -> Clock:
    day: date = settings.today or last_day(record)
    return Clock(day, clock(settings).zone)


def loudest(response: Response) -> Iterator[Loud]:
    """The critical cards, each with the facts that it rests on."""
    critical = {c["source"]["topic"]["code"] for c in response.cards if c["indicator"] == Level.CRITICAL.word}
    for decision in response.decisions:
        if decision.card.topic in critical:
            seen = list(behind(decision))
            words = (fact if isinstance(fact, str) else fact.describe() for fact in seen)
            refs = (fact.ref for fact in seen if hasattr(fact, "ref"))
            yield Loud(decision.card.topic, tuple(words), tuple(refs))


@dataclass(frozen=True)
class Row:
    """How many patients get a card of this topic, this loud."""

    topic: str
    indicator: str
    patients: int


@dataclass(frozen=True)
class Tally:
    """One occasion over all patients; shares are of the living, because nothing is said of the dead."""

    occasion: str
    living: int
    with_cards: int
    cards: int
    rows: tuple[Row, ...]

    def share(self, patients: int) -> float:
        return patients / self.living if self.living else 0.0


def tally(made: Sequence[Call]) -> list[Tally]:
    """The calls counted by occasion, in the order in which the occasions came."""
    found = []
    for occasion in dict.fromkeys(call.occasion for call in made):
        here = [call for call in made if call.occasion == occasion]
        counted = Counter(card for call in here for card in call.cards)
        rows = sorted((Row(*card, number) for card, number in counted.items()), key=_loudest_first)
        living = sum(not call.deceased for call in here)
        with_cards = sum(bool(call.cards) for call in here)
        found.append(Tally(occasion, living, with_cards, counted.total(), tuple(rows)))
    return found


def _loudest_first(row: Row) -> tuple:
    return (-Level[row.indicator.upper()], -row.patients, row.topic)
