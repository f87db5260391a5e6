"""Charts that are opened in the tests with a real server: the vignettes, our fixtures, and a sample of Synthea."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from cdshooks.ehr import shelf
from cdshooks.ehr.patients import Record, last_day, open_record, read_record
from cdshooks.ehr.request import hook_context, prefetch
from cdshooks.ehr.visit import gathered, named_visit
from tests.conftest import SHARED, TODAY, shared_files
from tests.tools.run_synthea import DRAFTS

INSTANCE = "6a4b3f1f-7c11-4b0e-9a35-8b3a2f0e6d0c"
SYNTHEA_PATIENTS = 24


@dataclass(frozen=True)
class Opening:
    """One chart opened at one hook on one day, with the context that the hook gives."""

    name: str
    record: Record
    hook: str
    today: date
    context: dict
    told: dict | None = None

    def body(self, templates: dict[str, str], keys: set[str] | None = None) -> dict:
        """The hook request with these keys of the prefetch, or with all."""
        answers = prefetch(self.record, templates, self.context, self.today)
        chosen = {key: value for key, value in answers.items() if keys is None or key in keys}
        return {"hook": self.hook, "hookInstance": INSTANCE, "context": self.context, "prefetch": chosen}


@cache
def vignettes() -> tuple[Opening, ...]:
    found = []
    for file in shared_files("vignettes/V*.json"):
        told = json.loads(file.read_text(encoding="utf-8"))
        record = read_record(told["resources"], told["id"])
        found.append(Opening(told["id"], record, told["hook"], date.fromisoformat(told["today"]), told["context"], told))
    return tuple(found)


@cache
def fixtures() -> tuple[Opening, ...]:
    """Every request and every patient of fixtures/, on the day as of which they are told."""
    found = []
    for name in dict.fromkeys(shelf.request_names() + shelf.patient_names()):
        visit = named_visit(name, TODAY)
        context = hook_context(visit.record, visit.hook, visit.drafts, TODAY, visit.selections)
        found.append(Opening(name, visit.record, visit.hook, TODAY, context))
    return tuple(found)


@cache
def synthea() -> tuple[Opening, ...]:
    """A sample of all three eras at all three hooks, each chart opened on its last day."""
    return tuple(opening for file in sampled() for opening in openings(file))


def sampled() -> list[str]:
    """Files spread evenly over the index, without the longest records, which only take long to load."""
    index = SHARED / "synthea" / "index.csv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8") as text:
        short = sorted(row["file"] for row in csv.DictReader(text) if int(row["n_resources"]) < 450)
    return short[:: max(1, len(short) // SYNTHEA_PATIENTS)][:SYNTHEA_PATIENTS]


def openings(file: str) -> Iterator[Opening]:
    record = open_record(SHARED / "synthea" / file)
    day = last_day(record)
    for hook, drafts in DRAFTS.items():
        context = hook_context(record, hook, gathered(drafts), day)
        yield Opening(f"{file.partition('.')[0]}-{hook}", record, hook, day, context)


def everything() -> tuple[Opening, ...]:
    return (*vignettes(), *fixtures(), *synthea())


def records(openings: tuple[Opening, ...]) -> dict[str, Record]:
    """The patients of these openings, each once, by id."""
    return {opening.record.patient_id: opening.record for opening in openings}
