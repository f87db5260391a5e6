"""Every Synthea patient of a folder through all three hooks: statuses, cards by topic and indicator, wall time.

    python -m tests.tools.run_synthea ../shared/synthea [--today 2021-04-01]

Folic acid 5 mg daily is selected, and a vitamin B12 injection is signed. Without --today each patient's chart is
opened on the day of the last thing in the record.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import is_deceased, last_day, open_record
from cdshooks.ehr.visit import Visit, gathered

DRAFTS = {"patient-view": (), "order-select": ("folic-acid-5mg-daily",), "order-sign": ("hydroxocobalamin-1mg-im",)}


@dataclass(frozen=True)
class Opened:
    """One patient at one hook: what came back."""

    file: Path
    hook: str
    deceased: bool
    status: int
    cards: tuple[tuple[str, str], ...]


def run(folder: Path, today: date | None = None) -> Iterator[Opened]:
    """Every patient through every hook."""
    library = load_library()
    for file in sorted(folder.rglob("*.json.gz")):
        record = open_record(file)
        day = today or last_day(record)
        client = in_process(create_app(Settings(today=day), library))
        for hook, drafts in DRAFTS.items():
            visit = Visit(record, hook, day, gathered(drafts))
            service = client.service_for(hook)
            status, body = client.call(service["id"], visit.request(service["prefetch"]))
            cards = body.get("cards", ()) if status == 200 else ()
            found = tuple((c["source"]["topic"]["code"], c["indicator"]) for c in cards)
            yield Opened(file, hook, is_deceased(record), status, found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--today", type=date.fromisoformat)
    arguments = parser.parse_args()
    started = perf_counter()
    opened = list(run(arguments.folder, arguments.today))
    print(f"{len({o.file for o in opened})} patients, {len(opened)} calls, {perf_counter() - started:.1f} s")
    print("statuses:", dict(Counter(o.status for o in opened)))
    print("cards for deceased patients:", sum(len(o.cards) for o in opened if o.deceased))
    for (hook, topic, indicator), number in sorted(Counter((o.hook, *c) for o in opened for c in o.cards).items()):
        print(f"{hook:<14} {topic:<24} {indicator:<9} {number:>4}")
    return 0 if all(o.status == 200 for o in opened) else 1


if __name__ == "__main__":
    sys.exit(main())
