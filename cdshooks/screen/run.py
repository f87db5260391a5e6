"""A screening from a register to its results: parted into buckets, each judged by some worker, told as they come."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cdshooks.content.library import Library
from cdshooks.ehr.request import HOOKS_WITH_DRAFTS
from cdshooks.ehr.visit import gathered
from cdshooks.protocol.discovery import services
from cdshooks.screen.bucket import Bucketful, Question, judge_bucket
from cdshooks.screen.bundles import judge_files
from cdshooks.screen.inputs import Register
from cdshooks.screen.judge import Occasion
from cdshooks.screen.quality import bounded
from cdshooks.screen.split import MOST_TOLD, Splitter
from cdshooks.screen.tally import Tally
from cdshooks.screen.wanted import Wanted, wanted
from cdshooks.screen.work import Work

BUCKET = 12_000_000  # bytes of a large register for each bucket, as it lies on disk
SMALLEST, ENOUGH = 250_000, 64  # of a small one; so many that a handful of workers end at about the same time
MOST_BUCKETS = 400  # so many files are open at once
FILES = 50  # Bundles that are one task
SIGNED = "order-sign"
NOBODY = "no patient was judged: is this the register?"
UNREAD = "the file is neither NDJSON nor JSON; it was not read"
TWICE = "a patient is in another file, too; each file was judged by itself, and neither may be whole"

Executor = Callable[[Sequence[str], Callable[[str], None]], Iterator[tuple[str, str | None]]]


@dataclass
class Screened:
    """What came out: names of the tasks whose results lie in the work folder, the counts, what was skipped.

    `key` gives the name under which the results tell of a patient.
    """

    tasks: list[str]
    key: Callable[[str], str]
    tally: Tally = field(default_factory=Tally)
    skipped: list[str] = field(default_factory=list)  # lines that were skipped, by their places
    files: list[str] = field(default_factory=list)  # files that were skipped, whose names may be those of patients
    aside: list[tuple[str, str]] = field(default_factory=list)  # tasks that were set aside, and why
    absent: list[str] = field(default_factory=list)  # types that cards ask for, of which no row came


def occasions(library: Library, settings, orders: Sequence[str]) -> tuple[Occasion, ...]:
    """The chart being opened; and each order by itself, being signed."""
    found: list[Occasion] = []
    for service in (s for group in services(library, settings).values() for s in group):
        if service.hook not in HOOKS_WITH_DRAFTS:
            found.append(Occasion(service))
        elif service.hook == SIGNED:
            found += [Occasion(service, name, gathered([name])) for name in orders]
    return tuple(found)


def wanted_by(question: Question) -> Wanted:
    """The rows that some of its occasions may need."""
    services = (occasion.service for occasion in question.occasions)
    drafts = (draft for occasion in question.occasions for draft in occasion.drafts)
    return wanted(services, question.library.concepts, question.quality, drafts)


class Tell:
    """Hears how far it is; says nothing."""

    def begin(self, what: str, total: int) -> None: ...

    def advance(self, by: int) -> None: ...


def screen(register: Register, question: Question, work: Work, run: Executor, tell: Tell) -> Screened:
    """Everything that is not done yet; results lie in the work folder, one for each task."""
    rows = wanted_by(question)
    tasks, told = _part(register, rows, question, work, tell)
    screened = Screened(list(tasks), question.key, skipped=told["skipped"], absent=told["absent"])
    screened.tally.faults.update(told["faults"])
    for path in register.unread:
        screened.tally.faults[UNREAD] += 1
        screened.files.append(f"{path.name}: {UNREAD}")
    todo = [name for name in tasks if not work.is_done(name)]

    def one(name: str) -> None:
        work.done(name, task(name, register, rows, question, work.folder))

    tell.begin("Judging", len(tasks))
    tell.advance(len(tasks) - len(todo))
    for name, why in run(todo, one):
        tell.advance(1)
        if why:
            screened.aside.append((name, why))
    _add_up(screened, work.results(screened.tasks), one_file_each=bool(register.bundles))
    if not screened.tally.patients:
        screened.tally.faults[NOBODY] += 1
    return screened


def _add_up(screened: Screened, results: Iterable[Bucketful], one_file_each: bool) -> None:
    """All counts together. Rows of one patient in NDJSON lie together; with a file each, one may come twice."""
    known: set[int] = set()
    for found in results:
        screened.tally += found.tally
        screened.tally.sent = bounded(screened.tally.sent)
        screened.files += found.places[: max(0, MOST_TOLD - len(screened.files))]
        if one_file_each and (twice := _again(found.patients, known)):
            screened.tally.faults[TWICE] += twice


def _again(patients: Iterable[int], known: set[int]) -> int:
    """How many of them were met before; all are met after."""
    before = len(known)
    patients = list(patients)
    known.update(patients)
    return len(patients) - (len(known) - before)


def task(name: str, register: Register, rows: Wanted, question: Question, folder: Path):
    """One task by its name: a bucket, or so many Bundles."""
    kind, number = name.split("-")
    if kind == "bucket":
        return judge_bucket(folder / f"rows-{number}", rows, question)
    start = int(number) * FILES
    return judge_files(register.bundles[start : start + FILES], rows, question)


def _part(register: Register, rows: Wanted, question: Question, work: Work, tell: Tell):
    """The names of all tasks; the NDJSON is parted unless it was before."""
    tasks = [f"files-{n:04}" for n in range(-(-len(register.bundles) // FILES))]
    if not register.ndjson:
        return tasks, {"skipped": [], "faults": {}, "absent": []}
    told = work.split() or _split(register, rows, question.as_of, work, tell)
    absent = [] if register.bundles else told["absent"]
    return [*(f"bucket-{n:04}" for n in range(told["buckets"])), *tasks], {**told, "absent": absent}


def buckets_for(size: int) -> int:
    """Into how many buckets a register of so many bytes is parted.

    >>> [buckets_for(megabytes * 1_000_000) for megabytes in (0, 4, 25, 83, 870, 420_000)]
    [1, 17, 65, 65, 73, 400]
    """
    return min(MOST_BUCKETS, max(size // BUCKET, min(ENOUGH, size // SMALLEST)) + 1)


def _split(register: Register, rows: Wanted, as_of: date | None, work: Work, tell: Tell) -> Mapping:
    size = sum(path.stat().st_size for path in register.ndjson)
    number = buckets_for(size)
    splitter = Splitter(rows, work.folder, number, dated=as_of is None)
    tell.begin("Reading", size)
    for path in register.ndjson:
        splitter.read(path, tell.advance)
    splitter.close()
    faults = splitter.faults
    told = {"buckets": number, "skipped": faults.told, "faults": dict(faults.count), "absent": splitter.absent()}
    work.was_split(told)
    return told
