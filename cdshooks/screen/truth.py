"""The cards that are right for made patients beside those that they get: seen, missed, too loud, false, and why."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.screen.bucket import Bucketful
from cdshooks.screen.compare import SILENT, outcomes
from cdshooks.screen.tally import most

REPLACED = "another card speaks in its place"
FIELDS = {"patient": str, "view": dict, "order": str | None, "ordered": dict}  # all of them needed


@dataclass(frozen=True)
class Truth:
    """Of one patient: the cards that are right as topic -> indicator, on opening and when the one order is signed."""

    view: Mapping[str, str]
    order: str | None
    ordered: Mapping[str, str]


def read_truth(path: Path) -> dict[str, Truth]:
    """Patient's id -> truth, of a file that `make-patients` wrote. Held whole: some hundred bytes a patient."""
    found, wrong = {}, []
    for number, line in enumerate(_text(path).splitlines(), 1):
        told = _told(line)
        if told is None:
            wrong.append(f"{path}, line {number}: needs patient, view, order and ordered, as make-patients writes them")
        else:
            found[told["patient"]] = Truth(told["view"], told["order"], told["ordered"])
    if wrong or not found:
        raise BadInput(*(wrong[:20] or [f"{path}: is empty; name the truth.ndjson beside the patients"]))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{path}: cannot be read ({fault}); name a truth.ndjson") from None


def _told(line: str) -> dict | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    fits = isinstance(told, dict) and all(isinstance(told.get(k, 0), kind) for k, kind in FIELDS.items())
    return told if fits else None


@dataclass
class Line:
    """One topic, when a chart is opened or an order is signed, in patients."""

    topic: str
    hook: str
    right: int = 0  # the card is right for so many
    missed: int = 0  # of them, who did not get it
    level: int = 0  # of them, who got it louder or quieter than is right
    false: int = 0  # who got it though it is not right for them
    why: Counter = field(default_factory=Counter)  # what differs, and by which sentence

    @property
    def sensitivity(self) -> float | None:
        """Share of those for whom the card is right who got it, loud or quiet; None where it is right for nobody."""
        return 1 - self.missed / self.right if self.right else None

    def count(self, right: str, came: str, sentence: str) -> None:
        """One more patient; `right` and `came` are indicators, or silent."""
        self.right += right != SILENT
        if right == came:
            return
        if came == SILENT:
            self.missed += 1
        elif right == SILENT:
            self.false += 1
        else:
            self.level += 1
        self.why[f"{right} is right, {came} came: {sentence}"] += 1


@dataclass(frozen=True)
class Table:
    """All topics; `unseen` patients have a truth and were not judged."""

    lines: tuple[Line, ...]
    patients: int
    unseen: int

    @property
    def agrees(self) -> bool:
        return not self.unseen and not any(line.why for line in self.lines)


def table(truth: Mapping[str, Truth], key: Callable[[str], str], found: Iterable[Bucketful]) -> Table:
    """Truth beside what was found by a screening that told also why cards did not come."""
    by_key = {key(patient): told for patient, told in truth.items()}
    lines: dict[tuple[str, str], Line] = {}
    judged: set[str] = set()
    for bucket in found:
        for (patient, occasion), came in _by_occasion(bucket).items():
            if patient in by_key:
                judged.add(patient)
                _compare(lines, by_key[patient], occasion, came)
    told = tuple(lines[key] for key in sorted(lines) if lines[key].right or lines[key].why)
    return Table(told, len(by_key), len(by_key) - len(judged))


def _by_occasion(bucket: Bucketful) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    found: dict = {}
    for (patient, occasion, topic), told in outcomes(bucket).items():
        found.setdefault((patient, occasion), {})[topic] = told
    return found


def _compare(lines: dict, truth: Truth, occasion: str, came: Mapping[str, tuple[str, str]]) -> None:
    """One patient on one occasion: its name is the hook, and the order where one is signed."""
    hook, _, order = occasion.partition(", ")
    right = truth.ordered if order else truth.view
    for topic in came.keys() | right.keys():
        indicator, sentence = came.get(topic, (SILENT, REPLACED))
        line = lines.setdefault((topic, hook), Line(topic, hook))
        line.count(right.get(topic, SILENT), indicator, sentence)


def in_words(found: Table) -> Iterator[str]:
    """The table as lines of text, then what differs."""
    yield f"{'topic':<28} {'hook':<13} {'right':>6} {'missed':>6} {'level':>6} {'false':>6}  sensitivity"
    for line in found.lines:
        share = "-" if line.sensitivity is None else f"{100 * line.sensitivity:.1f} %"
        numbers = f"{line.right:6} {line.missed:6} {line.level:6} {line.false:6}"
        yield f"{line.topic:<28} {line.hook:<13} {numbers}  {share:>11}"
    for line in found.lines:
        for why, number in most(line.why):
            yield f"{number:7}  {line.topic} ({line.hook}): {why}"
    if found.unseen:
        why = "deceased, skipped, or not in the register"
        yield f"{found.unseen:7}  of {found.patients} patients with a truth were not judged: {why}"
