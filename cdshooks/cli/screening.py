"""What `screen` and its kin share on the command line: the question, the work folder, progress, the closing words."""

import hashlib
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import click

from cdshooks.errors import BadInput

A_DAY = timedelta(days=1)  # somewhere it is tomorrow already


@dataclass(frozen=True)
class Asking:
    """The options of a screening, as they were given."""

    source: Path
    as_of: str | None
    orders: tuple[str, ...]
    ids: bool
    cards: str | None
    site: str | None
    workers: int | None
    scheduler: str | None
    work: Path | None
    silence: bool = False
    salt: bytes | None = None
    truth: Path | None = None
    quality: bool = False


@contextmanager
def screened(asking: Asking) -> Iterator:
    """(what came out, the work folder) of a screening; the folder goes when the block ends, unless it was named."""
    from cdshooks.config import clock, read_settings
    from cdshooks.config import now as the_moment
    from cdshooks.content.load import load_library
    from cdshooks.screen.bucket import Question
    from cdshooks.screen.inputs import register
    from cdshooks.screen.run import occasions, screen
    from cdshooks.screen.work import Asked, Work

    settings = read_settings({"today": _day(asking.as_of), "cards": asking.cards, "site": asking.site})
    library, files = load_library(settings.cards, settings.site), register(asking.source)
    asking, own = with_truth(asking)
    now = clock(settings)
    day = None if asking.as_of == "last" else now.today
    if day and day > the_moment().date() + A_DAY:
        click.echo(f"{day} lies ahead: by then results of today are old; is it the day that is meant?", err=True)
    work = Work(asking.work or Path(tempfile.mkdtemp(prefix="cdshooks-screen-")))
    if asking.scheduler and not asking.work:
        raise BadInput("--scheduler needs --work DIR, a folder that all workers of the cluster can read")
    try:
        salt = work.open(_asked(asking, library, files, str(day or "last"), now, Asked), asking.salt)
        question = Question(
            library,
            occasions(library, settings, asking.orders),
            now,
            day,
            asking.ids,
            salt,
            asking.silence,
            own,
            asking.quality,
        )
        with Progress() as tell, ended_by_signals():
            yield _screened(asking, partial(screen, files, question, work, _executor(asking), tell)), work
    finally:
        work.close()
        if asking.work is None:
            work.remove()


def _screened(asking: Asking, screen: Callable):
    import sqlite3

    try:
        return screen()
    except (OSError, sqlite3.Error) as fault:
        why = getattr(fault, "strerror", None) or type(fault).__name__
        where = asking.work or tempfile.gettempdir()
        raise BadInput(f"{where}: cannot be worked in ({why}); make room there, or name a --work elsewhere") from None


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Told to stop, it ends as at Ctrl-C: what it has of patients on the disk is removed first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def with_truth(asking: Asking) -> tuple[Asking, dict[str, str | None] | None]:
    """Where there is a truth: its orders, each for the patient whom it names it for; and why cards did not come."""
    from cdshooks.screen.truth import read_truth

    if asking.truth is None:
        return asking, None
    if asking.orders:
        raise BadInput("--truth names an order for each patient itself; leave --order out")
    own = {patient: told.order for patient, told in read_truth(asking.truth).items()}
    orders = tuple(sorted({order for order in own.values() if order}))
    return replace(asking, orders=orders, silence=True), own


def _day(as_of: str | None) -> date | None:
    if as_of in (None, "last"):
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise BadInput(f"--as-of {as_of}: give a day such as 2026-01-15, or `last`") from None


def _asked(asking: Asking, library, files, day: str, now, kind):
    from cdshooks.content.passed import fingerprint

    read = (*files.ndjson, *files.bundles, *([asking.truth] if asking.truth else ()))
    told = ((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in read)
    return kind(
        source=str(asking.source.resolve()),
        files=tuple(told),
        cards=str(library.path.resolve()),
        site=str(Path(asking.site).resolve()) if asking.site else None,
        content=fingerprint(library.path, Path(asking.site) if asking.site else None),
        as_of=day,
        orders=tuple(asking.orders),
        drafts=_digest(asking.orders),
        ids=asking.ids,
        zone=str(now.zone),
        silence=asking.silence,
        quality=asking.quality,
        truth=str(asking.truth.resolve()) if asking.truth else None,
    )


def _digest(orders: Sequence[str]) -> str:
    """Of what the orders say: a file may say another thing the next time."""
    from cdshooks.ehr.visit import gathered
    from cdshooks.protocol.wire import encode

    return hashlib.sha256(encode([gathered([order]) for order in orders])).hexdigest()


def _executor(asking: Asking):
    if asking.scheduler:
        from cdshooks.screen.dask import run

        return partial(run, address=asking.scheduler, folder=asking.work)
    import os

    from cdshooks.screen.processes import run

    return partial(run, workers=asking.workers or os.cpu_count() or 1)


class Progress:
    """How far it is, with rate and time left, on stderr when somebody looks at it."""

    def __enter__(self) -> "Progress":
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), rate, TimeRemainingColumn())
        self._bar = Bar(*columns, console=console, redirect_stdout=False, disable=not console.is_terminal)
        self._bar.start()
        self._task, self._what, self._begun, self._done = None, "", 0.0, 0
        return self

    def __exit__(self, *_) -> None:
        self._bar.stop()

    def begin(self, what: str, total: int) -> None:
        self._what, self._begun, self._done = what, time.monotonic(), 0
        self._task = self._bar.add_task(what, total=total, rate="")

    def advance(self, by: int) -> None:
        self._done += by
        passed = max(time.monotonic() - self._begun, 0.001)
        rate = f"{self._done / passed / 1e6:.0f} MB/s" if self._what == "Reading" else f"{self._done / passed:.1f}/s"
        self._bar.update(self._task, advance=by, rate=rate)


def write_report(path: Path, asking: Asking, result, rows, truth=None) -> None:
    """The screening as one HTML file."""
    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.screen.out import whole
    from cdshooks.screen.report import Missing, report

    settings = read_settings({"today": _day(asking.as_of), "cards": asking.cards, "site": asking.site})
    library = load_library(settings.cards, settings.site)
    signed = sum(bool(card.page.signatures) for card in library.cards)
    told = {
        "source": asking.source.name,
        "day": "as of each record's last day" if asking.as_of == "last" else f"as of {clock(settings).today}",
        "cards": f"{len(library.cards)}, {'with a site file' if asking.site else 'no site file'}",
        "signed": f"{signed} of {len(library.cards)} cards are clinically signed",
    }
    missing = Missing(result.skipped, result.absent, result.aside)
    page = report(result.tally, library, told, missing, rows, truth)
    with whole(path) as part:
        part.write_text(page, "utf-8")
    click.echo(f"report in {path}", err=True)


def tell_of(result) -> None:
    """The closing words, on stderr: how many, what was skipped, what was set aside."""
    tally = result.tally
    click.echo(
        f"{tally.patients} patients, {tally.deceased} of them deceased; {sum(tally.cards.values())} cards for "
        f"{tally.with_cards} of {tally.living} living patients",
        err=True,
    )
    for (hook, order, topic, indicator), number in sorted(tally.cards.items()):
        click.echo(f"{number:7}  {topic} {indicator}  ({', '.join(filter(None, (hook, order)))})", err=True)
    tell_of_trouble(result)


def tell_of_trouble(result) -> None:
    """What was skipped and what was set aside: whose rows these are may have changed, or lack a card."""
    from cdshooks.screen.tally import most

    if result.absent:
        kinds = ", ".join(result.absent)
        click.echo(f"no row of {kinds} came: all count as having none; look whether the register is whole", err=True)
    for place in (*result.skipped, *result.files):
        click.echo(place, err=True)
    for why, number in most(result.tally.faults):
        click.echo(f"{number:7}  not judged as it should be: {why}", err=True)
    for name, why in result.aside:
        click.echo(f"{name}: set aside: {why}", err=True)


def truth_table(path: Path, result, folder):
    """What is true beside what came out."""
    from cdshooks.screen.truth import read_truth, table

    return table(read_truth(path), result.key, folder.results(result.tasks))
