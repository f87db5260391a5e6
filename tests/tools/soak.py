"""Half an hour at 70 % of what the service can answer: `python -m tests.tools.soak --minutes 30`; a row for each minute.

At the beginning of each minute it is measured for some seconds how many calls are answered where each caller sends the next
at once; then 70 % of that are sent at even distances, whether or not the ones before were answered. What other programs
take of the machine is in both. Waits are counted from the moment at which a call was due.
"""

import argparse
import http.client
import os
import tempfile
import threading
import time
from collections import Counter
from itertools import cycle
from pathlib import Path
from queue import SimpleQueue

from tests.fuzz.hostile import JSON, SEEDS
from tests.serving import serving
from tests.tools.attack_sizes import peak_of, size_of

CALLERS, SHARE, MEASURED = 8, 0.7, 6.0


def calls() -> list[tuple[str, bytes]]:
    """Path and body of what is sent: the fixtures' requests, and feedback about a card that nobody asks for again."""
    found = []
    for seed in SEEDS:
        body = seed.read_bytes()
        hook = next(name for name in ("patient-view", "order-select", "order-sign") if f'"{name}"'.encode() in body)
        found.append((f"/cds-services/b12-{hook}", body))
    said = b'{"feedback": [{"card": "%b", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T09:00:00Z"}]}'
    one = (f"{found[0][0]}/feedback", said % b"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea")
    return [call for number, call in enumerate(found) for call in ([call, one] if number % 10 == 0 else [call])]


class Callers:
    """Threads that send what is due, each on a connection of its own; `waits` and `told` are of this minute."""

    def __init__(self, port: int):
        self.port, self.due, self.waits, self.told = port, SimpleQueue(), [], Counter()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CALLERS)]
        for one in self.threads:
            one.start()

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while (one := self.due.get()) is not None:
            moment, path, body = one
            try:
                connection.request("POST", path, body, {"Content-Type": JSON})
                answer = connection.getresponse()
                answer.read()
                self.told[answer.status] += 1
            except (OSError, http.client.HTTPException) as fault:
                self.told[type(fault).__name__] += 1
                connection.close()
            self.waits.append(time.perf_counter() - moment)

    def answered(self) -> int:
        return len(self.waits)

    def forget(self) -> None:
        self.waits, self.told = [], Counter()

    def wait(self, count: int) -> None:
        """Until so many have been answered."""
        while self.answered() < count:
            time.sleep(0.01)


def as_many_as_it_can(callers: Callers, sent, seconds: float) -> float:
    """Calls a second where as many are waiting as there are callers."""
    callers.forget()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        while count - callers.answered() < CALLERS:
            callers.due.put((time.perf_counter(), *next(sent)))
            count += 1
        time.sleep(0.001)
    callers.wait(count)
    return count / (time.perf_counter() - began)


def at_even_distances(callers: Callers, sent, rate: float, seconds: float) -> None:
    callers.forget()
    began, count = time.perf_counter(), int(rate * seconds)
    for number in range(count):
        moment = began + number / rate
        time.sleep(max(0.0, moment - time.perf_counter()))
        callers.due.put((moment, *next(sent)))
    callers.wait(count)


def row(minute: int, rate: float, callers: Callers, workers: list[int]) -> str:
    waits = sorted(callers.waits)
    told = ", ".join(f"{number} x {status}" for status, number in sorted(callers.told.items(), key=str))
    memory = " ".join(f"{size_of(pid):.0f}" for pid in workers)
    p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    return f"| {minute} | {rate:.0f} | {told} | {p50:.0f} | {p99:.0f} | {waits[-1] * 1000:.0f} | {memory} | {os.getloadavg()[0]:.1f} |"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=int, default=30)
    words.add_argument("--workers", type=int, default=1)
    asked = words.parse_args()
    print("| minute | calls a second | answers | p50 ms | p99 ms | most ms | MB of each worker | load of the machine |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "--workers", str(asked.workers)) as service:
        workers = service.until(lambda: len(found := service.workers()) == asked.workers and found)
        callers, sent, total = Callers(service.port), cycle(calls()), Counter()
        for minute in range(1, asked.minutes + 1):
            rate = SHARE * as_many_as_it_can(callers, sent, MEASURED)
            at_even_distances(callers, sent, rate, 60 - MEASURED)
            total += callers.told
            print(row(minute, rate, callers, workers), flush=True)
        print(f"in all {dict(total)}; {[round(peak_of(pid)) for pid in workers]} MB at most", flush=True)


if __name__ == "__main__":
    main()
