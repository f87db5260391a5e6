"""What large calls cost, by shape and size, and what a good caller feels beside them: the table of docs/robustness.md.

python -m tests.tools.attack_sizes [MB ...] starts a service of one worker and prints a row for each shape and size.
"""

import contextlib
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.linear.calls import body
from tests.linear.shapes import longer, pointing, resource
from tests.serving import Service, fixture, serving

SHAPES = {
    "Patients in a Bundle": lambda n: ([resource("Patient", i) for i in range(n)], []),
    "one Medication of many codings, many orders": lambda n: (
        [longer(resource("Medication", 1), ("code", "coding"), n), *(pointing("MedicationRequest", i, "Medication/Medication-1") for i in range(n))],
        [],
    ),
    "problems beside administrations": lambda n: (
        [resource(kind, i, name) for i in range(n) for kind, name in (("Condition", "lupus"), ("MedicationAdministration", "vitamin_b12"))],
        [],
    ),
    "drafts": lambda n: ([], [resource("MedicationRequest", i, "folic_acid") for i in range(n)]),
    "results": lambda n: ([resource("Observation", i, "b12_total") for i in range(n)], []),
    "one narrative": lambda n: ([resource("Condition", 1) | {"text": {"div": "x" * 200 * n}}], []),
    "empty objects": lambda n: ([resource("Condition", 1) | {"note": [{}] * 60 * n}], []),
}


def sized(shape, hook: str, size: float) -> bytes:
    """A body of about so many bytes."""
    each = len(json.dumps(body(hook, *shape(200)))) / 200
    return json.dumps(body(hook, *shape(max(1, int(size / each))))).encode()


def size_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def beside(service: Service, sent: bytes, name: str, times: int = 4) -> tuple[int, float, float, float]:
    """Status and seconds of one such call; the largest memory, and the p99 of a good caller, while four are sent at once."""
    (worker,) = service.until(service.workers)
    began = time.perf_counter()
    status, _ = service.fire(sent, name)
    took, waits, most, over = time.perf_counter() - began, [], 0.0, threading.Event()

    def good():
        while not over.is_set():
            start = time.perf_counter()
            assert service.fire("low-b12")[0] == 200
            waits.append(time.perf_counter() - start)

    def watch():
        nonlocal most
        while not over.is_set():
            most = max(most, size_of(worker))
            time.sleep(0.01)

    helpers = [threading.Thread(target=one) for one in (good, watch)]
    def attack():
        with contextlib.suppress(OSError):  # refused while it was still sending
            service.fire(sent, name)

    bad = [threading.Thread(target=attack) for _ in range(times)]
    for one in (*helpers, *bad):
        one.start()
    for one in bad:
        one.join()
    over.set()
    for one in helpers:
        one.join()
    return status, took, most, sorted(waits)[int(len(waits) * 0.99)]


def main(sizes: list[float]) -> None:
    print("| shape | MB | answer | seconds | worker MB, four at once | p99 of a good caller beside, s |\n| --- | --- | --- | --- | --- | --- |")
    for name, shape in SHAPES.items():
        for size in sizes:
            hook = "order-select" if name == "drafts" or name.startswith("problems") else "patient-view"
            sent = sized(shape, hook, size * 1e6)
            with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "--workers", "1") as service:
                for _ in range(20):
                    service.fire(fixture("low-b12"))
                status, took, most, p99 = beside(service, sent, f"b12-{hook}")
            print(f"| {name} | {len(sent) / 1e6:.1f} | {status} | {took:.2f} | {most:.0f} | {p99:.2f} |", flush=True)


if __name__ == "__main__":
    main([float(one) for one in sys.argv[1:]] or [0.5, 5, 19.5])
