"""A campaign of hostile calls against the service: `python -m tests.fuzz.campaign --calls 200000`."""

import argparse
import resource
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from random import Random

from tests.fuzz.hostile import Call, call

BATCH = 500


@dataclass
class Tally:
    """What came of many calls: how many of each status, what must never be, the slowest, the memory."""

    statuses: Counter = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    peak_mb: int = 0

    def add(self, other: "Tally") -> "Tally":
        return Tally(
            self.statuses + other.statuses,
            self.faults + other.faults,
            max(self.slowest, other.slowest),
            max(self.peak_mb, other.peak_mb),
        )


_APP: list = []  # made once in each process


def _app():
    if not _APP:
        from cdshooks import create_app
        from cdshooks.config import Settings

        _APP.append(create_app(Settings(today=date(2026, 1, 15), max_body=2_000_000)))
    return _APP[0]


def run(first_seed: int, calls: int = BATCH) -> Tally:
    """The calls of these seeds, one after the other in this process."""
    from werkzeug.test import Client

    client, tally = Client(_app()), Tally()
    for seed in range(first_seed, first_seed + calls):
        one = call(Random(seed))
        began = time.perf_counter()
        status, fault = _answered(client, one)
        tally.statuses[status] += 1
        tally.slowest = max(tally.slowest, (time.perf_counter() - began, seed))
        if fault:
            tally.faults.append((seed, fault))
    tally.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally


def _answered(client, one: Call) -> tuple[int, str]:
    """The status, and what is wrong with the answer, if anything is."""
    answer = client.open(one.path, method=one.method, data=one.body, headers=one.headers)
    with answer:
        return answer.status_code, _fault(one, answer)


def _fault(one: Call, answer) -> str:
    if answer.status_code >= 500:
        return f"{answer.status_code} for {one.method} {one.path[:60]}"
    if one.method in ("HEAD", "OPTIONS"):
        return ""
    body = answer.get_json(silent=True)
    if not isinstance(body, dict):
        return f"{answer.status_code} without a JSON object"
    if answer.status_code >= 400 and body.get("resourceType") != "OperationOutcome":
        return f"{answer.status_code} without an OperationOutcome"
    return ""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2)
    asked = words.parse_args()
    began, total = time.monotonic(), Tally()
    with ProcessPoolExecutor(asked.jobs) as pool:
        for tally in pool.map(run, range(asked.seed, asked.seed + asked.calls, BATCH)):
            total = total.add(tally)
    print(f"{total.statuses.total()} calls in {time.monotonic() - began:.0f} s, {asked.jobs} processes")
    print("statuses:", dict(sorted(total.statuses.items())))
    print(f"slowest {total.slowest[0] * 1000:.0f} ms (seed {total.slowest[1]}); peak memory {total.peak_mb} MB a process")
    print(f"faults: {len(total.faults)}", *(f"  seed {seed}: {fault}" for seed, fault in total.faults[:20]), sep="\n")
    raise SystemExit(bool(total.faults))


if __name__ == "__main__":
    main()
