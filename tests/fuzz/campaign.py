"""A campaign of hostile calls: `python -m tests.fuzz.campaign --calls 200000`, over HTTP to a service of its own."""

import argparse
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random

from tests.fuzz import served
from tests.fuzz.hostile import Call, call

BATCH = 500


@dataclass
class Tally:
    """What came of many calls: how many of each status, what must never be, and the slowest (seconds, seed)."""

    statuses: Counter = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)

    def add(self, other: "Tally") -> "Tally":
        return Tally(self.statuses + other.statuses, self.faults + other.faults, max(self.slowest, other.slowest))


def run(send, first_seed: int, calls: int = BATCH) -> Tally:
    """The calls of these seeds, one after the other; `send` takes a Call and gives status and body."""
    tally = Tally()
    for seed in range(first_seed, first_seed + calls):
        one = call(Random(seed))
        began = time.perf_counter()
        status, body = send(one)
        tally.slowest = max(tally.slowest, (time.perf_counter() - began, seed))
        tally.statuses[status] += 1
        if fault := fault_of(one, status, body):
            tally.faults.append((seed, fault))
    return tally


def fault_of(one: Call, status: int, body: bytes) -> str:
    """What an answer must never be: a fault of ours, or a refusal that does not say why."""
    if status >= 500:
        return f"{status} for {one.method} {one.path[:60]}"
    if status == served.CLOSED:
        return "" if len(one.body) > 8_000_000 else f"no answer to {one.method} {one.path[:60]}"
    if one.method in ("HEAD", "OPTIONS"):
        return ""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return f"{status} without a JSON object"
    if status >= 400 and found.get("resourceType") != "OperationOutcome":
        return f"{status} without an OperationOutcome"
    return ""


def over_http(host: str, port: int, first_seed: int) -> Tally:
    return run(served.Connection(host, port).send, first_seed)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--jobs", type=int, default=2)
    asked = words.parse_args()
    began, total = time.monotonic(), Tally()
    with served.service() as (host, port, process), ProcessPoolExecutor(asked.jobs) as pool:
        served.Connection(host, port).send(call(Random(1)))  # the first answer tells that the workers are there
        before = served.peak_mb(process)
        seeds = range(asked.seed, asked.seed + asked.calls, BATCH)
        for tally in pool.map(over_http, [host] * len(seeds), [port] * len(seeds), seeds):
            total = total.add(tally)
        after = served.peak_mb(process)
    print(f"{total.statuses.total()} calls in {time.monotonic() - began:.0f} s")
    print("statuses:", dict(sorted(total.statuses.items())))
    print(f"slowest: {total.slowest[0] * 1000:.0f} ms (seed {total.slowest[1]})")
    print(f"memory of a worker: {before} MB at the start, {after} MB at most")
    print(f"faults: {len(total.faults)}", *(f"  seed {seed}: {fault}" for seed, fault in total.faults[:20]), sep="\n")
    raise SystemExit(bool(total.faults))


if __name__ == "__main__":
    main()
