"""The log: a line an event that a program can read, with an id that goes through; and what must not stand in it."""

import json
import logging
import re

import pytest
from gunicorn.glogging import Logger

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.observe import logs
from cdshooks.web.server import refusal
from tests.serving import fixture, serving
from tests.shipped import LIBRARY


@pytest.fixture
def app():
    return lambda **settings: create_app(Settings(**({"log_format": "json"} | settings)), LIBRARY)


def lines(capfd) -> list[dict]:
    return [json.loads(line) for line in capfd.readouterr().err.splitlines()]


def fire(app, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    body, kind = fixture("low-b12"), "application/json"
    return app.test_client().post("/cds-services/b12-patient-view", data=body, content_type=kind, headers=headers)


# A line for each request ----------------------------------------------------------------------------------------------


def test_a_call_is_told_with_what_it_came_to(app, capfd):
    fire(app(), X_Request_ID="from-the-proxy.1")
    (line,) = lines(capfd)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("timestamp"))
    assert 0 < line.pop("ms") < 60_000
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "from-the-proxy.1",
        "endpoint": "call",
        "status": 200,
        "service": "b12-patient-view",
        "hook": "patient-view",
        "generation": 1,
        "cards": {"b12-deficiency": 1},
    }


def test_a_request_that_is_refused_is_told_too(app, capfd):
    web = app().test_client()
    web.post("/cds-services/b12-patient-view", json={})
    web.get("/nothing/at/all?here=1")
    first, second = lines(capfd)
    assert (first["status"], first["service"], first["cards"]) == (422, "b12-patient-view", {})
    assert (second["status"], second["endpoint"]) == (404, "unknown")
    assert "nothing" not in str(second)


def test_machines_that_ask_every_second_do_not_fill_the_log(app, capfd):
    app().test_client().get("/readyz")
    assert lines(capfd) == []
    app(log_level="debug").test_client().get("/readyz")
    assert [(line["endpoint"], line["level"]) for line in lines(capfd)] == [("readyz", "debug")]


def test_the_lines_of_requests_can_be_switched_off(app, capfd):
    for settings in ({"access_log": False}, {"log_level": "warning"}):
        fire(app(**settings))
        assert lines(capfd) == []


def test_for_a_terminal_there_are_words(app, capfd):
    fire(app(log_format="text"))
    said = capfd.readouterr().err
    assert "request" in said
    assert "status=200" in said
    assert not said.startswith("{")


def test_a_log_that_cannot_be_written_costs_the_line_and_not_the_call(app, monkeypatch):
    web = app()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logs.os, "write", full)
    assert fire(web).status_code == 200


# The id of a request --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sane", ["a", "0af7651916cd43dd8448eb211c80319c", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "a.b_c-1"])
def test_a_sane_id_goes_through(app, sane):
    assert fire(app(access_log=False), X_Request_ID=sane).headers["X-Request-ID"] == sane


@pytest.mark.parametrize("odd", ["", " ", "a" * 65, 'a"b', "Anna Müller", "<script>", "-a", "a/b", "a\tb"])
def test_another_id_is_replaced(app, odd):
    made = fire(app(access_log=False), X_Request_ID=odd).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", made)


def test_every_answer_has_an_id_of_its_own_a_refusal_too(app):
    web = app(access_log=False).test_client()
    answers = [web.get("/healthz"), web.get("/nothing"), web.delete("/cds-services"), web.post("/cds-services/x")]
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 4


# What others log --------------------------------------------------------------------------------------------------------


@pytest.fixture
def everything(monkeypatch):
    """Logging set up as `serve` does it, and as it was before afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("cdshooks")
    before = root.handlers, root.level, ours.level
    logs.set_up("json", "info", lambda: "an-id")
    yield logging
    root.handlers, level, our_level = before
    root.setLevel(level)
    ours.setLevel(our_level)


def test_what_is_logged_elsewhere_has_the_same_form_and_the_id(everything, capsys):
    logs.set_up("json", "info", lambda: "an-id")
    logging.getLogger("cdshooks").info("reloaded: %s cards", 23)
    logging.getLogger("cdshooks").debug("not told")
    logging.getLogger("somebody").warning("odd")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"], line["logger"], line["request_id"]) for line in told] == [
        ("reloaded: 23 cards", "info", "cdshooks", "an-id"),
        ("odd", "warning", "somebody", "an-id"),
    ]


def canary():
    raise ValueError("canary")


@pytest.mark.parametrize(
    "say",
    [
        lambda log: log.warning("Invalid request from ip=10.0.0.1: Invalid HTTP header: 'canary'"),
        lambda log: log.error("Error handling request %s %s", "GET", "/canary"),
        lambda log: log.error(ValueError("canary")),
    ],
)
def test_what_gunicorn_quotes_of_a_request_is_left_out(everything, say, capsys):
    logs.set_up("json", "info")
    say(logging.getLogger("gunicorn.error"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "canary" not in line
    assert json.loads(line)["level"] in ("warning", "error")


def test_of_an_exception_only_its_kind_is_told(everything, capsys):
    logs.set_up("json", "info")
    try:
        canary()
    except ValueError:
        logging.getLogger("gunicorn.error").exception("Error handling request %s", "/canary")
        logging.getLogger("cdshooks").exception("a fault")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["exception"]) for line in told] == [
        ("Error handling request", "ValueError"),
        ("a fault", "ValueError"),
    ]


def test_gunicorn_has_no_log_of_its_own(tmp_path):
    with serving(tmp_path, "--workers", "1", "--log-format", "json") as service:
        assert service.fire("low-b12")[0] == 200
        service.until(lambda: '"event":"request"' in service.log)
        assert all(json.loads(line) for line in service.log.splitlines())
    assert Logger.__module__ == "gunicorn.glogging"


@pytest.mark.parametrize(
    ("said", "line", "words"),
    [
        (b"HTTP/1.1 431 Request Header Fields Too Large\r\nA: b\r\n\r\n<html>canary", b"HTTP/1.1 431 Request Header Fields Too Large", "100 headers"),
        (b"HTTP/1.1 414 URI Too Long\r\n\r\ncanary", b"HTTP/1.1 414 URI Too Long", "4094 bytes"),
        (b"", b"HTTP/1.1 400 Bad Request", "not HTTP that can be read"),
    ],
)
def test_what_is_no_http_is_refused_in_our_form_and_says_what_to_mend(said, line, words):
    head, _, body = refusal(said).partition(b"\r\n\r\n")
    assert head.startswith(line + b"\r\n")
    told = json.loads(body)
    assert told["resourceType"] == "OperationOutcome"
    assert words in told["issue"][0]["diagnostics"]
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"canary" not in body
