"""What own fetching costs, and how calls end when the FHIR server misbehaves: `python -m tests.bench.bench_fetch`."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from statistics import median

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.visit import open_visit
from cdshooks.protocol.wire import encode
from tests.fhir_server import Server, chart
from tests.test_fetch import FAULTS, LOW, TODAY, TOKEN, without
from tests.test_prefetch import LIBRARY, SERVICES

CALLS = 20
CONTEXT = {"userId": "Practitioner/x", "patientId": "p"}


def main(calls: int = CALLS) -> None:
    print("| the FHIR server | without cards | beside a card | slowest |\n| --- | --- | --- | --- |")
    slowest, ended = 0.0, Counter()
    for name, (behave, _) in FAULTS.items():
        with Server(behave) as server:
            runs = [list(answers(server.base, prefetch, calls)) for prefetch in (without("results"), without("conditions") | LOW)]
        told = ["/".join(sorted({end for end, _ in run})) for run in runs]
        worst = max(took for run in runs for _, took in run)
        slowest = max(slowest, worst)
        ended.update(end for run in runs for end, _ in run)
        print(f"| {name} | {told[0]} | {told[1]} | {worst * 1000:.0f} ms |", flush=True)
    print(f"\n{sum(ended.values())} calls: {dict(ended)}; slowest {slowest * 1000:.0f} ms")
    costs(calls)


def answers(base: str, prefetch: dict, calls: int) -> Iterator[tuple[str, float]]:
    """How each call ended, and how many seconds it took; each call to a process that knows nothing of the server."""
    for _ in range(calls):
        app = create_app(Settings(today=TODAY, fhir_servers=(base,)), LIBRARY).test_client()
        body = request(prefetch) | {"fhirServer": base, "fhirAuthorization": TOKEN}
        began = time.perf_counter()
        answer = app.post("/cds-services/b12-patient-view", data=encode(body), content_type="application/json")
        yield ending(answer), time.perf_counter() - began


def request(prefetch: dict) -> dict:
    return {
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": CONTEXT, "prefetch": prefetch,
    }  # fmt: skip


def ending(answer) -> str:
    """412 with a reason, a card that says what could not be checked, or what nobody should ever see."""
    if answer.status_code == 412:
        return "412" if "could not be fetched" in answer.text or "fetched answer" in answer.text else "412 WITHOUT REASON"
    topics = {card["source"]["topic"]["code"] for card in answer.json.get("cards", ())}
    return "could not check" if "could-not-check" in topics else f"{answer.status_code} SILENT"


def costs(calls: int) -> None:
    """The same call with everything sent, and with nothing sent, from a server on this machine that answers at once."""
    visit = open_visit(shelf.stories()[0].name, TODAY)
    body = visit.request(SERVICES[visit.hook].prefetch)
    with Server(chart(visit.record)) as server:
        app = create_app(Settings(today=TODAY, fhir_servers=(server.base,), fetch_deadline_ms=5000), LIBRARY).test_client()
        for name, prefetch in (("all sent", body["prefetch"]), ("all fetched", {})):
            data = encode(body | {"prefetch": prefetch, "fhirServer": server.base})
            times = []
            for _ in range(calls):
                began = time.perf_counter()
                assert app.post(f"/cds-services/b12-{visit.hook}", data=data, content_type="application/json").status_code == 200
                times.append(time.perf_counter() - began)
            print(f"{name}: median {median(times) * 1000:.1f} ms, slowest {max(times) * 1000:.1f} ms, {len(server.seen)} queries so far")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
