"""One bucket: its patients one after the other, each judged; a patient who cannot be read costs nobody else."""

import hashlib
import hmac
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cdshooks.content.library import Library
from cdshooks.errors import BadInput, BadJson
from cdshooks.protocol.wire import decode
from cdshooks.reading.newest import standing_versions
from cdshooks.screen.judge import Found, Occasion, Seen, judged
from cdshooks.screen.needless import Drugs, without_needless
from cdshooks.screen.processes import where
from cdshooks.screen.quality import Quality
from cdshooks.screen.record import DRUG, pointed_at
from cdshooks.screen.split import DRUGS, NO_ID, is_id, patients_in
from cdshooks.screen.tally import Tally
from cdshooks.screen.thin import OPENING, Unreadable, head_of, last_day_in, odd_head, quick_kind
from cdshooks.screen.versions import ending, told_apart
from cdshooks.screen.wanted import Wanted
from cdshooks.terms.dates import Clock, moment

AT_ONCE = 500  # ids in one query
A_DRUG = b'%b%b"' % (OPENING, DRUG.encode())
UNLIKE = "a patient came several times, not alike, and nothing says which is newest; the first was used"
NO_PATIENT = "there are rows of a patient, and no Patient among them"
Patient = tuple[list[bytes], Drugs]  # lines, and where their drugs are


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
        return "p-" + hmac.digest(self.salt, patient_id.encode(), "sha256").hex()[:20]


@dataclass
class Bucketful:
    """What came of one bucket: rows of the table as (patient, day, card), and the counts."""

    rows: list[tuple[str, date, Found]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    silent: list[tuple[str, str, str, str]] = field(default_factory=list)  # (patient, occasion, topic, sentence)
    places: list[str] = field(default_factory=list)  # what was skipped, for the one who runs it
    patients: list[int] = field(default_factory=list)  # a number for each, by which one who comes twice is known


def judge_bucket(path: Path, wanted: Wanted, question: Question) -> Bucketful:
    """All patients of a bucket of an NDJSON register."""
    with closing(Shelf(path.parent / DRUGS)) as drugs:
        return judge_all(((lines, drugs.lines) for _, lines in patients_in(path)), wanted, question)


def judge_all(patients: Iterable[Patient], wanted: Wanted, question: Question) -> Bucketful:
    """Patients one by one, each given as the lines of the rows that are wanted."""
    found = Bucketful()
    quality = Quality(question.library.concepts) if question.quality else None
    for lines, drugs in patients:
        try:
            seen, patient_id, alike = _judge_one(lines, drugs, wanted, question, quality)
        except (BadInput, BadJson) as fault:
            found.tally.faults[fault.issues[0]] += 1
            continue
        except Unreadable as fault:
            found.tally.faults[str(fault)] += 1
            continue
        except Exception as fault:  # a fault of ours: it costs one patient, not all of the bucket
            found.tally.faults[f"a patient could not be judged: {type(fault).__name__} in {where(fault)}"] += 1
            continue
        if not alike:
            found.tally.faults[UNLIKE] += 1
        found.tally.add(seen)
        found.patients.append(int.from_bytes(hashlib.blake2b(patient_id.encode(), digest_size=8).digest()))
        if not seen.deceased:
            key = question.key(patient_id)
            found.rows += [(key, seen.day, card) for card in seen.cards]
            found.silent += [(key, *told) for told in seen.silent]
    if quality:
        found.tally.sent += quality.told()
    return found


def _judge_one(
    lines: list[bytes], drugs: Drugs, wanted: Wanted, question: Question, quality: Quality | None
) -> tuple[Seen, str, bool]:
    """What was seen, the patient's id, and whether all Patients among the rows say the same."""
    told, days, stubs = told_apart(lines)
    beside = _own_drugs(told)  # of a Bundle in a line: no other's drug has its id
    told, others = without_needless(told, stubs, wanted, lambda ids: {**drugs(ids), **beside})
    rows = decode(b"[%b]" % b",".join(told))
    patients = standing_versions([row for row in rows if row["resourceType"] == "Patient"])
    if not patients:
        raise BadInput(NO_PATIENT)
    patient = patients[0]
    if not is_id(patient["id"]):
        raise BadInput(NO_ID)
    rows = [row for row in rows if row["resourceType"] not in ("Patient", DRUG)]
    if question.as_of is None:
        days += [last_day_in(head) for line in others if (head := head_of(line))]
    clock = question.clock if question.as_of else Clock(_last_day(days, rows, question.clock), question.clock.zone)
    stubs += [stub for line in others if (stub := wanted.stub_of(quick_kind(line) or "", line))]
    pointed = pointed_at(rows) - beside.keys()
    found = {**drugs(pointed), **beside} if pointed else beside
    named = [decode(line) for _, line in sorted(found.items())]
    if quality:
        quality.add([patient, *rows], named)
    rows += [*named, *ending(stubs, rows)]
    identity = patient["id"]
    seen = judged(question.library, question.of(identity), clock, patient, rows, question.silence)
    return seen, identity, all(_without_meta(other) == _without_meta(patient) for other in patients[1:])


def _without_meta(row: Mapping) -> Mapping:
    return {name: value for name, value in row.items() if name != "meta"}


def _own_drugs(lines: Iterable[bytes]) -> dict[str, bytes]:
    """The Medications among the rows of a patient, by id."""
    found: dict[str, bytes] = {}
    for line in lines:
        if line.startswith(A_DRUG) or not line.startswith(OPENING):
            head = head_of(line) or odd_head(line)
            if head.resourceType == DRUG:
                found.setdefault(head.id or "", line)
    return found


DATED = ("effectiveDateTime", "authoredOn", "recordedDate", "issued")


def _last_day(days: Iterable[str], rows: Iterable[Mapping], clock: Clock) -> date:
    """The day of the last thing in the record that has a date."""
    told = [*days, *(row[key][:10] for row in rows for key in DATED if isinstance(row.get(key), str))]
    found = [m.day for m in (moment(day, clock.zone) for day in told) if m]
    return max(found, default=date(1900, 1, 1))


class Shelf:
    """The Medications of a register, from the shelf that was filled while it was parted."""

    def __init__(self, path: Path):
        # Nobody writes it any more: without looking at that for each patient a third of the time.
        self._shelf = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)

    def of(self, rows: Iterable[Mapping]) -> Iterator[Mapping]:
        """Those to which rows point."""
        return (decode(line) for _, line in sorted(self.lines(pointed_at(rows)).items()))

    def lines(self, ids: Collection[str]) -> dict[str, bytes]:
        """Those of these ids that there are."""
        found, ids = {}, [*ids]
        for some in (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE)):
            places = ",".join("?" * len(some))
            found.update(self._shelf.execute(f"SELECT id, row FROM drug WHERE id IN ({places})", some))
        return found

    def close(self) -> None:
        self._shelf.close()
