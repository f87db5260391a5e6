"""`make bench`: every figure of docs/performance.md, each beside its target and its floor; fails below a floor.

What is served is measured by turns with a static answer on the same server and CPU, in CPU seconds; what is counted,
in function calls. The clock is asked only where a caller waits for something else than a processor.
"""

import argparse
import os
import platform
import sys
from dataclasses import dataclass

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.protocol import wire
from tests.bench import inside, own_fetch, start
from tests.bench.bodies import TODAY, nobody, story
from tests.bench.served import OURS, STATIC, by_turns, ratio, serving

CASES = {
    "patient-view, nobody concerned": ("patient-view", None, 0.9, 0.2),
    "patient-view, two cards": ("patient-view", "folic-acid-already", 0.75, 0.05),
    "order-select, a card": ("order-select", "folic-acid-low-b12", 0.75, 0.05),
    "order-sign, a card": ("order-sign", "folic-acid-sign", 0.75, 0.05),
}
BARE = {"CDSHOOKS_ACCESS_LOG": "false", "CDSHOOKS_METRICS": "off", "CDSHOOKS_DATABASE": "none"}


@dataclass(frozen=True)
class Figure:
    """One row: what is measured, the value, what it should be, and the floor (or ceiling) below which the bench fails."""

    what: str
    value: float
    target: float
    floor: float
    unit: str = ""
    more: bool = True  # more is better
    note: str = ""

    def reaches(self, limit: float) -> bool:
        return self.value >= limit if self.more else self.value <= limit

    def row(self) -> str:
        sign, met = "≥" if self.more else "≤", "yes" if self.reaches(self.target) else "**no**"
        value = f"{self.value:.3g}{self.unit}" if self.value < 100 else f"{self.value:.0f}{self.unit}"
        note = f" ({self.note})" if self.note else ""
        return f"| {self.what} | {value}{note} | {sign} {self.target:g}{self.unit} | {met} | {self.floor:g}{self.unit} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=8)
    options.add_argument("--seconds", type=float, default=1.0, help="of each turn")
    options = options.parse_args()
    library = load_library()
    steps = inside.parts(library, nobody(inside.patient_view(library).prefetch))
    found = [*served(library, options.rounds, options.seconds), *grown(library), *waited(library), *begun()]
    print(f"\n{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}")
    print("\n| step of a patient-view, nobody concerned | CPU | function calls |\n| --- | --- | --- |")
    for name, cost in steps.items():
        print(f"| {name} | {cost.seconds * 1e6:.0f} us | {cost.calls} |")
    print("\n| figure | measured | target | met | floor |\n| --- | --- | --- | --- | --- |")
    for figure in found:
        print(figure.row())
    below = [figure.what for figure in found if not figure.reaches(figure.floor)]
    if below:
        sys.exit(f"\nbelow the floor: {'; '.join(below)}")


def served(library, rounds: int, seconds: float) -> list[Figure]:
    """Ratios of CPU seconds a call, static to ours; with log, metrics and record of cards to without them."""
    cpus, found = sorted(os.sched_getaffinity(0)), []
    discovery = create_app(Settings(today=TODAY, database="none", access_log=False), library).test_client()
    offered = {s["hook"]: s for s in discovery.get("/cds-services").json["services"]}
    with serving(STATIC, cpus[0]) as static, serving(OURS, cpus[0], CDSHOOKS_METRICS="on") as ours, serving(OURS, cpus[0], **BARE) as bare:
        os.sched_setaffinity(0, cpus[1:] or cpus)
        for what, (hook, name, target, floor) in CASES.items():
            templates = offered[hook]["prefetch"]
            body, path = story(name, templates) if name else nobody(templates), f"/cds-services/{offered[hook]['id']}"
            for one in (static, ours, bare):
                one.cpu, one.rates, one.times = [], [], []
            by_turns([static, ours, bare], path, body, rounds, seconds)
            print(f"{what}: static {min(static.cpu) * 1e3:.2f} ms, ours {min(ours.cpu) * 1e3:.2f} ms of CPU a call", flush=True)
            note = f"{len(body) / 1000:.0f} KB; calls a second {ratio(ours.rates, static.rates):.2f}"
            found.append(Figure(f"{what}: of the static answer", ratio(static.cpu, ours.cpu), target, floor, note=note))
            if name is None:
                found.append(Figure(f"{what}: p99 to that of the static answer", ours.p99 / static.p99, 1.2, 6, more=False))
            if hook == "patient-view":
                more = ratio(ours.cpu, bare.cpu) * 100 - 100
                found.append(Figure(f"{what}: log, metrics, record of cards, more by", more, 10, 60, " %", False))
        held = ours.megabytes()
        found.append(Figure("a worker after these calls", held, 80, 150, " MB", False, "RSS, pages shared with the master included"))
    return found


def grown(library) -> list[Figure]:
    """How the work grows with the cards, with the Observations, with the bytes."""
    service = inside.patient_view(library)
    body = nobody(service.prefetch)
    many = inside.tenfold(library)
    once, ten = inside.cost(inside.answering(library, body)), inside.cost(inside.answering(many, nobody(inside.patient_view(many).prefetch)))
    few, thousands = inside.judging(library, 60), inside.judging(library, 6000, runs=3)
    large = nobody(service.prefetch, 10_000_000 // 1_100, 0)
    app = create_app(Settings(today=TODAY, database="none", access_log=False, max_body=20_000_000, max_values=1_000_000), library)
    plain, call = inside.cost(lambda: wire.decode(large), 3), inside.cost(lambda: inside.posting(app, service.id, large), 3)
    cards = f"{len(library.cards)} to {len(many.cards)} cards"
    return [
        Figure(f"{cards}: calls of functions", ten.calls / once.calls, 1.5, 12, " x", False, f"CPU {ten.seconds / once.seconds:.2f} x"),
        Figure("60 to 6,000 Observations, index and decide: calls of functions", thousands.calls / few.calls, 105, 130, " x", False, f"CPU {thousands.seconds / few.seconds:.0f} x"),
        Figure("10 MB of prefetch to its decoding alone, CPU", call.seconds / plain.seconds, 2, 8, " x", False, f"{len(large) / 1e6:.1f} MB"),
    ]


def waited(library) -> list[Figure]:
    """By the clock: a busy machine adds to it."""
    seconds, queries = own_fetch.p99(library, "low-b12", 60)
    hung = own_fetch.slowest_beside_a_hung_server(library, "low-b12", 10)
    return [
        Figure(f"{queries} queries to a server of 50 ms, p99", seconds * 1000, 120, 1500, " ms", False),
        Figure("a server that hangs: the slowest answer", hung * 1000, 500, 1500, " ms", False),
    ]


def begun() -> list[Figure]:
    answer, clock = start.seconds(start.FIRST_ANSWER, 5)
    told, shown = start.seconds(start.HELP, 5)
    return [
        Figure("cold start to the first answer, CPU", answer * 1000, 1000, 6000, " ms", False, f"by the clock {clock * 1000:.0f} ms"),
        Figure("`cdshooks --help`, CPU", told * 1000, 150, 1000, " ms", False, f"by the clock {shown * 1000:.0f} ms"),
    ]


if __name__ == "__main__":
    main()
