"""The judge reaches services that are elsewhere, ask for headers, or take https only; and leaves alone what it is told to."""

import contextlib
import json
import ssl
import urllib.request

import pytest
import time_machine
from cds_conformance import BadOption, judge
from cds_conformance.ehr.certificate import made_certificate
from cds_conformance.ehr.server import FhirServer
from cds_conformance.probes.discovery import places
from mutate import build
from proving import GOOD
from reference.wire import Answer, Call, Server
from test_tls import certificate


def mounted(prefix: str, listed="/cds-services", needs: dict | None = None):
    """The good service below a prefix, its discovery perhaps under another name; without these headers it answers 401."""
    service = build(GOOD)

    def answer(call: Call):
        if needs and any(call.headers.get(name) != value for name, value in needs.items()):
            return Answer(401, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "login"}]})
        if not call.path.startswith(prefix):
            return Answer(404)
        path = call.path.removeprefix(prefix)
        if path == "/cds-services" and listed != path:
            return Answer(404)
        path = "/cds-services" if path == listed else path
        return service.answer(Call(call.method, path, call.headers, call.body))

    return Server(answer)


QUICK = {"spec": "2.0", "timeout": 3.0, "service": ("problem-list",)}


def test_a_service_that_is_mounted_elsewhere_is_found_and_the_place_is_told():
    with mounted("/cds") as base:
        report = judge(base, **QUICK)
    assert (report.problem, report.service) == ("", f"{base}/cds")
    assert f"found at {base}/cds/cds-services" in report.notes[0]
    assert report.exit_code == 0


def test_a_discovery_of_another_name_is_judged_and_is_a_finding():
    with mounted("/cds", listed="/cds-discovery") as base:
        report = judge(f"{base}/cds", **QUICK)
    assert report.statements["disc-1"].result == "fail"
    assert report.statements["card-1"].result == "pass"


def test_with_discovery_the_other_name_is_what_the_caller_says():
    with mounted("/cds", listed="/cds-discovery") as base:
        report = judge(f"{base}/cds", discovery="/cds-discovery", **QUICK)
    assert (report.problem, report.statements["disc-1"].result) == ("", "pass")


@pytest.mark.parametrize("listed", ["/cds-services", "/cds-discovery", "/cds-services/"])
def test_services_are_called_beside_the_discovery_that_the_caller_names(listed):
    with mounted("/api/v2", listed=listed) as base:
        report = judge(base, discovery=f"/api/v2{listed}", only=("req-1", "disc-1"), **QUICK)
    assert (report.service, {v.result for v in report.statements.values()}) == (f"{base}/api/v2", {"pass"})


def test_the_discovery_of_the_drafts_is_found_and_services_are_called_where_they_always_were():
    with mounted("", listed="/.well-known/cds-services") as base:
        found = judge(base, only=("req-1", "disc-1"), **QUICK)
        told = judge(base, discovery="/.well-known/cds-services", only=("req-1", "disc-1"), **QUICK)
    assert [one.service for one in (found, told)] == [base] * 2
    assert [[v.result for v in one.statements.values()] for one in (found, told)] == [["fail", "pass"], ["pass", "pass"]]


def test_where_nobody_answers_nothing_is_broken_and_the_reason_leads_somewhere():
    report = judge("http://no-such-host.invalid", timeout=3.0)
    assert (report.exit_code, report.with_result("fail")) == (2, [])
    assert "is not known" in report.problem
    assert "is the service started" in judge("http://127.0.0.1:9", timeout=3.0).problem


def test_where_nothing_is_found_every_place_is_told():
    with Server(lambda call: Answer(404)) as base:
        report = judge(f"{base}/a/b", timeout=3.0)
    assert report.exit_code == 2
    assert all(place in report.problem for place in ("/a/cds-services", "/cds-services", "/a/b/api/cds-services", "--discovery"))
    assert len(places("http://x/a/b/c/d")) <= 24


def test_headers_go_with_every_request_and_are_told_nowhere(tmp_path):
    with mounted("", needs={"X-Key": "sesame-opens"}) as base:
        assert judge(base, **QUICK).exit_code == 2
        report = judge(base, header=("X-Key: sesame-opens",), record=tmp_path, show_data=True, **QUICK)
    assert report.exit_code == 0
    assert "X-Key" in report.notes[-1]
    assert "sesame" not in json.dumps(report.as_json()) + "".join(file.read_text() for file in tmp_path.iterdir())


def test_only_the_services_that_are_named_are_called_and_an_unknown_one_is_told():
    with mounted("") as base:
        report = judge(base, **QUICK)
        with pytest.raises(BadOption, match="no-such"):
            judge(base, service=("no-such",), timeout=3.0)
    assert {e["service"] for e in report.exchanges} == {"", "problem-list"}


def test_our_fhir_server_speaks_https_with_a_certificate_that_can_be_trusted(tmp_path):
    file = tmp_path / "ca.pem"
    now = time_machine.escape_hatch.time.time()  # OpenSSL asks the machine's own clock
    with time_machine.travel(now, tick=True):
        server = FhirServer(0, file)
    try:
        context = ssl.create_default_context(cafile=str(file))
        with urllib.request.urlopen(f"{server.base}/metadata", context=context, timeout=5) as answer:
            assert json.load(answer)["resourceType"] == "CapabilityStatement"
    finally:
        server.close()
    assert server.base.startswith("https://127.0.0.1:")
    assert b"PRIVATE" not in file.read_bytes()


def test_a_service_that_reads_what_it_trusts_when_it_starts_can_trust_our_fhir_server_in_the_next_run_too(tmp_path):
    file = tmp_path / "ca.pem"
    with time_machine.travel("2026-01-15T09:00:00Z", tick=False):
        made_certificate(file)
        first = file.read_bytes()
        made_certificate(file)
        assert file.read_bytes() == first
    assert (tmp_path / "ca.pem.key").stat().st_mode & 0o077 == 0
    with time_machine.travel("2026-04-15T09:00:00Z", tick=False):  # it ends tomorrow
        made_certificate(file)
    assert file.read_bytes() != first


@pytest.mark.parametrize(("https", "says"), [(False, "give --fhir-https FILE"), (True, "ca.pem is to be trusted")])
def test_where_every_call_is_refused_and_our_fhir_server_unasked_the_report_says_what_helps(https, says, tmp_path):
    def answer(call: Call):
        if call.path == "/cds-services":
            return Answer(200, {"services": [{"hook": "patient-view", "id": "s", "title": "S", "description": "d"}]})
        server = json.loads(call.body).get("fhirServer", "")
        if server.startswith("https:"):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{server}/metadata", context=ssl.create_default_context(), timeout=2).close()
        return Answer(412, {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "required"}]})

    with time_machine.travel(time_machine.escape_hatch.time.time(), tick=True), Server(answer) as base:
        report = judge(base, spec="2.0", timeout=3.0, fhir_https=tmp_path / "ca.pem" if https else None)
    assert any(says in note for note in report.notes), report.notes


def test_what_others_keep_in_a_file_is_not_overwritten_by_our_certificate(tmp_path):
    file = tmp_path / "ca.pem"
    for held in (b"my notes", certificate(tmp_path, "127.0.0.1").read_bytes()):
        file.write_bytes(held)
        with pytest.raises(BadOption, match="fhir-https"):
            made_certificate(file)
        assert file.read_bytes() == held


def test_the_callers_own_headers_stand_instead_of_our_usual_ones_in_any_letters():
    heard = []

    def answer(call: Call):
        heard.append((call.headers.get_all("User-Agent"), call.headers.get_all("Accept"), call.headers.get_all("Content-Type")))
        return Answer(200, {"services": [{"hook": "patient-view", "id": "s", "title": "S", "description": "d"}]})

    with Server(answer) as base:
        judge(base, header=("user-agent: my-clinic/1", "content-type: text/csv"), spec="2.0", only=("req-1",))
    assert {agent for agents, _, _ in heard for agent in agents} == {"my-clinic/1"}
    assert {tuple(kinds) for _, kinds, _ in heard} == {("application/json",)}
    assert ["application/json"] in [kinds for _, _, kinds in heard]


def test_contexts_come_from_several_files_and_folders(tmp_path):
    from cds_conformance.ehr.contexts import load_contexts

    (tmp_path / "one.json").write_text('{"com.example.one": {"patientId": "$patient"}}')
    folder = tmp_path / "hooks"
    folder.mkdir()
    (folder / "com.example.two.json").write_text('{"patientId": "$patient"}')
    assert set(load_contexts((tmp_path / "one.json", folder))) == {"com.example.one", "com.example.two"}
