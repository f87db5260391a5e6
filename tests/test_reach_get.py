"""One careful GET over real sockets: whatever the other side does, it ends in time, within bounds, and says why."""

import datetime as dt
import gzip
import logging
import socket
import ssl
import subprocess
import sys
import traceback
import zlib
from ipaddress import ip_address, ip_network

import pytest
from requests.auth import HTTPBasicAuth

from cdshooks.reach import get as getting
from cdshooks.reach.body import CHUNK, read_body
from cdshooks.reach.breaker import Breakers
from cdshooks.reach.budget import Budget
from cdshooks.reach.connect import Guard, look_up, tls_context
from cdshooks.reach.failure import Failure, Kind
from cdshooks.reach.get import Reach
from cdshooks.reach.session import guarded_session
from tests.fhir_server import FHIR, Server, always, drip, hang, http, in_turn, ok, reset

PATIENT = {"resourceType": "Patient", "id": "p"}
CANARY = "canary-9f3c1b"
MEGABYTE = 1_000_000


def get(server, reach=None, seconds=60, each=MEGABYTE, **more):
    return (reach or Reach()).get(f"{server.base}/Patient/p", FHIR, Budget(seconds, each, 4 * each), **more)


def failure(server, **more) -> Failure:
    with pytest.raises(Failure) as failed:
        get(server, **more)
    return failed.value


def test_a_good_answer_comes_as_it_is():
    with Server(always(ok(PATIENT))) as server:
        reply = get(server)
    assert (reply.status, reply.media_type, reply.body) == (200, FHIR, b'{"resourceType":"Patient","id":"p"}')
    (asked,) = server.seen
    assert (asked.path, asked.headers["accept"]) == ("/fhir/Patient/p", FHIR)
    assert {"authorization", "cookie"} & set(asked.headers) == set()


def test_connections_are_kept_for_all_callers_but_nothing_of_anybodys():
    with Server(always(ok(PATIENT, Set_Cookie="who=somebody; Path=/"))) as server:
        reach = Reach()
        for _ in range(3):
            get(server, reach)
    assert (len(server.seen), server.connections) == (3, 1)
    assert [asked.path for asked in server.seen if "cookie" in asked.headers] == []


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with Server(always(ok(PATIENT))) as server:
        assert get(server).status == 200
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("behave", "kind"),
    [
        (hang, Kind.TIMEOUT),
        (drip(ok(PATIENT)), Kind.TIMEOUT),
        (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), Kind.TIMEOUT),
        (always(b"HTTP/1.1 100 Continue\r\n\r\n" * 100_000), Kind.TIMEOUT),
        (reset, Kind.BROKEN),
        (lambda asked, one: None, Kind.BROKEN),
        (always(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Kind.BROKEN),
        (always(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), Kind.BROKEN),
        (always(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), Kind.BROKEN),
        (lambda asked, one: one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), Kind.BROKEN),
        (always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Kind.BROKEN),
        (always(http(200, b"{" + b" " * MEGABYTE * 10)), Kind.TOO_LARGE),
        (always(http(200, gzip.compress(b" " * MEGABYTE * 100, 1), Content_Encoding="gzip")), Kind.TOO_LARGE),
        (always(http(200, b"x" * 100, Content_Encoding="gzip")), Kind.UNUSABLE),
        (always(http(200, gzip.compress(b"{}")[:-9], Content_Encoding="gzip")), Kind.BROKEN),
        (always(http(200, zlib.compress(b"{}"), Content_Encoding="deflate")), Kind.UNUSABLE),
        (always(http(200, b"{}", Content_Encoding="gzip, gzip")), Kind.UNUSABLE),
    ],
    ids=["hangs", "drips its answer", "drips", "says continue for ever", "resets", "hangs up", "speaks SSH", "many headers", "a long header",
         "shorter than said", "broken chunks", "10 MB", "a gzip bomb", "no gzip", "half of a gzip", "deflate", "twice gzip"],
)  # fmt: skip
def test_what_goes_wrong_ends_in_time_and_has_a_kind(behave, kind):
    with Server(behave) as server:
        assert failure(server, seconds=0.4 if kind is Kind.TIMEOUT else 60).kind is kind


def test_a_packed_answer_is_unpacked():
    with Server(always(http(200, gzip.compress(b"[1]" + b" " * 200_000), Content_Encoding="gzip"))) as server:
        assert get(server).body == b"[1]" + b" " * 200_000
    assert server.seen[0].headers["accept-encoding"] == "gzip"


def test_a_bomb_is_unfolded_piece_by_piece():
    """100 MB in one packet: no more than a chunk of it is ever in memory before it is counted."""
    counted = []

    class Counts(Budget):
        def spend(self, count, of_this_answer):
            counted.append(count)
            super().spend(count, of_this_answer)

    class Raw:
        def stream(self, size, decode_content):
            yield gzip.compress(b" " * MEGABYTE * 100, 1)

    with pytest.raises(Failure, match="more than this service takes"):
        read_body(Raw(), "GZIP", Counts(1, MEGABYTE, MEGABYTE))
    assert max(counted) <= CHUNK
    assert sum(counted) <= MEGABYTE + CHUNK


def test_a_server_that_does_not_listen_cannot_be_reached():
    with Server(hang) as server:
        pass
    assert failure(server).kind is Kind.UNREACHABLE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with Server(always(ok(PATIENT))) as other, Server(always(http(status, Location=f"{other.base}/Patient/p"))) as server:
        assert get(server).status == status
    assert other.seen == []


# --- a second try -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_once_more(status):
    with Server(in_turn(always(http(status)), always(ok(PATIENT)))) as server:
        assert get(server).status == 200
    assert len(server.seen) == 2


def test_a_connection_that_breaks_is_tried_once_more():
    with Server(in_turn(reset, always(ok(PATIENT)))) as server:
        assert get(server).status == 200
    assert len(server.seen) == 2


def test_there_is_no_third_try():
    with Server(always(http(503))) as server:
        assert get(server).status == 503
    assert len(server.seen) == 2
    with Server(reset) as server:
        assert failure(server).kind is Kind.BROKEN
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500, 501])
def test_what_another_try_cannot_mend_is_not_tried_again(status):
    with Server(always(http(status))) as server:
        assert get(server).status == status
    assert len(server.seen) == 1


LATER = "Mon, 18 Nov 2999 12:00:00 GMT"  # a fixed one: the workers of a test run must agree on the names of their tests


@pytest.mark.parametrize(("after", "tries"), [("0", 2), ("60", 1), ("600", 1), (LATER, 1), ("Thu, 01 Jan 2015 00:00:00 GMT", 2), ("soon", 2), ("9" * 500, 1), ("Mon, 99 Foo", 2)])
def test_retry_after_is_kept_where_it_fits_into_the_time_that_is_left(after, tries):
    with Server(always(http(429, Retry_After=after))) as server:
        assert get(server).status == 429
    assert len(server.seen) == tries


def test_the_pause_before_the_second_try_is_as_long_as_the_server_asks():
    pauses = []
    with Server(always(http(503, Retry_After="2"))) as server:
        get(server, Reach(pause=pauses.append), seconds=3)
    assert pauses == [2.0]


def test_a_spent_budget_asks_nobody_and_blames_nobody():
    with Server(always(ok(PATIENT))) as server:
        breakers = Breakers(failures=1)
        spent = Budget(0.4, 1, 1, clock=iter((0.0, 9.0, 9.0)).__next__)
        with pytest.raises(Failure, match="400 ms"):
            Reach(breakers=breakers).get(server.base, FHIR, spent)
        assert get(server, Reach(breakers=breakers)).status == 200
    assert len(server.seen) == 1


# --- breaker and observer -----------------------------------------------------------------------------------------


def test_a_server_that_keeps_failing_is_left_alone_and_the_observer_hears_all():
    told = []
    with Server(always(http(500))) as server:
        reach = Reach(observe=lambda *what: told.append(what), breakers=Breakers(failures=2))
        assert [get(server, reach).status for _ in range(2)] == [500, 500]
        assert "left alone" in failure(server, reach=reach).says
    assert len(server.seen) == 2
    assert [(name, kind) for name, kind, _ in told] == [
        (f"http://127.0.0.1:{server.port}", kind) for kind in (Kind.STATUS_5XX, Kind.STATUS_5XX, Kind.RESTING)
    ]
    assert all(0 <= seconds < 1 for *_, seconds in told)


def test_a_session_from_before_a_fork_is_not_used(monkeypatch):
    with Server(always(ok(PATIENT))) as server:
        made = []
        reach = Reach(session=lambda: made.append(guarded_session(Guard(), 1)) or made[-1])
        assert made == []
        get(server, reach)
        get(server, reach)
        monkeypatch.setattr(getting.os, "getpid", lambda: -1)
        get(server, reach)
    assert len(made) == 2


# --- nothing leaks ------------------------------------------------------------------------------------------------


class Canary(HTTPBasicAuth):
    """Puts a token on a request."""

    def __init__(self):
        super().__init__("", "")

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {CANARY}"
        return request


@pytest.mark.parametrize("behave", [hang, reset, always(b"nonsense\r\n\r\n"), always(http(200, b"x", Content_Encoding="br"))])
def test_no_token_and_no_path_is_in_any_log_or_failure(behave, caplog):
    caplog.set_level(logging.DEBUG)
    with Server(behave) as server:
        failed = failure(server, auth=Canary(), seconds=3)
    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    said = caplog.text + repr(failed) + "".join(traceback.format_exception(failed))
    assert (CANARY in said, "/fhir/" in caplog.text, "/fhir/" in failed.says) == (False, False, False)
    assert (failed.__cause__, failed.__context__) == (None, None)


# --- TLS ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority():
    """A certificate authority of our own, and a context for a server that calls itself ehr.example."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ehr.example")])
    long_ago, far = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2049, 1, 1, tzinfo=dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), long_ago, far)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("ehr.example")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    plain = serialization.NoEncryption()
    return pem.decode(), pem + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


@pytest.fixture
def tls(authority, tmp_path):
    """What a server needs, and a reach that trusts it and finds every name on this machine."""
    (tmp_path / "server.pem").write_bytes(authority[1])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem")
    trusting = tls_context.__wrapped__()
    trusting.load_verify_locations(cadata=authority[0])
    guard = Guard([ip_network("127.0.0.0/8")], lambda host, port: [(socket.AF_INET, ("127.0.0.1", port))])
    return server, lambda context=trusting: Reach(session=lambda: guarded_session(guard, 2, context))


def test_over_tls_the_checked_address_is_called_and_the_name_is_still_that_of_the_url(tls):
    context, reach = tls
    with Server(always(ok(PATIENT)), context) as server:
        reply = reach().get(f"https://ehr.example:{server.port}/Patient/p", FHIR, Budget(2, MEGABYTE, MEGABYTE))
    assert reply.status == 200
    assert server.seen[0].headers["host"] == f"ehr.example:{server.port}"


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(tls, host):
    context, reach = tls
    with Server(always(ok(PATIENT)), context) as server, pytest.raises(Failure, match="certificate"):
        reach().get(f"https://{host}:{server.port}/", FHIR, Budget(60, 1, 1))
    assert server.seen == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tls):
    context, reach = tls
    with Server(always(ok(PATIENT)), context) as server, pytest.raises(Failure, match="certificate"):
        reach(tls_context()).get(f"https://ehr.example:{server.port}/", FHIR, Budget(60, 1, 1))
    assert server.seen == []


class Plain:
    """Answers a TLS handshake as a plain HTTP server does."""

    def wrap_socket(self, one, server_side):
        one.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return one


def test_a_server_that_speaks_no_tls_is_not_blamed_for_its_certificate(tls):
    with Server(always(ok(PATIENT)), Plain()) as server, pytest.raises(Failure, match="does not speak TLS"):
        tls[1]().get(f"https://ehr.example:{server.port}/", FHIR, Budget(60, 1, 1))


@pytest.mark.parametrize("behave", [hang, drip(ok(PATIENT))], ids=["hangs", "drips"])
def test_the_deadline_holds_over_tls(tls, behave):
    context, reach = tls
    with Server(behave, context) as server, pytest.raises(Failure, match="400 ms"):
        reach().get(f"https://ehr.example:{server.port}/", FHIR, Budget(0.4, MEGABYTE, MEGABYTE))


def test_the_deadline_holds_for_a_handshake_that_never_ends(tls):
    _, reach = tls
    with Server(hang) as server, pytest.raises(Failure, match="400 ms"):
        reach().get(f"https://ehr.example:{server.port}/", FHIR, Budget(0.4, MEGABYTE, MEGABYTE))


# --- addresses ----------------------------------------------------------------------------------------------------


def test_an_address_that_swallows_packets_leaves_time_for_the_next():
    """The first address answers nobody (its backlog is full); the second does."""
    with socket.create_server(("127.0.0.2", 0), backlog=0) as full:
        port, waiting = full.getsockname()[1], []
        for _ in range(3):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(("127.0.0.2", port))
        with Server(always(ok(PATIENT))) as server:
            both = [(socket.AF_INET, ("127.0.0.2", port)), (socket.AF_INET, ("127.0.0.1", server.port))]
            reach = Reach(Guard((), lambda host, port: both))
            try:
                assert get(server, reach, seconds=4).status == 200
            finally:
                for one in waiting:
                    one.close()


def test_a_forbidden_address_is_never_connected_to():
    for address in ("10.0.0.7", "169.254.169.254", "8.8.8.8"):
        reach = Reach(Guard((), lambda host, port, a=address: [(socket.AF_INET, (a, port))]))
        with pytest.raises(Failure) as refusal:
            reach.get("http://ehr.example/", FHIR, Budget(1, 1, 1))
        assert refusal.value.kind is Kind.ADDRESS


def test_the_lookup_gives_addresses_that_can_be_judged():
    assert [str(ip_address(address[0])) for _, address in look_up("127.1", 80)] == ["127.0.0.1"]


@pytest.mark.parametrize(("servers", "there"), [((), False), (("https://ehr.example/fhir",), True)])
def test_what_asks_servers_is_imported_at_the_start_where_one_may_be_asked_and_nowhere_else(servers, there):
    started = "cdshooks.create_app(cdshooks.config.Settings(database='none', access_log=False, fhir_servers={}))"
    program = f"import sys, cdshooks, cdshooks.config; {started.format(servers)}; print('requests' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(there)
