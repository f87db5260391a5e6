"""What own fetching takes where a server takes 50 ms for each query, and where it hangs: slow calls by the clock."""

import time
from statistics import quantiles

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.visit import open_visit
from cdshooks.protocol.wire import encode
from tests.bench.bodies import TODAY
from tests.fhir_server import Server, chart

DELAY = 0.05
FIRST = 5  # calls that are not counted


def p99(library, story: str, calls: int) -> tuple[float, int]:
    """Seconds, and how many queries a call made; nothing is sent with the call. The first calls are not counted.

    They import, connect and start threads: of 60 calls the first alone would be the p99.
    """
    visit = open_visit(story, TODAY)
    good = chart(visit.record)

    def slow(asked, one):
        time.sleep(DELAY)
        return good(asked, one)

    with Server(slow) as server:
        times, ends = _calls(library, visit, server, FIRST + calls, fetch_deadline_ms=5000)
        assert set(ends) == {200}, ends
        return quantiles(times[FIRST:], n=100, method="inclusive")[98], len(server.seen) // len(times)


def slowest_beside_a_hung_server(library, story: str, calls: int) -> float:
    """Seconds of the slowest answer, with the deadline as it comes."""
    visit = open_visit(story, TODAY)
    with Server(lambda *_: time.sleep(3)) as server:
        times, ends = _calls(library, visit, server, calls)
        assert 200 not in ends, ends
        return max(times)


def _calls(library, visit, server, calls, **settings):
    told = Settings(today=TODAY, fhir_servers=(server.base,), access_log=False, database="none", **settings)
    app = create_app(told, library).test_client()
    service = next(s for s in app.get("/cds-services").json["services"] if s["hook"] == visit.hook)
    body = encode(visit.request(service["prefetch"]) | {"prefetch": {}, "fhirServer": server.base})
    times, ends = [], []
    for _ in range(calls):
        begun = time.perf_counter()
        ends.append(app.post(f"/cds-services/{service['id']}", data=body, content_type="application/json").status_code)
        times.append(time.perf_counter() - begun)
    return times, ends
