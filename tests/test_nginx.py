"""Behind a real nginx with the configuration of deploy/: TLS, whole requests only, slow clients, several instances."""

import contextlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import MISSING
from tests.serving import ROOT, fixture, serving

CONF = ROOT / "deploy" / "nginx" / "cdshooks.conf"
CALL = "/cds-services/b12-patient-view"


def certificate(folder: Path) -> None:
    """A key and a certificate for localhost that nobody else trusts."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - dt.timedelta(1), now + dt.timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    (folder / "fullchain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def configured(folder: Path, port: int, instances: list[int]) -> Path:
    """The configuration of deploy/ with the places of this test, inside a whole nginx.conf."""
    text = CONF.read_text("utf-8")
    text = re.sub(r"listen \[::\].*\n", "", text).replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = text.replace("/etc/ssl/cdshooks", str(folder)).replace("/var/log/nginx", str(folder))
    servers = "".join(f"server 127.0.0.1:{one};" for one in instances)
    text = re.sub(r"server 127\.0\.0\.1:8000;\n\s*# server .*", servers, text)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    main = f"{user} pid {folder}/nginx.pid; error_log {folder}/main.log; daemon off; worker_processes 1;"
    whole = f"{main} events {{ worker_connections 1024; }} http {{ {paths}\n{text}\n}}"
    (folder / "nginx.conf").write_text(whole)
    return folder / "nginx.conf"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """Two instances of one worker each behind nginx: the port of nginx, and the instances."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        pytest.skip(f"{MISSING}nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    certificate(folder)
    with ExitStack() as stack:
        places = [folder / name for name in ("one", "two")]
        instances = []
        for place in places:
            place.mkdir()
            flags = ["--workers", "1", "--log-format", "json", "--metrics", "on"]
            instances.append(stack.enter_context(serving(place, *flags)))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        conf = configured(folder, port, [one.port for one in instances])
        errors = stack.enter_context((folder / "stderr").open("w"))
        process = stack.enter_context(subprocess.Popen([nginx, "-p", str(folder), "-c", str(conf)], stderr=errors))
        stack.callback(process.terminate)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "stderr").read_text()
                time.sleep(0.1)
        yield port, instances, folder


def connect(port):
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain)


def head(path=CALL, length=0, method="POST", **more):
    lines = [f"{method} {path} HTTP/1.1", "Host: cds.example.org", "Connection: close", f"Content-Length: {length}"]
    lines += ["Content-Type: application/json", *(f"{name.replace('_', '-')}: {value}" for name, value in more.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(connection) -> tuple[int, dict, bytes]:
    text = b"".join(iter(lambda: connection.recv(65536), b""))
    first, _, body = text.partition(b"\r\n\r\n")
    lines = first.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body


def fire(port, **headers):
    body = fixture("low-b12")
    with connect(port) as connection:
        connection.sendall(head(length=len(body), **headers) + body)
        return whole(connection)


def test_a_call_goes_through_with_an_id_of_the_proxy(proxy):
    status, headers, body = fire(proxy[0], X_Request_ID="from-outside")
    assert status == 200
    assert b'"cards"' in body
    assert re.fullmatch("[0-9a-f]{32}", headers["X-Request-ID"])
    assert headers["Strict-Transport-Security"]
    folder = proxy[2]
    until = time.monotonic() + 60
    while headers["X-Request-ID"] not in (folder / "cdshooks.log").read_text() and time.monotonic() < until:
        time.sleep(0.1)
    line = json.loads((folder / "cdshooks.log").read_text().splitlines()[-1])
    assert (line["path"], line["status"], line["request_id"]) == (CALL, 200, headers["X-Request-ID"])


def test_plain_http_and_old_tls_are_not_answered(proxy):
    with socket.create_connection(("127.0.0.1", proxy[0]), timeout=30) as connection:
        connection.sendall(head("/cds-services", method="GET"))
        assert whole(connection)[0] == 400
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", proxy[0]), timeout=30) as plain, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(plain)


def test_metrics_are_not_open_to_the_world(proxy):
    assert proxy[1][0].call("GET", "/metrics")[0] == 200
    with connect(proxy[0]) as connection:
        connection.sendall(head("/metrics", method="GET"))
        assert whole(connection)[0] == 404


def test_both_instances_answer(proxy):
    for _ in range(12):
        assert fire(proxy[0])[0] == 200
    for instance in proxy[1]:
        instance.until(lambda one=instance: one.log.count('"endpoint":"call"') > 2)


@pytest.mark.parametrize("kind", ["headers", "body"])
def test_slow_clients_hold_nobody_up(proxy, kind):
    """A hundred that send their headers or their bodies drop by drop; the service has sixteen threads."""
    port, body = proxy[0], fixture("low-b12")
    begin = head(length=len(body))[:60] if kind == "headers" else head(length=len(body)) + body[:20]
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(port)) for _ in range(100)]
        for connection in slow:
            connection.sendall(begin)
        took = []
        for _ in range(5):
            for connection in slow:
                with contextlib.suppress(OSError):  # nginx has had enough of this one: all the better
                    connection.sendall(b"x")
            begun = time.perf_counter()
            assert fire(port)[0] == 200
            took.append(time.perf_counter() - begun)
        print(f"100 clients with slow {kind}: a call takes {sorted(took)[2] * 1000:.0f} ms, at most {max(took) * 1000:.0f}")


@pytest.mark.parametrize("kind", ["headers", "body"])
def test_of_a_slow_client_the_service_behind_hears_nothing(proxy, kind):
    port, instances, _ = proxy
    before = sum(one.log.count('"event":"request"') for one in instances)
    body = fixture("low-b12")
    with connect(port) as connection:
        connection.sendall(head(length=len(body))[:60] if kind == "headers" else head(length=len(body)) + body[:20])
        time.sleep(0.5)
    assert sum(one.log.count('"event":"request"') for one in instances) == before


def test_what_is_too_large_is_refused_before_it_is_sent(proxy):
    with connect(proxy[0]) as connection:
        connection.sendall(head(length=50_000_000))
        assert whole(connection)[0] == 413


def test_an_instance_that_stops_is_not_missed(proxy):
    """The last test of this file: it stops the first instance."""
    port, (first, second), _ = proxy
    first.process.terminate()
    assert first.process.wait(timeout=60) == 0
    assert [fire(port)[0] for _ in range(10)] == [200] * 10
    assert second.process.poll() is None
