"""Every fault at every query of some charts: how the call ends, and how long it takes.

    python -m tests.real.fault_run        (with HAPI_URL and HAPI_TOKEN as `python -m tests.real.keep` prints them)

prints the table of docs/fetching.md.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process
from cdshooks.protocol.discovery import services
from cdshooks.protocol.render import NOT_CHECKED
from cdshooks.protocol.tokens import resolve
from tests.fhir_server import Server
from tests.real import charts
from tests.real.charts import Opening
from tests.real.faults import FAULTS, HANGS, Between, is_for, standing_between
from tests.real.server import Hapi, already_running
from tests.shipped import LIBRARY

# Milliseconds: the default, and longer, for a machine so busy that the time passes before a query was asked.
DEADLINES = (400, 400, 800, 1600, 3200, 6400)
SAME, TOLD, REFUSED, WRONG = "the same cards", "cards and 'could not check'", "412", "WRONG"
# Cards of each kind, a chart that nothing is said about, and all three hooks.
CHARTS = ("V01", "V18", "healthy", "folic-acid-low-b12", "V43", "metformin-numb-feet")
HANGING_CHARTS = CHARTS[:3]  # each of these takes the whole deadline


@dataclass(frozen=True)
class Run:
    """One fault at one query of one chart."""

    fault: str
    key: str
    chart: str
    ending: str
    seconds: float
    deadline: float
    met: int
    detail: str = ""


def opened(names: Iterable[str]) -> list[Opening]:
    by_name = {opening.name: opening for opening in (*charts.vignettes(), *charts.fixtures())}
    return [by_name[name] for name in names]


@dataclass(frozen=True)
class Chart:
    """A chart without any fault: its cards, and the queries that are asked for them."""

    opening: Opening
    true: set[tuple[str, str]]
    queries: dict[str, str]


@contextmanager
def staged(hapi: Hapi, names: Iterable[str] = CHARTS) -> Iterator[tuple[Between, str, list[Chart]]]:
    """HAPI with something between, the address of that, and the charts as they are on a good day."""
    with contextmanager(standing_between)(hapi) as (between, server):
        charts = [good_day(between, server, opening) for opening in opened(names)]
        yield between, server.base, charts


def good_day(between: Between, server: Server, opening: Opening) -> Chart:
    server.seen.clear()
    true = cards_of(call(server.base, between.hapi, opening, 60_000).answer)
    asked = {
        key: query for key, query in queries(opening).items() if any(is_for(request, query) for request in server.seen)
    }
    return Chart(opening, true, asked)


def run(stage: tuple[Between, str, list[Chart]], fault: str) -> Iterator[Run]:
    """One fault at each query of each chart, one at a time."""
    between, base, charts = stage
    for chart in charts:
        if fault in HANGS and chart.opening.name not in HANGING_CHARTS:
            continue
        for key, query in chart.queries.items():
            yield one(between, base, chart.opening, key, query, fault, chart.true)


def one(between: Between, base: str, opening: Opening, key: str, query: str, fault: str, true: set) -> Run:
    between.query, between.fault, between.met = query, FAULTS[fault], 0
    for deadline in DEADLINES:
        called = call(base, between.hapi, opening, deadline)
        if between.met:
            break
    ended = ending(called.status, called.answer, true)
    detail = str(called.answer) if ended == WRONG else ""
    return Run(fault, key, opening.name, ended, called.seconds, deadline / 1000, between.met, detail)


def queries(opening: Opening) -> dict[str, str]:
    offered = services(LIBRARY, Settings())
    service = next(s for group in offered.values() for s in group if s.hook == opening.hook)
    return {q.key: resolve(q.template, opening.context, opening.today).query for q in service.queries}


@dataclass(frozen=True)
class Called:
    """What a call gave, and how long it took."""

    status: int
    answer: object
    seconds: float


def call(base: str, hapi: Hapi, opening: Opening, deadline: int) -> Called:
    """Nothing is sent, all must be fetched; a fresh service, whose breaker has not seen the faults before."""
    settings = Settings(today=opening.today, fhir_servers=(base,), fetch_deadline_ms=deadline)
    client = in_process(create_app(settings, LIBRARY))
    service = client.service_for(opening.hook)
    body = opening.body({}) | {"fhirServer": base}
    body["fhirAuthorization"] = {
        "access_token": hapi.token, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read",
        "subject": "cdshooks", "patient": opening.record.patient_id,
    }  # fmt: skip
    began = time.perf_counter()
    status, answer = client.call(service["id"], body)
    return Called(status, answer, time.perf_counter() - began)


def cards_of(answer: object) -> set[tuple[str, str]]:
    found = answer.get("cards", ()) if isinstance(answer, dict) else ()
    return {(card["source"]["topic"]["code"], card["indicator"]) for card in found}


def ending(status: int, answer: object, true: set[tuple[str, str]]) -> str:
    """What the caller learns; WRONG is a card that the data do not justify, or one that is missing without a word.

    Beside 'could not check' a card may be less loud than it is with all data: it says that it could not be checked.
    """
    cards = cards_of(answer)
    told = {card for card in cards if card[0] == NOT_CHECKED}
    if status == 412 and answer.get("resourceType") == "OperationOutcome":
        return REFUSED
    if status == 200 and told and {topic for topic, _ in cards - told} <= {topic for topic, _ in true}:
        return TOLD
    return SAME if status == 200 and cards == true else WRONG


def table(runs: list[Run]) -> str:
    """One row for each fault: how its calls ended."""
    lines = [f"| at one query | calls | {SAME} | {TOLD} | {REFUSED} |", "| --- | --- | --- | --- | --- |"]
    for fault in dict.fromkeys(r.fault for r in runs):
        lines.append(row(fault, [r for r in runs if r.fault == fault]))
    return "\n".join([*lines, row("**all**", runs)])


def row(name: str, runs: list[Run]) -> str:
    ends = Counter(r.ending for r in runs)
    return f"| {name} | {len(runs)} | {ends[SAME]} | {ends[TOLD]} | {ends[REFUSED]} |"


def main() -> None:
    with already_running(os.environ["HAPI_URL"], os.environ["HAPI_TOKEN"]) as hapi, staged(hapi) as stage:
        runs = [one for fault in FAULTS for one in run(stage, fault)]
    print(table(runs))
    hung = sorted(r.seconds * 1000 for r in runs if r.fault in HANGS)
    print(f"what hangs: median {hung[len(hung) // 2]:.0f} ms, longest {hung[-1]:.0f} ms")
    wrong = [r for r in runs if r.ending == WRONG or not r.met]
    for r in wrong:
        print("WRONG" if r.met else "never met", r)


if __name__ == "__main__":
    main()
