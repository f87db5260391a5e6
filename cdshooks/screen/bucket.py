"""One bucket: its patients one after the other, each judged; a patient who cannot be read costs nobody else."""

import hashlib
import hmac
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cdshooks.content.library import Library
from cdshooks.errors import BadInput, BadJson
from cdshooks.protocol.wire import decode
from cdshooks.screen.judge import Found, Occasion, Seen, judged
from cdshooks.screen.quality import Quality
from cdshooks.screen.record import DRUG, pointed_at
from cdshooks.screen.split import DRUGS, patients_in
from cdshooks.screen.tally import Tally
from cdshooks.screen.versions import ending, told_apart
from cdshooks.terms.dates import Clock, moment

NO_PATIENT = "there are rows of a patient, and no Patient among them"
Patient = tuple[list[bytes], Callable[[Iterable[Mapping]], Iterator[Mapping]]]  # lines, and where their drugs are


@dataclass(frozen=True)
class Question:
    """What is asked of every patient. `as_of` None: each on the day of the last thing in the record."""

    library: Library
    occasions: Sequence[Occasion]
    clock: Clock
    as_of: date | None
    ids: bool  # say whose row it is by the resource's id, not by a pseudonym
    salt: bytes
    silence: bool = False  # tell also why cards did not come
    own: Mapping[str, str | None] | None = None  # patient -> the one order that is signed for them; None: all for all
    quality: bool = False  # count what was sent and how it is understood, too

    def of(self, patient_id: str) -> Sequence[Occasion]:
        """The occasions on which this patient is judged."""
        if self.own is None:
            return self.occasions
        return [occasion for occasion in self.occasions if occasion.order in ("", self.own.get(patient_id))]

    def key(self, patient_id: str) -> str:
        """How a row names its patient: the same in one run, unknowable from it."""
        if self.ids:
            return patient_id
        return "p-" + hmac.new(self.salt, patient_id.encode(), hashlib.sha256).hexdigest()[:20]


@dataclass
class Bucketful:
    """What came of one bucket: rows of the table as (patient, day, card), and the counts."""

    rows: list[tuple[str, date, Found]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    silent: list[tuple[str, str, str, str]] = field(default_factory=list)  # (patient, occasion, topic, sentence)
    places: list[str] = field(default_factory=list)  # what was skipped, for the one who runs it
    patients: list[int] = field(default_factory=list)  # a number for each, by which one who comes twice is known


def judge_bucket(path: Path, question: Question) -> Bucketful:
    """All patients of a bucket of an NDJSON register."""
    drugs = Shelf(path.parent / DRUGS)
    return judge_all(((lines, drugs.of) for _, lines in patients_in(path)), question)


def judge_all(patients: Iterable[Patient], question: Question) -> Bucketful:
    """Patients one by one, each given as the lines of the rows that are wanted."""
    found = Bucketful()
    quality = Quality(question.library.concepts) if question.quality else None
    for lines, drugs in patients:
        try:
            seen, patient_id = _judge_one(lines, drugs, question, quality)
        except (BadInput, BadJson) as fault:
            found.tally.faults[fault.issues[0]] += 1
            continue
        found.tally.add(seen)
        found.patients.append(int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest()))
        if not seen.deceased:
            key = question.key(patient_id)
            found.rows += [(key, seen.day, card) for card in seen.cards]
            found.silent += [(key, *told) for told in seen.silent]
    if quality:
        found.tally.sent += quality.told()
    return found


def _judge_one(lines: list[bytes], drugs: Callable, question: Question, quality: Quality | None) -> tuple[Seen, str]:
    told, days, stubs = told_apart(lines)
    rows = decode(b"[%b]" % b",".join(told))
    patient = next((row for row in rows if row["resourceType"] == "Patient"), None)
    if patient is None:
        raise BadInput(NO_PATIENT)
    beside = [row for row in rows if row["resourceType"] == DRUG]  # of a Bundle in a line: no other's drug has its id
    rows = [row for row in rows if row is not patient and row["resourceType"] != DRUG]
    clock = question.clock if question.as_of else Clock(_last_day(days, rows, question.clock), question.clock.zone)
    known = {row.get("id") for row in beside}
    named = [*beside, *(drug for drug in drugs(rows) if drug.get("id") not in known)]
    if quality:
        quality.add([patient, *rows], named)
    rows += [*named, *ending(stubs, rows)]
    identity = patient["id"]
    return judged(question.library, question.of(identity), clock, patient, rows, question.silence), identity


DATED = ("effectiveDateTime", "authoredOn", "recordedDate", "issued")


def _last_day(days: Iterable[str], rows: Iterable[Mapping], clock: Clock) -> date:
    """The day of the last thing in the record that has a date."""
    told = [*days, *(row[key][:10] for row in rows for key in DATED if isinstance(row.get(key), str))]
    found = [m.day for m in (moment(day, clock.zone) for day in told) if m]
    return max(found, default=date(1900, 1, 1))


class Shelf:
    """The Medications of a register, from the shelf that was filled while it was parted."""

    def __init__(self, path: Path):
        self._shelf = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def of(self, rows: Iterable[Mapping]) -> Iterator[Mapping]:
        for identity in sorted(pointed_at(rows)):
            for (row,) in self._shelf.execute("SELECT row FROM drug WHERE id = ?", (identity,)):
                yield decode(row)

    def close(self) -> None:
        self._shelf.close()
