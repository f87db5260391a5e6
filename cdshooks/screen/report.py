"""A screening as one HTML file that a clinical lead can read, print and pass on: counts, reasons, then patients."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdshooks.content.library import Library
from cdshooks.feed.count import Counts, fitness
from cdshooks.feed.seen import Fate
from cdshooks.plots.bars import Bars, bars
from cdshooks.plots.draw import STYLE as PLOT_STYLE
from cdshooks.protocol.render import NOT_CHECKED
from cdshooks.rules.cards import Level
from cdshooks.screen.quality import counts_of
from cdshooks.screen.tally import ANY, BANDS, EVERYBODY, Tally, band_of, most
from cdshooks.screen.truth import Table

MOST_PATIENTS = 500  # a page with more is slow to open and to print; the table has all
MOST_LOST = 40  # different things that were not understood; `survey` lists all
LEVELS = ("critical", "warning", "info")
_pages = Environment(loader=PackageLoader("cdshooks.screen"), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True)
class Group:
    """One group of patients: how many, how many get some card, and by topic."""

    name: str
    patients: int
    with_card: int
    topics: Mapping[str, int]

    @property
    def share(self) -> float:
        return 100 * self.with_card / self.patients if self.patients else 0.0


@dataclass(frozen=True)
class Topic:
    """One row of the main table."""

    title: str
    topic: str
    occasion: str
    counts: Mapping[str, int]
    total: int
    per_thousand: float


@dataclass(frozen=True)
class Missing:
    """What is not in the counts: places of lines, types of which no row came, tasks that were set aside, with why."""

    skipped: Iterable[str] = ()
    absent: Sequence[str] = ()
    aside: Iterable[tuple[str, str]] = ()

    @property
    def faults(self) -> Counter:
        says = "a part of the register was set aside, and nobody in it was judged ({})"
        return Counter(says.format(why) for _, why in self.aside)


def report(
    tally: Tally,
    library: Library,
    told: Mapping[str, str],
    missing: Missing,
    rows: Iterable[dict] = (),
    truth: Table | None = None,
) -> str:
    """The page. `told` says what was screened, as of when, by which cards; `rows` are patients, if asked for.

    `truth` are the cards that are right beside those that came, where that is known.
    """
    page, titles = _pages.get_template("report.html.jinja"), {card.topic: card.title for card in library.cards}
    titles[NOT_CHECKED] = "Could not be checked"
    listed = list(islice(rows, MOST_PATIENTS + 1))
    sent = counts_of(tally.sent, tally.patients)
    style = (Path(__file__).parent / "templates" / "report.css").read_text("utf-8") + PLOT_STYLE.read_text("utf-8")
    ages = groups(tally.by_age, [*map(band_of, (BANDS[0] - 1, *BANDS)), band_of(None)])
    months = groups(tally.by_month)
    return page.render(
        tally=tally,
        told=told,
        titles=titles,
        levels=LEVELS,
        topics=topics(tally, titles),
        ages=ages,
        age_bars=bars(drawn(ages), "Patients by age, with and without a card"),
        sexes=groups(tally.by_sex),
        sites=groups(tally.by_site),
        months=months,
        month_bars=bars(drawn(months), "Patients by the month of their last entry") if len(months) > 1 else "",
        doubts=most(tally.doubts),
        quality=bool(tally.sent),
        fit=fitness(sent)[1],
        lost=list(lost(sent).items())[:MOST_LOST],
        odd=most(tally.odd, 30),
        faults=most(tally.faults + missing.faults),
        most_of=most,
        skipped=list(missing.skipped)[:50],
        absent=", ".join(missing.absent),
        truth=truth,
        listed=listed[:MOST_PATIENTS],
        more=len(listed) > MOST_PATIENTS,
        most=MOST_PATIENTS,
        style=style,
        policy=policy(style),
    )


def lost(sent: Counts) -> Counter:
    """What was not understood: (kind, as it was sent, why) -> times, kind by kind; what reads alike is one."""
    found: Counter = Counter()
    for seen, number in sent.of(Fate.NOT_UNDERSTOOD):
        as_sent = " | ".join(filter(None, (seen.unit, seen.text, seen.system, seen.code)))
        found[seen.kind, as_sent, seen.reason] += number
    return found


def policy(style: str) -> str:
    """What the page may do, from a disk as from a server: show this style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def topics(tally: Tally, titles: Mapping[str, str]) -> list[Topic]:
    """The cards by topic and occasion, the loudest and most frequent first."""
    found: dict[tuple[str, str], Counter] = {}
    for (hook, order, topic, indicator), number in tally.cards.items():
        found.setdefault((f"{hook}, {order}" if order else hook, topic), Counter())[indicator] += number
    living = tally.living or 1
    rows = [
        Topic(titles.get(topic, topic), topic, occasion, counts, counts.total(), 1000 * counts.total() / living)
        for (occasion, topic), counts in found.items()
    ]

    def loudest(row: Topic) -> Level:
        return max(Level[name.upper()] for name in row.counts)

    return sorted(rows, key=lambda row: (row.occasion, -loudest(row), -row.total, row.topic))


def groups(counts: Counter, order: Iterable[str] = ()) -> list[Group]:
    """The groups that have patients, in a given order or by name."""
    names = dict.fromkeys([*order, *sorted({name for name, _ in counts})])
    made = (
        Group(
            name or "not told",
            counts[(name, EVERYBODY)],
            counts[(name, ANY)],
            {t: number for (group, t), number in counts.items() if group == name and t not in (EVERYBODY, ANY)},
        )
        for name in names
    )
    return [group for group in made if group.patients]


def drawn(found: Iterable[Group]) -> list[Bars]:
    return [
        Bars(group.name, {"without a card": group.patients - group.with_card, "with a card": group.with_card})
        for group in found
    ]
