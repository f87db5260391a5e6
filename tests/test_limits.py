"""A call is bounded: in what it holds, in how long it is judged, in memory; and nothing it brought is kept."""

import gzip
import io
import json
import socket
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from types import SimpleNamespace
from unittest.mock import Mock
from urllib.parse import urlencode

import pytest
from flask import request
from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.http.unreader import SocketUnreader

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.errors import Busy, CallerGone, TookTooLong
from cdshooks.protocol.measure import Limits, values_in
from cdshooks.web.places import Places
from cdshooks.web.pulse import LOOK, pulse
from cdshooks.web.sockets import HEAD, LARGE_HEAD, LARGE_HEADS, MOST_HEAD, TimedSocket, timed
from cdshooks.web.waiting import ROOM_SMALL, SMALL, Room, Waiting
from tests.conftest import TODAY
from tests.linear.calls import body
from tests.linear.shapes import resource
from tests.shipped import LIBRARY

CALLS = {"patient-view": "/cds-services/b12-patient-view", "order-select": "/cds-services/b12-order-select"}
app = partial(create_app, Settings(today=TODAY, database="none", access_log=False, max_rows=50, max_codings=200, max_drafts=5, max_dosages=40, max_values=20_000), LIBRARY)


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


def test_the_values_of_a_small_and_of_a_large_body_are_counted_alike():
    some = b'{"a": [1, 2, {}], "b": ",["}'
    assert values_in(some * 50_000) == 50_000 * values_in(some) == 50_000 * values_in(bytearray(some))


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


def test_calls_share_the_places_and_what_fits_into_memory():
    places = Places(values=100_000, seconds=0.01, calls=3)
    places.take(60_000)
    with pytest.raises(Busy):
        places.take(50_000)
    places.take(40_000)
    places.leave(60_000)
    places.take(50_000)
    with pytest.raises(Busy):
        places.take(20_000)
    places.leave(50_000)
    places.leave(40_000)
    places.take(1_000_000)  # alone, even the largest is worked on


def test_small_calls_pass_beside_the_largest_one_as_many_as_there_are_places():
    places = Places(values=100_000, seconds=0.01, calls=4)
    places.take(100_000)
    for _ in range(3):
        places.take(5_000)
    with pytest.raises(Busy):
        places.take(5_000)


def sends_away(told, who) -> bool:
    told.append(who)
    return True


class Clock:
    """Seconds that pass when the test says so, and a quarter of one whenever it is asked."""

    def __init__(self):
        self.now, self.each = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.each
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def room(clock):
    return Room(10 * SMALL, seconds=0, clock=clock)


def test_large_bodies_that_wait_do_not_keep_small_ones_out(room):
    large = Waiting(room, 10 * SMALL)
    with pytest.raises(Busy):
        Waiting(room, 2 * SMALL)
    small = Waiting(room, 1_000)
    assert (room.large, room.small) == (10 * SMALL, 1_000)
    large.end()
    small.end()
    Waiting(room, 2 * SMALL)


def test_bodies_that_drip_make_room_for_one_that_comes(room, clock):
    stopped = []
    drips = [Waiting(room, 500_000, partial(sends_away, stopped, number)) for number in range(ROOM_SMALL // 500_000)]
    with pytest.raises(Busy):
        Waiting(room, 500_000)  # they have just begun
    for _ in range(6):
        clock.now += 0.4
        for drip in drips[1:]:
            drip.add(60_000 if drip is drips[1] else 4_000)
    Waiting(room, 500_000)
    assert (stopped, drips[0].stopped, room.small) == ([0], True, ROOM_SMALL)  # the slowest one, and no more
    while len(stopped) < len(drips) - 1:
        Waiting(room, 500_000)
    with pytest.raises(Busy):
        Waiting(room, 500_000)
    assert not drips[1].stopped  # it brings more a second


def test_a_body_that_is_whole_or_cannot_be_ended_is_not_sent_away(room, clock):
    whole, other = Waiting(room, SMALL - 1, lambda: True), [Waiting(room, SMALL - 1) for _ in range(ROOM_SMALL // SMALL - 1)]
    whole.whole = True
    clock.now += 60
    with pytest.raises(Busy):
        Waiting(room, SMALL)
    assert not any(one.stopped for one in (whole, *other))


def test_a_body_of_which_bytes_are_there_is_not_sent_away_where_we_are_slow(web, connection):
    from cdshooks.web.bodies import _waiting

    reads, theirs = connection()
    with web.application.test_request_context("/", method="POST", data=b"x", environ_overrides={"gunicorn.socket": reads}):
        waits = _waiting()
        theirs.sendall(b"x")
        assert not waits.stop()
        reads.recv(1)
        assert waits.stop()
        assert reads.recv(1) == b""


def test_a_body_can_be_asked_how_fast_it_comes_as_soon_as_others_see_it(clock):
    class Busy(Room):
        def keep(self, body, size):
            super().keep(body, size)
            asked.append(body.is_stalled(self.clock()))

    asked = []
    Waiting(Busy(10 * SMALL, seconds=0, clock=clock), SMALL, stop=lambda: True)
    assert asked == [False]


def test_one_who_waits_for_room_gets_it_as_soon_as_a_body_stalls(clock):
    room, clock.each = Room(10 * SMALL, seconds=5, clock=clock), 0.25
    room._changed.wait = lambda seconds: seconds > 0  # nobody else is there to wait for
    stalls = Waiting(room, 9 * SMALL, lambda: True)
    Waiting(room, 5 * SMALL)
    assert (stalls.stopped, clock.now < 4, room.large) == (True, True, 5 * SMALL)


def test_a_body_of_unsaid_length_has_room_in_three_steps(room):
    comes, steps = Waiting(room, None), []
    for _ in range(30):
        comes.add(SMALL // 10)
        steps.append((room.small, room.large))
    assert list(dict.fromkeys(steps)) == [(SMALL, 0), (0, 10 * SMALL)]
    comes.end()
    assert (room.small, room.large) == (0, 0)


def test_a_place_is_given_back_whatever_becomes_of_the_call(web):
    places, room = (web.application.extensions[f"cdshooks.{name}"] for name in ("places", "room"))
    for sent in (b"{", b"[]", b"{}", json.dumps(body("patient-view", [], [])).encode(), b"[" * 30_000):
        web.post(CALLS["patient-view"], data=sent, content_type="application/json")
        assert (places.taken, room.small, room.large) == ((0, 0), 0, 0)


def test_a_body_that_is_sent_away_is_408_and_nothing_of_it_is_kept(web, connection, monkeypatch):
    reads, _ = connection()
    raw = json.dumps(body("patient-view", [], [])).encode()
    monkeypatch.setattr(Waiting, "add", lambda self, _count: self.stop())
    answer = web.post(CALLS["patient-view"], data=raw, content_type="application/json", environ_overrides={"gunicorn.socket": reads})
    assert (answer.status_code, web.application.extensions["cdshooks.room"].small) == (408, 0)


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
        slow.head_is_read()
        for _ in range(40):
            theirs.sendall(b"x" * 30_000)
            assert len(slow.recv(30_000)) == 30_000
            now[0] += 1


@pytest.fixture
def connection():
    """Makes connections at the beginning of a request, and what the caller holds of each; ends them."""
    with ExitStack() as kept:

        def connect():
            ours, theirs = socket.socketpair()
            reads = kept.enter_context(timed(ours))
            reads.setblocking(True)
            return reads, kept.enter_context(theirs)

        yield connect


def sent(theirs, reads, size):
    """So many bytes, sent and received."""
    for _ in range(size // 8192):
        theirs.sendall(b"x" * 8192)
        reads.recv(8192)


def test_a_head_without_end_is_refused_and_a_body_is_not(connection):
    reads, theirs = connection()
    with pytest.raises(LimitRequestHeaders):
        sent(theirs, reads, MOST_HEAD + 8192)
    reads, theirs = connection()
    sent(theirs, reads, LARGE_HEAD)
    reads.head_is_read()
    sent(theirs, reads, 4 * MOST_HEAD)
    reads.setblocking(False)
    reads.setblocking(True)  # the next request on the same connection
    with pytest.raises(LimitRequestHeaders):
        sent(theirs, reads, MOST_HEAD + 8192)


def test_large_heads_are_few_and_small_ones_pass_beside_them(connection):
    large = [connection() for _ in range(LARGE_HEADS)]
    for reads, theirs in large:
        sent(theirs, reads, LARGE_HEAD + 8192)
    one_more, small = connection(), connection()
    with pytest.raises(LimitRequestHeaders):
        sent(one_more[1], one_more[0], LARGE_HEAD + 8192)
    sent(small[1], small[0], LARGE_HEAD)
    one_more[0].close()
    large[0][0].close()
    again = connection()
    sent(again[1], again[0], LARGE_HEAD + 8192)


def test_a_connection_on_which_nothing_came_takes_no_thread(connection):
    from cdshooks.web.server import Worker

    waits, handled = [], []
    worker = object.__new__(Worker)
    worker.alive = True
    worker.finish_request = lambda conn, future: waits.append(conn)
    worker.tpool = SimpleNamespace(submit=lambda _handle, conn: handled.append(conn) or SimpleNamespace(add_done_callback=lambda _: None))
    silent, theirs = socket.socketpair()
    speaks, they = socket.socketpair()
    they.sendall(b"POST")
    with theirs, they:
        conns = [SimpleNamespace(sock=silent), SimpleNamespace(sock=speaks)]
        for conn in conns:
            worker.enqueue_req(conn)
        assert (waits, handled) == ([conns[0]], [conns[1]])
        worker.enqueue_req(conns[0])  # as when it begins to speak
        assert handled == [conns[1], conns[0]]
        for conn in conns:
            conn.sock.close()


# --- bodies -------------------------------------------------------------------------------------------------------


def chunked(web, raw, reads, theirs):
    """What is answered to a body in these chunks, read as gunicorn reads it."""
    theirs.sendall(raw)
    theirs.shutdown(socket.SHUT_WR)
    reader = ChunkedReader(SimpleNamespace(max_buffer_headers=3_000_000, parse_headers=lambda *_, **__: []), SocketUnreader(reads))
    environ = {"wsgi.input": SimpleNamespace(read=lambda size=-1: reader.read(size if size >= 0 else 1 << 30), reader=reader), "gunicorn.socket": reads, "wsgi.input_terminated": True}
    return web.post(CALLS["patient-view"], headers={"Transfer-Encoding": "chunked", "Content-Type": "application/json"}, environ_overrides=environ)


def in_chunks(raw, size):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (raw[i : i + size] for i in range(0, len(raw), size))) + b"0\r\n"


def test_trailers_are_few_bytes(web, connection):
    whole = in_chunks(json.dumps(body("patient-view", [], [])).encode(), 1000)
    assert chunked(web, whole + b"X: y\r\n\r\n", *connection()).status_code in (200, 412)
    assert chunked(web, whole + b"X: %s\r\n\r\n" % (b"y" * 30_000), *connection()).status_code == 400


def test_chunks_of_a_few_bytes_are_refused_where_they_are_many(web, connection, monkeypatch):
    from cdshooks.web import bodies

    monkeypatch.setattr(bodies, "_BESIDE", 20_000)
    raw = json.dumps(body("patient-view", [], [])).encode()
    assert chunked(web, in_chunks(raw, 1) + b"\r\n", *connection()).status_code in (200, 412)
    answer = chunked(web, in_chunks(raw + b" " * 10_000, 1) + b"\r\n", *connection())
    assert (answer.status_code, "larger ones" in answer.json["issue"][0]["diagnostics"]) == (400, True)


def test_a_body_that_is_shorter_than_it_said_is_not_judged_though_it_is_whole_json(web):
    raw = json.dumps(body("patient-view", [], [])).encode()

    def post(said):
        return web.post(CALLS["patient-view"], input_stream=io.BytesIO(raw), content_type="application/json", environ_overrides={"CONTENT_LENGTH": str(said)}).status_code

    assert (post(len(raw)), post(len(raw) + 5)) == (200, 408)


# --- forms of the page --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page():
    return create_app(Settings(today=TODAY, database="none", access_log=False, page="local"), LIBRARY).test_client()


def form(page, sent, kind):
    return page.post("/feed", data=sent, content_type=kind, base_url="http://127.0.0.1")


def test_a_form_of_many_fields_is_refused_before_it_is_taken_apart(page):
    kind = "application/x-www-form-urlencoded"
    sent = urlencode({"text": json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource("Condition", 1)}]})})
    assert form(page, sent + "&a=" * 999, kind).status_code == 200
    refused = form(page, sent + "&a=" * 300_000, kind)
    assert (refused.status_code, "more than 1000 fields" in refused.text) == (413, True)


def many_values(number: int) -> dict:
    return {"resourceType": "Bundle", "entry": [{"resource": resource("Patient", 1) | {"photo": [{}] * number}}]}


@pytest.mark.parametrize(("path", "values"), [("/", 70_000), ("/why", 70_000), ("/plot", 70_000), ("/answer", 70_000), ("/feed", 110_000)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_page_that_fires_reads_fewer_values_than_a_call_and_none_more_packed_or_not(page, path, values, pack):
    sent = {"file": (BytesIO(pack(json.dumps(many_values(values)).encode())), "record.json")}
    refused = page.post(path, data=sent, base_url="http://127.0.0.1")
    assert (refused.status_code, "values of JSON" in refused.text) == (413, True)


def with_bills(number: int) -> dict:
    bill = {"resourceType": "Claim", "item": [{"sequence": 1}] * number}
    return {"resourceType": "Bundle", "entry": [{"resource": resource("Patient", 1)}, {"resource": bill}]}


@pytest.mark.parametrize(("bills", "status"), [(140_000, 200), (310_000, 413)])
def test_bills_are_not_read_and_so_a_record_may_hold_more_of_them(page, bills, status):
    answer = page.post("/", data={"record": json.dumps(with_bills(bills))}, base_url="http://127.0.0.1")
    assert answer.status_code == status


def test_a_record_of_many_values_takes_of_what_calls_may_hold_and_gives_it_back(page, monkeypatch):
    held, places = [], page.application.extensions["cdshooks.places"]
    monkeypatch.setattr(places, "take", lambda values: held.append(values) or Places.take(places, values))
    page.post("/why", data={"record": json.dumps(many_values(50_000))}, base_url="http://127.0.0.1")
    assert held[0] == Limits().values // 2
    assert places.taken == (0, 0)


def multipart(field: str, content: bytes) -> dict:
    """As bytes: the client of Werkzeug's would put a large one into a file itself."""
    sent = b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n--x--\r\n' % (field.encode(), content)
    return {"data": sent, "content_type": "multipart/form-data; boundary=x", "base_url": "http://127.0.0.1"}


def test_an_uploaded_record_is_never_on_a_disk(page):
    sent = multipart('file"; filename="x.json', b"x" * 2_000_000)
    with page.application.test_request_context("/", method="POST", **sent):
        stream = request.files["file"].stream
        assert (type(stream), len(stream.getvalue())) == (BytesIO, 2_000_000)


@pytest.mark.parametrize("form", [multipart("record", b" " * 4_100_000), {"data": b"record=" + b"+" * 4_100_000, "content_type": "application/x-www-form-urlencoded", "base_url": "http://127.0.0.1"}])
def test_what_is_pasted_is_smaller_than_a_file(page, form):
    refused = page.post("/", **form)
    assert (refused.status_code, "give it as a file" in refused.text) == (413, True)


def test_a_large_form_waits_for_its_turn_and_gives_it_back(page, monkeypatch):
    places = page.application.extensions["cdshooks.form_places"]
    bundle = json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource("Condition", 1)}], "x": "y" * SMALL})
    kind = "application/x-www-form-urlencoded"
    assert form(page, urlencode({"text": bundle}), kind).status_code == 200
    assert places.taken == (0, 0)
    monkeypatch.setattr(places, "take", Mock(side_effect=Busy("no place")))
    assert form(page, urlencode({"text": bundle}), kind).status_code == 503
