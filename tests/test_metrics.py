"""What is counted: the right things under the right names, over all workers, and only where it may be seen."""

import json
import re
import socket

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.observe.metrics import Metrics, NoMetrics, exposition
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.wire import decode
from cdshooks.respond import judge
from cdshooks.rules.answers import NO, UNSURE, YES, Answer, Reason
from cdshooks.rules.cards import Level, Possible
from cdshooks.rules.decide import Decision
from cdshooks.rules.doubt import doubt
from tests import small_library
from tests.serving import fixture, serving
from tests.shipped import LIBRARY


@pytest.fixture
def metrics():
    return Metrics("1.2.3", CollectorRegistry())


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels)


# What is counted ----------------------------------------------------------------------------------------------------


def test_everything_that_is_told_is_counted_under_its_name(metrics):
    metrics.request("call", "x", 200, 0.004)
    metrics.card("x", "topic", "warning")
    metrics.cannot_tell("topic", "not provided")
    metrics.fetch("https://ehr.example", "timeout", 0.3)
    metrics.authentication("accepted", "ehr")
    metrics.feedback("x", ["accepted", "overridden", "overridden"])
    metrics.cards_loaded(3, 23, 1000.0)
    assert value(metrics, "cdshooks_requests_total", endpoint="call", service="x", status="200") == 1
    assert value(metrics, "cdshooks_request_duration_seconds_bucket", endpoint="call", le="0.005") == 1
    assert value(metrics, "cdshooks_request_duration_seconds_bucket", endpoint="call", le="0.0025") == 0
    assert value(metrics, "cdshooks_cards_total", service="x", topic="topic", indicator="warning") == 1
    assert value(metrics, "cdshooks_cannot_tell_total", topic="topic", reason="not provided") == 1
    fetch = {"server": "https://ehr.example", "outcome": "timeout"}
    assert value(metrics, "cdshooks_fetch_duration_seconds_count", **fetch) == 1
    assert value(metrics, "cdshooks_authentications_total", outcome="accepted", client="ehr") == 1
    assert value(metrics, "cdshooks_feedback_total", service="x", outcome="overridden") == 2
    assert value(metrics, "cdshooks_cards_generation") == 3
    assert value(metrics, "cdshooks_cards_in_service") == 23
    assert value(metrics, "cdshooks_cards_loaded_timestamp_seconds") == 1000
    assert value(metrics, "cdshooks_build_info", version="1.2.3") == 1


def test_a_failed_reload_is_seen_until_one_succeeds(metrics):
    metrics.reload("failed")
    assert value(metrics, "cdshooks_reload_failed") == 1
    metrics.reload("done")
    assert value(metrics, "cdshooks_reload_failed") == 0
    assert value(metrics, "cdshooks_reloads_total", outcome="failed") == 1


def test_cards_recorded_and_lost_are_counted_once_also_when_a_late_thread_tells_an_older_count(metrics):
    for recorded, lost in [(5, 0), (5, 0), (9, 2), (3, 1), (10, 2)]:
        metrics.shown(recorded, lost)
    assert value(metrics, "cdshooks_cards_recorded_total") == 10
    assert value(metrics, "cdshooks_cards_lost_total") == 2


def test_no_number_of_servers_makes_the_metrics_grow_without_end(metrics):
    for number in range(1000):
        metrics.fetch(f"https://ehr-{number}.example", "ok", 0.1)
    rows = [line for line in exposition(metrics.registry)[0].decode().splitlines() if "fetch_duration_seconds_sum" in line]
    assert len(rows) == 51


def test_whoever_does_not_look_in_is_told_all_the_same():
    told = [name for name in vars(NoMetrics) if not name.startswith("_")]
    assert told == [name for name in vars(Metrics) if name in told]


# Why a card could not be told -----------------------------------------------------------------------------------------


def answer(can, reason=None, parts=()):
    return Answer(can, None, reason=reason, parts=parts)


SILENT, LOUD = Possible(Level.SILENT, "", "x"), Possible(Level.WARNING, "t", "x")


@pytest.mark.parametrize(
    ("possible", "last", "reason"),
    [
        ((LOUD, SILENT), answer(YES | UNSURE), Reason.NOT_PROVIDED),
        ((LOUD,), answer(UNSURE, Reason.NOT_UNDERSTOOD), None),
        ((SILENT,), answer(NO), None),
        ((SILENT,), answer(UNSURE, Reason.NOT_UNDERSTOOD), Reason.NOT_UNDERSTOOD),
        ((SILENT,), answer(UNSURE, None, (answer(NO), answer(UNSURE, Reason.NOT_UNDERSTOOD))), Reason.NOT_UNDERSTOOD),
    ],
)
def test_the_reason_is_that_of_the_answer_that_kept_the_card_open_or_silent(possible, last, reason):
    class Card:
        matrix = None

    assert doubt(Decision(Card(), possible, ((None, last),))) is reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [("foreign-units", None), ("unit-missing", Reason.NOT_UNDERSTOOD), ("healthy", None)],
)
def test_a_result_that_is_not_understood_is_a_reason(name, reason):
    from cdshooks.config import clock, read_settings
    from cdshooks.protocol.discovery import services

    library = LIBRARY
    body = decode(fixture(name))
    (service,) = [one for ones in services(library, Settings()).values() for one in ones if one.hook == body["hook"]]
    now = clock(read_settings({"today": "2026-01-15"}, {}))
    found = {doubt(decision) for decision in judge(library, service, parse_request(body, service.hook), now).decisions}
    assert Reason.NOT_PROVIDED not in found
    assert reason is None or reason in found


# Where it may be seen ---------------------------------------------------------------------------------------------------


def test_metrics_are_off_unless_somebody_asks():
    assert create_app(Settings(access_log=False), LIBRARY).test_client().get("/metrics").status_code == 404


def test_beside_the_cards_only_where_somebody_says_so():
    web = create_app(Settings(access_log=False, metrics="on"), LIBRARY).test_client()
    web.get("/cds-services")
    answer = web.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert 'cdshooks_requests_total{endpoint="discovery",service="",status="200"} 1.0' in answer.text


def test_an_address_of_their_own_is_the_only_one_that_answers():
    web = create_app(Settings(access_log=False, metrics="127.0.0.1:9464"), LIBRARY).test_client()
    assert web.get("/metrics").status_code == 404
    assert web.get("/metrics", environ_overrides={"SERVER_PORT": "9464"}).status_code == 200
    # What the caller says of the port counts for nothing.
    assert web.get("/metrics", headers={"Host": "127.0.0.1:9464", "X-Forwarded-Port": "9464"}).status_code == 404


# Over all workers -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = ["--workers", "3", "--metrics", f"127.0.0.1:{port}", "--log-format", "json"]
    with serving(folder, *flags, TMPDIR=str(folder)) as running:
        running.metrics_port, running.folder = port, folder
        yield running


def scraped(service) -> dict:
    text = service.call("GET", "/metrics", port=service.metrics_port)[2].decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


CALLS = ("cdshooks_requests_total", "200", "b12-patient-view", "call")


def test_every_worker_is_counted_whoever_is_asked_and_the_dead_stay_counted(service):
    import os
    import signal

    for _ in range(30):
        assert service.fire("low-b12")[0] == 200
    for _ in range(5):
        assert scraped(service)[CALLS] == 30
    for worker in service.workers():
        os.kill(worker, signal.SIGKILL)
    service.until(lambda: len(service.workers()) == 3 and service.get("/healthz"))
    assert service.fire("low-b12")[0] == 200
    found = scraped(service)
    assert found[CALLS] == 31
    assert found[("cdshooks_cards_total", "b12-deficiency", "b12-patient-view", "warning")] == 31
    assert found[("cdshooks_cards_generation",)] == 1
    assert found[("cdshooks_reload_failed",)] == 0


def test_feedback_and_recorded_cards_are_counted(service):
    before = scraped(service)
    entry = {"card": "4e0a3a1e-3c1f-4f0e-9a43-d3e0b3e1c001", "outcome": "overridden", "outcomeTimestamp": "2026-01-15T08:00:00Z"}
    assert service.fire(json.dumps({"feedback": [entry, entry]}).encode(), "b12-patient-view/feedback")[0] == 200
    key = ("cdshooks_feedback_total", "b12-patient-view", "overridden")
    assert scraped(service)[key] - before.get(key, 0) == 2

    def recorded():
        service.fire("low-b12")
        return scraped(service)[("cdshooks_cards_recorded_total",)]

    service.until(recorded)
    assert scraped(service)[("cdshooks_cards_lost_total",)] == 0


def test_the_port_of_the_cards_does_not_answer(service):
    assert service.call("GET", "/metrics")[0] == 404


def test_the_counts_are_gone_when_the_service_is(tmp_path):
    with serving(tmp_path, "--metrics", "on", TMPDIR=str(tmp_path)) as running:
        assert len(list(tmp_path.glob("cdshooks-metrics-*"))) == 1
        running.process.terminate()
        assert running.process.wait(timeout=60) == 0
    assert list(tmp_path.glob("cdshooks-metrics-*")) == []


def test_what_an_earlier_start_left_in_a_given_folder_is_not_counted(tmp_path):
    folder = tmp_path / "counts"
    folder.mkdir()
    (folder / "counter_1.db").write_bytes(b"\0" * 100)
    with serving(tmp_path, "--metrics", "on", PROMETHEUS_MULTIPROC_DIR=str(folder)) as running:
        assert running.call("GET", "/metrics")[0] == 200
        assert not (folder / "counter_1.db").exists()


def test_an_address_for_metrics_that_is_taken_is_told(service, tmp_path):
    from tests.test_cli_serve import run

    cards = ("--cards", str(small_library.write(tmp_path)))
    answer = run("serve", "--port", "0", "--metrics", f"127.0.0.1:{service.metrics_port}", *cards)
    assert answer.returncode == 11
    assert re.search(r"--metrics 127.0.0.1:\d+: cannot listen there .*; choose another with --metrics", answer.stderr)
