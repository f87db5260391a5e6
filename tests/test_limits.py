"""A call is bounded: in what it holds, in how long it is judged, in memory; and nothing it brought is kept."""

import json
import socket
from functools import partial

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.errors import Busy, CallerGone, TookTooLong
from cdshooks.protocol.measure import values_in
from cdshooks.web.places import MOST_LARGE, SMALL, Places, Waiting
from cdshooks.web.pulse import LOOK, pulse
from cdshooks.web.sockets import HEAD, TimedSocket, timed
from tests.conftest import TODAY
from tests.linear.calls import body
from tests.linear.shapes import resource

CALLS = {"patient-view": "/cds-services/b12-patient-view", "order-select": "/cds-services/b12-order-select"}
app = partial(create_app, Settings(today=TODAY, database="none", access_log=False, max_rows=50, max_codings=200, max_drafts=5, max_dosages=40, max_values=20_000))


@pytest.fixture(scope="module")
def web():
    return app().test_client()


def post(web, hook, rows, drafts=()):
    return web.post(CALLS[hook], data=json.dumps(body(hook, list(rows), list(drafts)) | {"extension": {"filling": " " * 50_000}}), content_type="application/json")


def rows(kind, count):
    return [resource(kind, number) for number in range(count)]


@pytest.mark.parametrize(
    ("hook", "found", "drafts", "words"),
    [
        ("patient-view", rows("Observation", 51), (), "resources; this service takes at most 50 (its setting max_rows)"),
        ("patient-view", [resource("Condition", 1) | {"code": {"coding": [{"code": "1"}] * 201}}], (), "codings; this service takes at most 200"),
        ("order-select", (), rows("MedicationRequest", 6), "7 orders; this service takes at most 5 (its setting max_drafts)"),
        ("patient-view", [resource("MedicationRequest", 1) | {"dosageInstruction": [{}] * 41}], (), "41 dosage entries; this service takes at most 40"),
        ("patient-view", [resource("Condition", 1) | {"note": [1] * 20_001}], (), "values; this service takes at most 20000 (its setting max_values)"),
    ],
)
def test_too_much_of_something_is_refused_with_the_number_and_the_limit(web, hook, found, drafts, words):
    answer = post(web, hook, found, drafts)
    assert answer.status_code == 413
    issue, *_ = answer.json["issue"]
    assert (answer.json["resourceType"], issue["code"]) == ("OperationOutcome", "too-costly")
    assert words in " ".join(one["diagnostics"] for one in answer.json["issue"])


def test_what_is_within_all_limits_is_judged(web):
    assert post(web, "order-select", rows("Observation", 30), rows("MedicationRequest", 3)).status_code in (200, 412)


def test_every_fault_of_size_is_told_at_once(web):
    answer = post(web, "order-select", rows("Observation", 60), rows("MedicationRequest", 8))
    assert len(answer.json["issue"]) == 3


def test_the_number_of_values_is_never_told_too_small():
    for value in ([1, [2, {}], {"a": []}], {"a": {"b": [None, True]}, "c": ""}):
        encoded = json.dumps(value, separators=(",", ":")).encode()

        def count(inner):
            return 1 + sum(map(count, inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()))

        assert values_in(encoded) >= count(value) - 2


# --- time ---------------------------------------------------------------------------------------------------------


def test_a_call_that_takes_too_long_is_given_up_with_503_and_never_looks_like_no_cards(monkeypatch, caplog):
    from cdshooks.web import services

    def slow(*_):
        raise TookTooLong("not judged within 5000 ms")

    monkeypatch.setattr(services, "respond", slow)
    stopped = []
    web = app()
    monkeypatch.setattr(web.extensions["cdshooks.metrics"], "stopped", stopped.append)
    answer = post(web.test_client(), "patient-view", ())
    assert (answer.status_code, answer.headers["Retry-After"], answer.json["issue"][0]["code"]) == (503, "5", "timeout")
    assert "cards" not in answer.json
    assert (stopped, "TookTooLong" in caplog.text) == (["timeout"], True)


def test_a_pulse_ends_the_work_when_its_time_is_over():
    now = [0.0]
    beat = pulse(2.0, clock=lambda: now[0])
    beat()
    now[0] = 2.1
    with pytest.raises(TookTooLong, match="2000 ms"):
        beat()


def test_a_pulse_ends_the_work_for_a_caller_who_hung_up_and_for_nobody_else():
    now = [0.0]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        beat = pulse(10.0, ours, clock=lambda: now[0])
        now[0] = LOOK + 1
        beat()
        theirs.sendall(b"POST")  # the next request is already there
        now[0] += 1
        beat()
        assert ours.recv(4) == b"POST"
        theirs.close()
        now[0] += 1
        with pytest.raises(CallerGone):
            beat()


def test_judging_asks_the_pulse_before_every_card():
    from cdshooks.protocol.request import parse_request
    from cdshooks.respond import judge
    from tests.linear.calls import CLOCK, LIBRARY, SERVICES

    beats = []
    service = SERVICES["patient-view"]
    judge(LIBRARY, service, parse_request(body("patient-view", [], []), "patient-view"), CLOCK, pulse=lambda: beats.append(1))
    assert len(beats) == len(service.cards)


# --- places and bytes ---------------------------------------------------------------------------------------------


def test_calls_share_the_places_and_the_values_that_fit_into_memory():
    places = Places(values=100, seconds=0.01, calls=3)
    places.take(60)
    with pytest.raises(Busy):
        places.take(50)
    places.take(40)
    places.leave(60)
    places.take(50)
    with pytest.raises(Busy):
        places.take(20)
    places.leave(50)
    places.leave(40)
    places.take(1_000)  # alone, even the largest is worked on


def test_large_bodies_that_wait_do_not_keep_small_ones_out():
    places = Places(values=100, seconds=0.01)
    large, small = Waiting(places), Waiting(places)
    large.add(MOST_LARGE)
    with pytest.raises(Busy):
        Waiting(places).add(2 * SMALL)
    small.add(1_000)
    large.end()
    small.end()
    Waiting(places).add(2 * SMALL)


def test_a_place_is_given_back_whatever_becomes_of_the_call(web):
    places = web.application.extensions["cdshooks.places"]
    for sent in (b"{", b"[]", b"{}", json.dumps(body("patient-view", [], [])).encode(), b"[" * 30_000):
        web.post(CALLS["patient-view"], data=sent, content_type="application/json")
        assert (places._working, places._held, places._waiting) == (0, 0, [0, 0])


# --- connections --------------------------------------------------------------------------------------------------


def test_a_connection_that_drips_counts_as_reset_when_its_time_is_over(monkeypatch):
    from cdshooks.web import sockets

    now = [0.0]
    monkeypatch.setattr(sockets, "monotonic", lambda: now[0])
    ours, theirs = socket.socketpair()
    with timed(ours) as drips, theirs:
        assert isinstance(drips, TimedSocket)
        drips.setblocking(True)
        for _ in range(9):
            theirs.sendall(b"x")
            now[0] += 1
            assert drips.recv(10) == b"x"
        now[0] = HEAD + 0.1
        theirs.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            drips.recv(10)


def test_a_body_that_comes_steadily_has_as_long_as_it_needs(monkeypatch):
    from cdshooks.web import sockets

    now = [0.0]
    monkeypatch.setattr(sockets, "monotonic", lambda: now[0])
    ours, theirs = socket.socketpair()
    with timed(ours) as slow, theirs:
        slow.setblocking(True)
        for _ in range(40):
            theirs.sendall(b"x" * 30_000)
            assert len(slow.recv(30_000)) == 30_000
            now[0] += 1
