"""What large calls cost, by shape and size, and what a good caller feels beside them: the table of docs/robustness.md.

python -m tests.tools.attack_sizes [MB ...] starts a service of one worker for each row and prints a row for each shape and
size. Seconds are those of the processor, so that other programs on the machine do not count.
"""

import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
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
    "allergies of many reactions": lambda n: ([allergy(i) for i in range(n)], []),
    "one result of many components": lambda n: (
        [longer(resource("Observation", 1, "b12_total") | {"component": [{"code": {"coding": [{"system": "x", "code": "1"}]}, "valueQuantity": {"value": 1, "unit": "ng/L"}}]}, ("component",), n)],
        [],
    ),
}


def allergy(number: int) -> dict:
    made = {"resourceType": "AllergyIntolerance", "id": str(number), "code": {"text": "cobalt"}, "patient": {"reference": "Patient/p1"}}
    return made | {"reaction": [{"substance": {"text": "x"}, "manifestation": [{"text": "y"}] * 5}]}


def sized(shape, hook: str, size: float) -> bytes:
    """A body of about so many bytes."""
    each = len(json.dumps(body(hook, *shape(200)))) / 200
    return json.dumps(body(hook, *shape(max(1, int(size / each))))).encode()


def size_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def peak_of(pid: int) -> float:
    """The most memory that a process ever had, in MB."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def worked(pid: int) -> float:
    """Seconds of a processor that a process has had."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def p99(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.99)] if waits else float("nan")


def beside(service: Service, attacks: list[tuple[bytes, str]]) -> tuple[float, float, Counter]:
    """The largest memory and the p99 of a good caller while these are all sent at once; what was answered to them."""
    (worker,) = service.until(service.workers)
    waits, over, told = [], threading.Event(), Counter()

    def good():
        while not over.is_set():
            start = time.perf_counter()
            assert service.fire("low-b12")[0] == 200
            waits.append(time.perf_counter() - start)

    def attack(sent, name):
        status = 0  # refused while it was still sending
        with contextlib.suppress(OSError):
            status = service.fire(sent, name)[0]
        told[status] += 1

    bad = [threading.Thread(target=attack, args=one) for one in attacks]
    beside_them = threading.Thread(target=good)
    for one in (beside_them, *bad):
        one.start()
    for one in bad:
        one.join()
    over.set()
    beside_them.join()
    return peak_of(worker), p99(waits), told


@contextlib.contextmanager
def one_worker():
    """A service that has answered, as it is out of the box but for its number of workers."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), "--workers", "1") as service:
        for _ in range(20):
            service.fire(fixture("low-b12"))
        yield service


def hook_of(name: str) -> str:
    return "order-select" if name == "drafts" or name.startswith("problems") else "patient-view"


def alone() -> None:
    """A good caller, and nobody else."""
    with one_worker() as service:
        (worker,), waits = service.until(service.workers), []
        for _ in range(200):
            start = time.perf_counter()
            service.fire("low-b12")
            waits.append(time.perf_counter() - start)
        print(f"| nobody | - | - | - | {peak_of(worker):.0f} | {p99(waits):.2f} |", flush=True)


def one_shape(name: str, size: float) -> None:
    """One such call, then four at once."""
    hook = hook_of(name)
    sent = sized(SHAPES[name], hook, size * 1e6)
    with one_worker() as service:
        (worker,) = service.until(service.workers)
        before = worked(worker)
        status = service.fire(sent, f"b12-{hook}")[0]
        took = worked(worker) - before
        most, waited, _ = beside(service, [(sent, f"b12-{hook}")] * 4)
    print(f"| {name} | {len(sent) / 1e6:.1f} | {status} | {took:.2f} | {most:.0f} | {waited:.2f} |", flush=True)


def every_shape(size: float, times: int = 2) -> None:
    """Calls of every shape at once, over and over."""
    attacks = [(sized(shape, hook_of(name), size * 1e6), f"b12-{hook_of(name)}") for name, shape in SHAPES.items()]
    with one_worker() as service:
        (worker,), told = service.until(service.workers), Counter()
        before, waits = worked(worker), []
        for _ in range(times):
            most, waited, answers = beside(service, attacks)
            waits, told = [*waits, waited], told + answers
        took = worked(worker) - before
    said = ", ".join(f"{number} x {status or 'broken off'}" for status, number in sorted(told.items()))
    print(f"| all shapes at once, {times} times | {size:.1f} | {said} | {took:.2f} | {most:.0f} | {max(waits):.2f} |", flush=True)


def main(sizes: list[float]) -> None:
    print("| shape | MB | answer | seconds of a processor | worker MB, four at once | p99 of a good caller beside, s |\n| --- | --- | --- | --- | --- | --- |")
    alone()
    for name in SHAPES:
        for size in sizes:
            one_shape(name, size)
    for size in (*sizes, 3):
        every_shape(size)


if __name__ == "__main__":
    main([float(one) for one in sys.argv[1:]] or [0.5, 5, 19.5])
