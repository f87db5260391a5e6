"""`cdshooks fire` opens charts as an EHR does: what it asks, what it sends, what it prints, and how it ends."""

import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
from datetime import date, timedelta
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner
from rich.console import Console

from cdshooks.cli import fire as fire_command
from cdshooks.cli import main
from cdshooks.cli.print_cards import print_cards
from cdshooks.ehr import shelf
from cdshooks.ehr.client import Client, in_process, over_http
from cdshooks.ehr.drafts import draft_bundle, draft_references, open_draft
from cdshooks.ehr.visit import open_visit
from cdshooks.errors import BadInput, ServerUnreachable, UnknownService

TODAY = date(2026, 1, 15)
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "results": "Observation?patient={{context.patientId}}&status=final",
    "nobody": "Patient/nobody",
    "visit": "Encounter/{{context.encounterId}}",
    "odd": "Observation?patient={{context.patientId}}&colour=red",
}
HOOKS = ("patient-view", "order-select", "order-sign")
CARD = {
    "summary": "Look \x1b[31mhere\x9b2J\u202e",
    "indicator": "warning",
    "detail": "**Bold** &#27;[0m \x1b]8;;http://evil.example\x07 | [link](https://a.example)\n\n"
    "| a | b |\n| - | - |\n| 1 | 2 |",
    "source": {"label": "Src\x1b[0m", "url": "https://b.example", "topic": {"code": "look\x07here"}},
    "suggestions": [{"label": "Do it\x1b", "actions": [{"type": "create", "description": "Order \x08that"}, "odd"]}, 7],
}


class FakeService:
    """A CDS service as a WSGI app, that keeps what it was sent and answers as told."""

    def __init__(self, status=200, body=None):
        self.status, self.body, self.seen = status, {"cards": []} if body is None else body, []

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            services = [{"id": f"my {hook}", "hook": hook, "prefetch": TEMPLATES | {"x": 3}} for hook in HOOKS]
            body, status = {"services": services}, 200
        else:
            raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            self.seen.append((environ["PATH_INFO"], json.loads(raw)))
            body, status = self.body, self.status
        start_response(f"{status} X", [("Content-Type", "application/json")])
        return [body if isinstance(body, bytes) else json.dumps(body).encode()]


@pytest.fixture
def service(monkeypatch):
    """Stands where `fire` looks for a service."""
    service = FakeService()
    monkeypatch.setattr(fire_command, "service_at", lambda *_: in_process(service))
    return service


def fire(*arguments):
    return CliRunner().invoke(main, ["fire", *map(str, arguments)])


def test_a_chart_is_opened_at_patient_view_with_the_prefetch_that_was_asked_for(service):
    result = fire("low-b12", "--today", "2026-01-15")
    assert (result.exit_code, result.stdout) == (0, "No cards.\n")
    [(path, request)] = service.seen
    assert path == "/cds-services/my patient-view"
    assert (request["hook"], request["context"]) == (
        "patient-view",
        {"userId": "Practitioner/example", "patientId": "low-b12"},
    )
    assert set(request["prefetch"]) == {"patient", "results", "nobody"}
    assert request["prefetch"]["patient"]["birthDate"] == "1971-04-02"
    assert request["prefetch"]["results"]["total"] == 3
    assert request["prefetch"]["nobody"] is None


def test_a_key_that_cannot_be_answered_is_left_out_and_named_on_stderr(service):
    said = fire("low-b12").stderr.splitlines()
    assert said[0] == "prefetch visit: left out, {{context.encounterId}}: the context has no 'encounterId'"
    assert said[1].startswith("prefetch odd: left out, Observation?colour=: this EHR has no such search parameter")


def test_a_fixture_moves_to_the_day_on_which_it_is_fired(service):
    fire("low-b12", "--today", "2026-02-14")
    days = [entry["resource"]["effectiveDateTime"] for entry in service.seen[0][1]["prefetch"]["results"]["entry"]]
    assert days == ["2026-02-05"] * 3


def test_without_a_day_it_is_today_in_the_time_zone_of_the_service(service, monkeypatch):
    fire("low-b12")
    monkeypatch.setenv("CDSHOOKS_TIMEZONE", "Pacific/Auckland")
    fire("low-b12")
    utc, there = (sent["prefetch"]["patient"]["birthDate"] for _, sent in service.seen)
    assert date.fromisoformat(there) - date.fromisoformat(utc) == timedelta(days=1)


def test_a_file_is_taken_as_it_is(service):
    fire(shelf.folder() / "patients" / "low-b12.json", "--today", "2030-01-01")
    assert service.seen[0][1]["prefetch"]["patient"]["birthDate"] == "1971-04-02"


def test_an_order_makes_it_order_select_with_drafts_of_this_patient(service):
    fire("healthy", "--order", "folic-acid-5mg-daily", "--order", "b12-level", "--today", "2026-01-15")
    context = service.seen[0][1]["context"]
    assert context["selections"] == ["MedicationRequest/draft-1", "ServiceRequest/draft-2"]
    told = [
        {key: row["resource"][key] for key in ("id", "status", "authoredOn", "subject")}
        for row in context["draftOrders"]["entry"]
    ]
    assert told == [
        {"id": f"draft-{n}", "status": "draft", "authoredOn": "2026-01-15", "subject": {"reference": "Patient/healthy"}}
        for n in (1, 2)
    ]


def test_some_orders_can_be_selected_and_a_wrong_one_is_refused(service):
    orders = ["healthy", "--order", "folic-acid-5mg-daily", "--order", "b12-level"]
    fire(*orders, "--select", "draft-2")
    assert service.seen[0][1]["context"]["selections"] == ["ServiceRequest/draft-2"]
    result = fire(*orders, "--select", "draft-9")
    assert (result.exit_code, len(service.seen)) == (13, 1)
    assert "no such draft order; there is MedicationRequest/draft-1, ServiceRequest/draft-2" in result.stderr


def test_order_sign_sends_the_drafts_without_selections(service):
    fire("healthy", "--hook", "order-sign", "--order", "folic-acid-5mg-daily")
    assert set(service.seen[0][1]["context"]) == {"userId", "patientId", "draftOrders"}


def test_a_request_by_name_brings_its_own_patient_hook_and_drafts(service):
    fire("folic-acid-not-selected")
    path, request = service.seen[0]
    assert (path, request["context"]["patientId"]) == ("/cds-services/my order-select", "low-b12-anaemia")
    assert request["context"]["selections"] == ["MedicationRequest/draft-2"]
    assert len(request["context"]["draftOrders"]["entry"]) == 2


def test_a_hook_about_orders_needs_an_order(service):
    result = fire("healthy", "--hook", "order-sign")
    assert (result.exit_code, service.seen) == (13, [])
    assert "needs a draft order; add --order" in result.stderr


def test_a_draft_keeps_everything_else_and_a_medication_beside_it():
    order, drug = open_draft(shelf.folder() / "drafts" / "folic-acid-by-reference.json")
    resources = (order, drug)
    bundle = draft_bundle(resources, "7", TODAY)
    order, drug = (entry["resource"] for entry in bundle["entry"])
    changed = {"id": "draft-1", "subject": {"reference": "Patient/7"}, "authoredOn": "2026-01-15", "status": "draft"}
    assert order == resources[0] | changed
    assert drug == resources[1]
    assert draft_references(bundle) == ["MedicationRequest/draft-1"]


def test_the_status_of_an_order_is_not_put_aside_nor_its_id_and_day():
    """What is stopped in the sitting is not being ordered; it stands for the order of the record with its id."""
    order, _ = open_draft(shelf.folder() / "drafts" / "folic-acid-by-reference.json")
    stopped = order | {"id": "mine", "status": "stopped", "authoredOn": "2025-03-01"}
    assert draft_bundle((stopped,), "7", TODAY)["entry"] == [{"resource": stopped | {"subject": {"reference": "Patient/7"}}}]
    twice = [entry["resource"]["id"] for entry in draft_bundle((stopped, stopped), "7", TODAY)["entry"]]
    assert twice == ["draft-1", "draft-2"]


def test_a_file_without_an_order_is_no_draft(tmp_path):
    (tmp_path / "x.json").write_text('{"resourceType": "Observation"}')
    with pytest.raises(BadInput, match=r"x.json: holds no order; a draft is one of MedicationRequest"):
        open_draft(tmp_path / "x.json")


def test_print_request_prints_the_body_and_sends_nothing(service):
    result = fire("low-b12", "--print-request", "--today", "2026-01-15")
    request = json.loads(result.stdout)
    assert list(request) == ["hook", "hookInstance", "context", "prefetch"]
    assert service.seen == []


def test_json_is_the_answer_with_its_digits_and_without_raw_control_characters(service):
    service.body = b'{"cards": [], "value": 2.50, "said": "\\u001b[0m \xc2\x9b \\u202e"}'
    out = fire("low-b12", "--json").stdout
    assert '"value": 2.50' in out
    assert json.loads(out)["said"] == "\x1b[0m \x9b \u202e"
    assert not set(out) & {"\x1b", "\x9b", "\u202e"}


def test_a_card_is_printed_readably_and_cannot_steer_the_terminal(service):
    service.body = {"cards": [CARD]}
    out = fire("low-b12").stdout
    for words in (
        "WARNING",
        "Look [31mhere2J",
        "Bold",
        "- Do it",
        "create: Order that",
        "Source: Src[0m https://b.example",
    ):
        assert words in out
    assert not set(out) & set("\x1b\x07\x08\x9b\u202e")


def test_even_a_real_terminal_gets_colours_and_nothing_else():
    terminal = Console(force_terminal=True, color_system="standard", file=io.StringIO(), width=80)
    print_cards([CARD], terminal)
    codes = re.findall(r"\x1b.{0,12}", terminal.file.getvalue())
    assert codes
    assert [code for code in codes if not re.match(r"\x1b\[[\d;]*m", code)] == []
    assert "https://a.example" in terminal.file.getvalue()


def test_an_answer_without_a_list_of_cards_is_never_no_cards(service):
    for body in ({}, {"cards": None}, {"cards": ["?"]}, []):
        service.body = body
        result = fire("low-b12")
        assert (result.exit_code, result.stdout) == (13, "")
        assert "answered 200 without a list of cards" in result.stderr


@pytest.mark.parametrize(("status", "code"), [(400, 13), (404, 14), (412, 12), (422, 15), (500, 1), (503, 1)])
def test_a_refusal_is_printed_with_its_reasons_and_its_exit_code(service, status, code):
    service.status = status
    service.body = {"issue": [{"diagnostics": "missing\x1b b12"}, {"details": {"text": "and more"}}, {}, 3]}
    result = fire("low-b12")
    assert result.exit_code == code
    assert result.stdout.splitlines() == [
        f"The service refused the request ({status}).",
        "- missing b12",
        "- and more",
        "- no reason given",
    ]


def test_a_folder_gives_a_line_for_each_patient_and_a_summary(service, tmp_path):
    for name in ("healthy", "child"):
        source = shelf.folder() / "patients" / f"{name}.json"
        (tmp_path / source.name).write_bytes(source.read_bytes())
    (tmp_path / "broken.json").write_text("?")
    service.body = {"cards": [CARD]}
    result = fire(tmp_path)
    lines = result.stdout.splitlines()
    assert lines[:2] == ["child  lookhere warning", "healthy  lookhere warning"]
    assert lines[2].startswith("3 files, 2 cards, ")
    assert lines[3].split() == ["2", "lookhere", "warning"]
    assert (result.exit_code, len(service.seen)) == (13, 2)
    assert "broken.json: not JSON" in result.stderr


def test_a_folder_as_json_is_a_line_for_each_patient(service, tmp_path):
    (tmp_path / "a.json").write_text('[{"resourceType": "Patient", "id": "a"}]')
    result = fire(tmp_path, "--json")
    assert json.loads(result.stdout) == {"patient": "a", "status": 200, "body": {"cards": []}}
    assert fire(tmp_path / "a.json", "--json").exit_code == 0


def test_the_lines_go_to_the_file_while_the_bar_goes_to_the_terminal(tmp_path):
    (tmp_path / "a.json").write_text('[{"resourceType": "Patient", "id": "a"}]')
    ours, theirs = pty.openpty()
    with make_server("127.0.0.1", 0, FakeService(), handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program = "import sys; from cdshooks.cli import main; main(sys.argv[1:])"
        arguments = ["fire", str(tmp_path), "--url", f"http://127.0.0.1:{server.server_port}"]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm"},
            timeout=60,
        )
        server.shutdown()
    os.close(theirs)
    shown = os.read(ours, 100_000)
    os.close(ours)
    assert done.stdout.splitlines()[0] == b"a  no cards"
    assert b"Firing" in shown


def test_for_a_folder_a_wrong_order_is_refused_once_and_one_request_cannot_be_printed(service, tmp_path):
    (tmp_path / "a.json").write_text('[{"resourceType": "Patient", "id": "a"}]')
    (tmp_path / "b.json").write_text('[{"resourceType": "Patient", "id": "b"}]')
    result = fire(tmp_path, "--order", "nonsense")
    assert (result.exit_code, len(result.stderr.splitlines()), service.seen) == (13, 1, [])
    assert fire(tmp_path, "--print-request").exit_code == 2


def test_an_empty_folder_is_refused(service, tmp_path):
    assert fire(tmp_path).exit_code == 13


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("tail", ["", "/", "/cds-services"])
def test_a_service_is_spoken_to_over_http(tail):
    service = FakeService(200, {"cards": [{"summary": "from afar"}]})
    with make_server("127.0.0.1", 0, service, handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = fire("low-b12", "--url", f"http://127.0.0.1:{server.server_port}{tail}")
        server.shutdown()
    assert "from afar" in result.stdout
    assert service.seen[0][0] == "/cds-services/my patient-view"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9", "nonsense"])
def test_nobody_at_the_address_is_said_with_what_to_do(url):
    result = fire("low-b12", "--url", url)
    assert result.exit_code == 16
    assert "start a service with `cdshooks serve` or check --url" in result.stderr


@pytest.mark.parametrize(
    "answer", [(200, b"<html>"), (500, b'{"services": []}'), (200, b"[]"), (302, b"{}"), (200, b"")]
)
def test_what_is_no_cds_service_is_said_to_be_none(answer):
    with pytest.raises(ServerUnreachable, match="there/cds-services: answers"):
        Client(lambda *_: answer, "there").discover()


def test_a_hook_that_nobody_serves_is_named_with_those_that_are_served():
    sent = (200, b'{"services": [{"id": "a", "hook": "patient\\u001b-view"}, {"hook": "x"}, 3]}')
    with pytest.raises(UnknownService, match=r"no service for the hook 'order-sign'; there is 'patient\\x1b-view'$"):
        Client(lambda *_: sent, "there").service_for("order-sign")


def test_the_id_of_a_service_cannot_lead_to_another_path():
    paths = []
    Client(lambda _, path, body: (paths.append(path), (200, b"{}"))[1], "there").call("../x?y", {})
    assert paths == ["/cds-services/..%2Fx%3Fy"]


def test_no_proxy_of_the_shell_sees_a_patient(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with make_server("127.0.0.1", 0, FakeService(), handler_class=Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert len(over_http(f"http://127.0.0.1:{server.server_port}").discover()) == 3
        server.shutdown()


def test_a_file_wins_over_a_name_and_a_path_is_never_guessed(tmp_path, monkeypatch):
    (tmp_path / "healthy").write_text('[{"resourceType": "Patient", "id": "mine"}]')
    monkeypatch.chdir(tmp_path)
    assert open_visit("healthy", TODAY).record.patient_id == "mine"
    with pytest.raises(BadInput, match="cannot be read"):
        open_visit(str(tmp_path / "low-b12"), TODAY)
    with pytest.raises(BadInput, match="did you mean 'low-b12'"):
        open_visit("low-b1", TODAY)


def test_an_order_in_words_is_drafted_and_how_it_was_understood_is_told(service):
    result = fire("healthy", "--order", "omeprazole 20 mg by mouth twice daily", "--today", "2026-01-15")
    (draft,) = [entry["resource"] for entry in service.seen[0][1]["context"]["draftOrders"]["entry"]]
    assert (draft["id"], draft["status"], draft["authoredOn"]) == ("draft-1", "draft", "2026-01-15")
    assert draft["dosageInstruction"][0]["timing"] == {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}
    assert "order 'omeprazole 20 mg by mouth twice daily': omeprazole 20 mg (198051), 20 mg, 2 per 1 d" in result.stderr


def test_a_chart_that_goes_on_after_the_day_of_the_service_is_told_beside_no_cards():
    path = shelf.folder() / "patients" / "low-b12-anaemia.json"
    result = fire(path, "--today", "2024-06-01")
    assert re.search(r"entries up to 2026-01-\d\d, and the day of the service is 2024-06-01", result.stderr)
    assert "goes on" not in fire(path, "--today", "2026-01-15").stderr
    assert "entries up to" in CliRunner().invoke(main, ["explain", str(path), "--today", "2024-06-01"]).stderr


def test_the_day_of_the_service_is_the_one_that_it_says():
    answers = FakeService()
    client = in_process(answers)
    assert fire_command.day_of(client, TODAY) == TODAY  # another service does not say
    ours = Client(lambda *_: (200, b'{"status":"ready","today":"2025-02-03"}'), "ours")
    assert fire_command.day_of(ours, TODAY) == date(2025, 2, 3)


def test_cards_and_site_file_are_those_of_our_own_service(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("[[cutoff]]\nresult = 'nothing'\n", "utf-8")
    assert fire("healthy", "--site", site).exit_code == 10
    assert fire("healthy", "--cards", tmp_path).exit_code == 10
    result = fire("healthy", "--site", site, "--url", "http://127.0.0.1:9")
    assert (result.exit_code, "of our own service" in result.stderr) == (2, True)


def test_in_this_very_process_our_own_service_answers():
    result = fire(shelf.first_request_name(), "--json")
    [card] = json.loads(result.stdout)["cards"]
    assert (result.exit_code, result.stderr) == (0, "")
    assert card["summary"].split()[0] in fire(shelf.first_request_name()).stdout
