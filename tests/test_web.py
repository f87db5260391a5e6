"""HTTP in, HTTP out: the right status, always an OperationOutcome when it is not a success, and browsers are let in."""

import datetime as dt
import io
import json
import logging
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from cdshooks import __version__, create_app
from cdshooks.config import Settings
from cdshooks.errors import CardError, DataNotAvailable
from cdshooks.protocol import schema
from cdshooks.web import current as holder
from cdshooks.web import services as view

PAGE = "https://sandbox.cds-hooks.org"
CARD = {"summary": "Look", "indicator": "info", "source": {"topic": {"code": "x"}}, "value": Decimal("2.50")}


@dataclass
class Service:
    """As much of a service as the web needs."""

    hook: str
    id: str = ""

    def for_client(self, dated):
        return self

    def as_discovery(self, version=None):
        return {"id": self.id, "hook": self.hook, "title": "Fake", "description": "A fake service"}


@dataclass
class Library:
    """Stands in for loaded cards."""

    cards: tuple = ("one", "two")


@dataclass
class Answer:
    """Takes the place of `respond`: keeps what it was given, and answers or fails as told."""

    cards: list = field(default_factory=list)
    decisions: tuple = ()
    fails: Exception | None = None
    seen: list = field(default_factory=list)

    def __call__(self, library, service, request, clock, fetch, fhir_version=None, pulse=None):
        self.seen.append((library, service, request, clock))
        if self.fails:
            raise self.fails
        return self


@pytest.fixture
def answer(monkeypatch):
    answer = Answer([CARD])
    monkeypatch.setattr(view, "respond", answer)
    return answer


@pytest.fixture
def client(monkeypatch, answer):
    """A browser's view of the app; called with settings for an app of another kind."""

    def open_app(offered=None, **settings):
        offered = offered or {f"x-{hook}": (Service(hook, f"x-{hook}"),) for hook in ("patient-view", "order-sign")}
        monkeypatch.setattr(holder, "services", lambda _library, _settings: offered)
        return create_app(Settings(**{"database": "none"} | settings), library=Library()).test_client()

    return open_app


def body(hook="patient-view", **more):
    context = {"userId": "Practitioner/1", "patientId": "p1"}
    if hook != "patient-view":
        context["draftOrders"] = {"resourceType": "Bundle"}
    return {"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context, **more}


def refused(answer, status):
    """The texts of an answer that is an OperationOutcome with this status."""
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert answer.json["resourceType"] == "OperationOutcome"
    assert {issue["severity"] for issue in answer.json["issue"]} == {"error"}
    return [issue["diagnostics"] for issue in answer.json["issue"]]


# Answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.proves("json-1", "disc-1")
def test_discovery_lists_every_service_as_the_schema_says(client):
    found = client().get("/cds-services")
    assert (found.status_code, found.content_type) == (200, "application/json")
    assert [service["id"] for service in found.json["services"]] == ["x-patient-view", "x-order-sign"]
    assert schema.faults("discovery", found.json) == []


@pytest.mark.proves("json-1", "resp-1", "json-4", "disc-11")
def test_a_call_returns_the_cards_with_their_digits(client, answer):
    reply = client(today=dt.date(2026, 1, 15), timezone="Asia/Tokyo").post("/cds-services/x-patient-view", json=body())
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert reply.get_data(as_text=True) == (
        '{"cards":[{"summary":"Look","indicator":"info","source":{"topic":{"code":"x"}},"value":2.50}]}'
    )
    ((library, service, request, clock),) = answer.seen
    assert (library, service.id, request.patient_id) == (Library(), "x-patient-view", "p1")
    assert (clock.today, str(clock.zone)) == (dt.date(2026, 1, 15), "Asia/Tokyo")


@pytest.mark.proves("resp-1")
def test_no_cards_are_an_empty_list(client, answer):
    answer.cards = []
    assert client().post("/cds-services/x-patient-view", json=body()).json == {"cards": []}


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/fhir+json", "Application/JSON"])
def test_each_way_to_say_json_is_understood(client, kind):
    reply = client().post("/cds-services/x-patient-view", data=json.dumps(body()), content_type=kind)
    assert reply.status_code == 200


@pytest.mark.parametrize("path", ["/cds-services//x-patient-view", "/cds-services/x-patient-view/"])
def test_a_slash_too_many_is_forgiven_without_a_redirect(client, path):
    assert client().post(path, json=body()).status_code == 200
    assert client().options(path).status_code == 200
    assert client().get("/cds-services/").status_code == 200


def test_one_id_serves_each_of_its_hooks(client, answer):
    web = client({"x": (Service("patient-view", "x"), Service("order-sign", "x"))})
    assert len(web.get("/cds-services").json["services"]) == 2
    for hook in ("order-sign", "patient-view"):
        assert web.post("/cds-services/x", json=body(hook)).status_code == 200
        assert answer.seen[-1][1].hook == hook
    assert "$.hook" in refused(web.post("/cds-services/x", json=body("order-select")), 422)[0]


def test_health_and_readiness_say_what_there_is(client):
    web = client()
    assert web.get("/healthz").json == {"status": "ok"}
    assert web.get("/readyz").json == {
        "status": "ready",
        "cards": 2,
        "version": __version__,
        "today": "2026-01-14",
        "generation": 1,
        "loaded": "2026-01-14T23:00:00+00:00",
    }


# Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.proves("req-13")
def test_an_unknown_service_is_refused_before_its_body_is_read(client):
    (said,) = refused(client().post("/cds-services/x-patient-vew", data=b"{", content_type="text/plain"), 404)
    assert "'x-patient-vew'" in said
    assert "x-patient-view" in said


@pytest.mark.parametrize("path", ["/", "/nothing", "/cds-services/x/y/z", "/cds-services/x-patient-view/feedbac"])
@pytest.mark.proves("resp-2")
def test_an_unknown_address_says_where_to_look(client, path):
    assert refused(client().get(path), 404) == [
        "there is nothing at this address; GET /cds-services lists what there is"
    ]


def test_where_nothing_is_kept_feedback_is_not_offered_and_says_so(client):
    (said,) = refused(client().post("/cds-services/x-patient-view/feedback", json={"feedback": []}), 404)
    assert "feedback is not kept by this service" in said


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/cds-services/x-patient-view", "POST"), ("POST", "/cds-services", "GET"), ("DELETE", "/healthz", "GET")],
)
def test_a_wrong_method_is_told_the_right_one(client, method, path, allowed):
    reply = client().open(path, method=method)
    assert allowed in refused(reply, 405)[0]
    assert allowed in reply.headers["Allow"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
@pytest.mark.proves("req-11")
def test_what_is_not_json_by_its_header_is_refused_as_such(client, kind):
    (said,) = refused(client().post("/cds-services/x-patient-view", data=b"{}", content_type=kind), 415)
    assert "Content-Type: application/json" in said


def test_a_compressed_body_is_refused_with_a_reason(client):
    headers = {"Content-Encoding": "gzip"}
    (said,) = refused(client().post("/cds-services/x-patient-view", json=body(), headers=headers), 415)
    assert "Content-Encoding" in said


@pytest.mark.proves("req-12")
def test_a_body_over_the_limit_is_refused_with_the_limit_and_one_at_the_limit_is_not(client):
    text = json.dumps(body()).ljust(2_000)
    web = client(max_body=2_000)
    (said,) = refused(web.post("/cds-services/x-patient-view", data=text + " ", content_type="application/json"), 413)
    assert "2000 bytes" in said
    assert web.post("/cds-services/x-patient-view", data=text, content_type="application/json").status_code == 200


@pytest.mark.parametrize(("size", "status"), [(1_999, 200), (2_000, 200), (2_001, 413), (90_000, 413)])
def test_a_chunked_body_over_the_limit_is_refused_and_never_cut_short(client, size, status):
    text = json.dumps(body()).encode().ljust(size)
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    reply = client(max_body=2_000).post(
        "/cds-services/x-patient-view",
        input_stream=io.BytesIO(text),
        headers=headers,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert reply.status_code == status


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"5", b"null", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
@pytest.mark.proves("req-10")
def test_what_is_no_json_object_is_refused_as_unreadable(client, text):
    reply = client().post("/cds-services/x-patient-view", data=text, content_type="application/json")
    assert len(refused(reply, 400)) == 1


@pytest.mark.proves("req-1", "resp-2")
def test_a_request_that_breaks_the_standard_is_told_all_its_faults(client, answer):
    said = refused(client().post("/cds-services/x-patient-view", json={"hook": "order-sign", "context": {}}), 422)
    assert [line.split(":")[0] for line in said] == [
        "$.context.patientId",
        "$.context.userId",
        "$.hook",
        "$.hookInstance",
    ]
    assert answer.seen == []


@pytest.mark.proves("req-5")
def test_a_hook_that_the_service_is_not_for_is_refused(client):
    (said,) = refused(client().post("/cds-services/x-patient-view", json=body("order-sign")), 422)
    assert "'order-sign' is not 'patient-view'" in said


@pytest.mark.proves("pre-8", "resp-2")
def test_data_that_were_not_provided_are_a_412_that_names_them(client, answer):
    answer.fails = DataNotAvailable("prefetch.labs: send it", "prefetch.problems: send it")
    reply = client().post("/cds-services/x-patient-view", json=body())
    assert refused(reply, 412) == ["prefetch.labs: send it", "prefetch.problems: send it"]
    assert reply.json["issue"][0]["code"] == "incomplete"


@pytest.mark.parametrize("fault", [ValueError("canary-name"), CardError("canary-name"), KeyError("canary-name")])
def test_a_fault_of_ours_tells_nothing_of_the_patient_neither_out_nor_in_the_log(client, answer, caplog, fault):
    answer.fails = fault
    with caplog.at_level(logging.ERROR):
        said = refused(client().post("/cds-services/x-patient-view", json=body()), 500)
    assert "canary" not in str(said) + caplog.text
    assert "Traceback" not in caplog.text
    assert f"{type(fault).__name__} while answering POST /cds-services/<service_id>" in caplog.text
    assert "services.py" in caplog.text


@pytest.mark.proves("req-12")
def test_a_recursion_too_deep_further_down_is_the_senders_fault_too(client, answer):
    answer.fails = RecursionError()
    assert "nested too deeply" in refused(client().post("/cds-services/x-patient-view", json=body()), 400)[0]


# Browsers ----------------------------------------------------------------------------------------------------------

ADDRESSES = [
    ("/cds-services", "GET", "authorization"),
    ("/cds-services/x-patient-view", "POST", "authorization,content-type"),
    ("/cds-services/x-patient-view/feedback", "POST", "authorization,content-type"),
    ("/cds-services//x-patient-view", "POST", "authorization,content-type"),
]


def preflight(web, path, method="POST", headers="content-type", origin=PAGE):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return web.options(path, headers=asked)


@pytest.mark.parametrize(("path", "method", "headers"), ADDRESSES)
@pytest.mark.proves("sec-9")
def test_a_browser_may_ask_before_it_calls(client, path, method, headers):
    reply = preflight(client(), path, method, headers)
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert method in reply.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in reply.headers["Access-Control-Allow-Headers"].split(",")}
    assert set(headers.split(",")) <= allowed


@pytest.mark.parametrize("path", ["/cds-services", "/nothing", "/cds-services/x-patient-view"])
def test_a_browser_may_read_every_answer_a_refusal_too(client, path):
    assert client().get(path, headers={"Origin": PAGE}).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.proves("sec-9")
def test_only_configured_pages_are_let_in_when_there_are_any(client):
    web = client(cors_origins=f"{PAGE} https://ehr.example.org")
    assert preflight(web, "/cds-services").headers["Access-Control-Allow-Origin"] == PAGE
    stranger = preflight(web, "/cds-services", origin="https://evil.example.org")
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert "Access-Control-Allow-Methods" not in stranger.headers
    assert stranger.headers["Vary"] == "Origin"


def test_a_caller_that_is_no_browser_gets_no_cors_headers(client):
    assert "Access-Control-Allow-Origin" not in client().get("/cds-services").headers
