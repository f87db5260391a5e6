"""A patient whose every word can be told from all others: none of them is in a log, a metric, a file or an error."""

import http.server
import json
import os
import socket
import threading
from pathlib import Path

import pytest

from tests.serving import fixture, serving

NAME, PATIENT, FAMILY, TOKEN, NUMBER = "Canaryella", "canary-pat-7731", "Canaryson", "canary.token.55aa", "173.31337"
CANARIES = [NAME, PATIENT, FAMILY, TOKEN, NUMBER, "canary"]
JSON = {"Content-Type": "application/json"}


class FhirServer(http.server.BaseHTTPRequestHandler):
    """Answers every question about the patient with one of several faults, each of which quotes the patient."""

    asked: tuple = ()

    def do_GET(self):
        type(self).asked += (self.path,)
        kind = len(self.asked) % 4
        body = json.dumps({"resourceType": "OperationOutcome", "text": {"div": f"{NAME} {PATIENT} {TOKEN}"}}).encode()
        self.send_response([500, 403, 200, 302][kind])
        if kind == 3:
            self.send_header("Location", f"http://127.0.0.1:1/{PATIENT}?access_token={TOKEN}")
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if kind != 2 else body[:-5] + b"oops}")

    def log_message(self, *_):
        """Nothing to stderr."""


@pytest.fixture(scope="module")
def fhir_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FhirServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/fhir"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def walked(tmp_path_factory, fhir_server):
    """The service, after it was asked in every way; and all answers that were no success."""
    folder = tmp_path_factory.mktemp("canary")
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics_port = free.getsockname()[1]
    places = {name: str(folder) for name in ("HOME", "XDG_STATE_HOME", "TMPDIR")}
    flags = ["--metrics", f"127.0.0.1:{metrics_port}", "--log-level", "debug", "--fhir-servers", fhir_server]
    with serving(folder, "--workers", "2", "--log-format", "json", *flags, **places) as service:
        answers = [answer for walk in (whole, broken, odd, lacking) for answer in walk(service, fhir_server)]
        not_http(service)
        yield service, answers, service.call("GET", "/metrics", port=metrics_port)[2].decode(), folder


def canary_request(**changes):
    """A hook request all of whose patient's words are canaries, and for which cards fire."""
    text = fixture("low-b12").decode()
    body = json.loads(text)
    patient = body["prefetch"]["patient"]
    text = text.replace(body["context"]["patientId"], PATIENT)
    body = json.loads(text)
    patient = body["prefetch"]["patient"]
    patient["name"] = [{"family": FAMILY, "given": [NAME]}]
    patient["identifier"] = [{"system": "urn:mrn", "value": f"mrn-{PATIENT}"}]
    for bundle in body["prefetch"].values():
        for entry in (bundle or {}).get("entry", []):
            if "valueQuantity" in entry["resource"]:
                entry["resource"]["valueQuantity"]["value"] = float(NUMBER)
    return body | changes


def post(service, path, body, **headers):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = JSON | {name.replace("_", "-"): value for name, value in headers.items()}
    return service.call("POST", path, text, sent)


def whole(service, _server):
    """Calls that succeed: what the cards say is for the caller, and only there."""
    sent = {"Authorization": f"Bearer {TOKEN}", "X_Request_ID": f"{NAME}\t{PATIENT}"}
    status, _, body = post(service, "/cds-services/b12-patient-view", canary_request(), **sent)
    assert status == 200
    assert NUMBER in body.decode()
    yield service.call("GET", f"/cds-services?patient={PATIENT}&access_token={TOKEN}")


def broken(service, _server):
    """What is refused before it is understood."""
    text = json.dumps(canary_request()).encode()
    call = "/cds-services/b12-patient-view"
    yield post(service, call, text[:-20])
    yield post(service, call, text.replace(b'"hook"', b'"hook'))
    yield post(service, call, text.replace(NUMBER.encode(), NUMBER.encode() * 5000))
    yield post(service, call, b"[" * 5000 + text)
    yield post(service, call, text, Content_Type=f"text/{NAME}")
    yield post(service, call, text, Content_Encoding=NAME)
    yield service.call("PUT", call, text, JSON)
    yield service.call("GET", f"/Patient/{PATIENT}?name={NAME}&token={TOKEN}")
    yield service.call("POST", f"/cds-services/b12-patient-view/feedback/{PATIENT}", text, JSON)


def odd(service, _server):
    """What is understood as JSON, with canaries where they do not belong."""
    call = "/cds-services/b12-patient-view"
    words = f"{NAME} {FAMILY} {PATIENT} {TOKEN} {NUMBER}"
    context = {"userId": f"Practitioner/{NAME}", "patientId": PATIENT}
    for changes in (
        {"hook": "order-sign", "context": context | {"draftOrders": {"resourceType": "Bundle"}}},
        {"context": context | {"patientId": f"Patient/{PATIENT} {words}"}},
        {"context": context | {"patientId": {"name": words}}},
        {"context": context | {"encounterId": [words]}},
        {"context": words},
        {"prefetch": words},
        {"hookInstance": {"name": words}},
        {"extension": words},
        {"prefetch": {words: {"resourceType": words}}},
        {"fhirAuthorization": {"access_token": TOKEN, "token_type": words, "expires_in": words, "scope": 5}},
    ):
        yield post(service, call, canary_request(**changes))
    yield post(service, f"{call}/feedback", {"feedback": [{"card": words, "outcome": words, "userComment": words}]})


def lacking(service, server):
    """What lacks data, so that the service asks a FHIR server that answers badly."""
    token = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": NAME}
    for _ in range(6):
        body = canary_request(prefetch={}, fhirServer=server, fhirAuthorization=token)
        yield post(service, "/cds-services/b12-patient-view", body, X_Request_ID="a" * 65)
    assert FhirServer.asked
    yield post(service, "/cds-services/b12-patient-view", canary_request(prefetch={}))


def not_http(service):
    for head in (f"GET /{PATIENT} {TOKEN} HTTP/1.1", f"GET / HTTP/1.1\r\nAuth\x01: Bearer {TOKEN}", f"{NAME} {TOKEN}"):
        with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
            connection.sendall(f"{head}\r\nHost: x\r\n\r\n".encode())
            said = b"".join(iter(lambda: connection.recv(65536), b""))
            assert TOKEN.encode() not in said
            assert b'"OperationOutcome"' in said


def seen_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.casefold() in text.casefold()]


def test_the_walk_came_through_every_kind_of_failure(walked):
    statuses = {status for status, _, _ in walked[1]}
    assert statuses >= {200, 400, 404, 405, 412, 415, 422}


def test_no_error_says_a_word_of_the_patient(walked):
    told = [(status, body.decode()) for status, _, body in walked[1] if status != 200]
    assert [(status, body[:500]) for status, body in told if seen_in(body)] == []


def test_no_header_of_an_answer_does(walked):
    assert [headers for _, headers, _ in walked[1] if seen_in(str(headers))] == []


def test_the_log_does_not(walked):
    service = walked[0]
    assert len(service.log.splitlines()) >= len(walked[1])
    assert all(json.loads(line) for line in service.log.splitlines())
    assert [line for line in service.log.splitlines() if seen_in(line)] == []


def test_the_metrics_do_not(walked):
    assert 'cdshooks_requests_total{endpoint="call",service="b12-patient-view",status="200"} 1.0' in walked[2]
    assert "cdshooks_fetch_duration_seconds_count" in walked[2]
    assert seen_in(walked[2]) == []


def test_no_file_that_the_service_wrote_does(walked):
    folder = walked[3]
    files = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    assert files
    found = {file: seen_in(Path(file).read_bytes().decode("latin-1")) for file in files}
    assert {file: canaries for file, canaries in found.items() if canaries} == {}
