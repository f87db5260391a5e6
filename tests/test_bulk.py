"""A Bulk Data export fetched: asked for and waited for as the standard says, whole or not at all, tokens kept quiet."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.ehr.badge import new_key
from cdshooks.ehr.shelf import folder
from tests.bulk_server import CLIENT, Bulk, serving


def rows_of(kind, *ids, **more) -> bytes:
    return b"".join(json.dumps({"resourceType": kind, "id": i, **more}).encode() + b"\n" for i in ids)


FILES = {"Patient": [rows_of("Patient", "a", "b"), rows_of("Patient", "c")], "Observation": [rows_of("Observation", *"123")]}
KINDS = ("--types", "Patient,Observation")  # else the cards are loaded to say which they read


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited; nobody sleeps."""
    found = []
    monkeypatch.setattr("cdshooks.bulk.server.time.sleep", found.append)
    return found


@pytest.fixture
def server(waits):
    with serving(Bulk(FILES)) as bulk:
        yield bulk


@pytest.fixture
def guarded(waits, tmp_path):
    """A server that wants a token, and the options that get one."""
    private, public = new_key("ES384", "k1")
    key = tmp_path / "key.json"
    key.write_text(json.dumps(private))
    with serving(Bulk(FILES, public)) as bulk:
        yield bulk, ("--client-id", CLIENT, "--token-key", str(key))


def fetch(bulk, place: Path, *more):
    """Exit code, and everything that was said."""
    result = CliRunner().invoke(main, ["bulk", f"{bulk.base}/fhir", "-o", str(place), *KINDS, *more])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def lines_in(place: Path) -> int:
    return sum(len(path.read_bytes().splitlines()) for path in place.glob("[A-Z]*.ndjson"))


# --- as the standard says -----------------------------------------------------------------------------------------


def test_an_export_is_asked_for_waited_for_as_long_as_the_server_says_and_fetched(server, waits, tmp_path):
    server.busy = 2
    code, said = fetch(server, tmp_path / "x")
    assert code == 0, said
    assert waits == [7.0, 7.0]
    [(_, path, headers)] = server.of("/fhir/Patient/$export")
    assert path.endswith("?_type=Patient,Observation")
    assert (headers["Prefer"], headers["Accept"]) == ("respond-async", "application/fhir+json")
    assert sorted(p.name for p in (tmp_path / "x").glob("[!.]*")) == ["Observation-0003.ndjson", "Patient-0001.ndjson", "Patient-0002.ndjson"]
    assert (tmp_path / "x" / "Patient-0001.ndjson").read_bytes() == FILES["Patient"][0]
    assert "half [31m way" in said
    assert "\x1b" not in said
    assert (tmp_path / "x").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("options", "path"), [(("--group", "g/1"), "/fhir/Group/g%2F1/$export"), (("--everything",), "/fhir/$export")])
def test_a_group_or_the_whole_system_is_asked_for_at_its_own_address(server, tmp_path, options, path):
    assert fetch(server, tmp_path / "x", *options)[0] == 0
    assert server.of(path)


def test_what_cards_read_is_asked_for_unless_types_are_named(server, tmp_path):
    result = CliRunner().invoke(main, ["bulk", f"{server.base}/fhir", "-o", str(tmp_path / "x")])
    assert result.exit_code == 0, result.output
    [(_, path, _)] = server.of("/fhir/Patient/$export")
    assert {"Patient", "Observation", "Condition", "MedicationRequest", "Medication"} <= set(path.partition("_type=")[2].split(","))


def test_what_was_fetched_is_screened(waits, tmp_path):
    record = json.loads(sorted((folder() / "patients").glob("*.json"))[0].read_text())
    rows = [entry["resource"] for entry in record["entry"]]
    files = {kind: [b"".join(json.dumps(r).encode() + b"\n" for r in rows if r["resourceType"] == kind)] for kind in sorted({r["resourceType"] for r in rows})}
    with serving(Bulk(files)) as bulk:
        assert fetch(bulk, tmp_path / "x")[0] == 0
    screened = CliRunner().invoke(main, ["screen", str(tmp_path / "x"), "--workers", "1", "--as-of", "2026-01-15"])
    assert "1 patients, " in screened.stderr


# --- who asks -----------------------------------------------------------------------------------------------------


def test_a_token_is_had_by_a_signed_statement_and_shown_in_no_address_and_no_word(guarded, tmp_path):
    bulk, options = guarded
    code, said = fetch(bulk, tmp_path / "x", *options)
    assert code == 0, said
    assert lines_in(tmp_path / "x") == 6
    assert len(bulk.tokens) == 1
    everything = said + "".join(path for _, path, _ in bulk.asked) + "".join(p.read_text() for p in (tmp_path / "x").iterdir())
    assert bulk.tokens[0] not in everything
    assert "client_assertion" not in everything


def test_a_token_that_the_server_takes_no_longer_is_had_anew(guarded, tmp_path):
    bulk, options = guarded
    bulk.faults["/fhir/files/Observation/0"] = [(401, {}, b"")]
    assert fetch(bulk, tmp_path / "x", *options)[0] == 0
    assert len(bulk.tokens) == 2


def test_who_may_not_is_told_what_the_server_says(guarded, tmp_path):
    bulk, options = guarded
    code, said = fetch(bulk, tmp_path / "a")
    assert code == 17
    assert "status 401 (who are you?)" in said
    code, said = fetch(bulk, tmp_path / "b", "--client-id", "somebody", *options[2:])
    assert code == 17
    assert "gives no token: status 400 (invalid_client)" in said


def test_a_token_from_a_file_is_shown_and_options_that_do_not_fit_are_refused(guarded, tmp_path):
    bulk, options = guarded
    bulk.tokens.append("from-a-file")
    (tmp_path / "token").write_text("from-a-file\n")
    assert fetch(bulk, tmp_path / "x", "--token-file", str(tmp_path / "token"))[0] == 0
    assert "give --client-id and --token-key together" in fetch(bulk, tmp_path / "y", *options[:2])[1]


# --- whole or not at all ------------------------------------------------------------------------------------------


def test_a_run_that_broke_off_goes_on_with_the_files_that_are_not_there(server, tmp_path):
    place, short = tmp_path / "x", (200, {"Content-Length": "5000"}, b'{"resourceType"')
    server.faults["/fhir/files/Patient/1"] = [short] * 4
    code, said = fetch(server, place)
    assert code == 16
    assert "broke off in the middle" in said
    refused = CliRunner().invoke(main, ["screen", str(place), "--workers", "1"])
    assert refused.exit_code == 13
    assert "an export is not all here" in refused.output
    assert fetch(server, place)[0] == 0
    assert lines_in(place) == 6
    assert server.exports == 1
    assert len(server.of("/fhir/files/Patient/0")) == 1
    assert not list(place.glob(".part-*"))


def test_a_file_with_fewer_lines_than_the_manifest_says_is_not_kept(server, tmp_path):
    server.faults["/fhir/files/Patient/0"] = [(200, {}, rows_of("Patient", "a"))]
    code, said = fetch(server, tmp_path / "x")
    assert code == 16
    assert "Patient-0001.ndjson: 1 lines came, and the manifest says 2" in said
    assert not (tmp_path / "x" / "Patient-0001.ndjson").exists()


def test_an_export_that_the_server_has_forgotten_is_asked_for_anew(server, waits, tmp_path):
    server.busy = 100
    assert fetch(server, tmp_path / "x", "--wait", "0.001")[0] == 22
    server.busy = 1
    server.exports = 4  # the server restarts, and knows other exports
    code, said = fetch(server, tmp_path / "x")
    assert code == 0
    assert "does not know this export any more" in said


def test_an_export_that_failed_is_asked_for_anew_the_next_time(server, tmp_path):
    server.faults["/fhir/status/1"] = [(500, {}, b'{"issue": [{"diagnostics": "the disk is full"}]}')]
    code, said = fetch(server, tmp_path / "x")
    assert code == 16
    assert "the export failed: status 500 (the disk is full); run the same command again" in said
    assert fetch(server, tmp_path / "x")[0] == 0
    assert server.exports == 2


def of(server, *named, **more) -> tuple:
    """A manifest as an answer: so many files by type and number."""
    rows = [{"type": kind, "url": f"{server.base}/fhir/files/{kind}/{number}"} for kind, number in named]
    return 200, {}, json.dumps({"output": rows, **more}).encode()


def test_the_further_pages_of_a_manifest_are_read(server, tmp_path):
    first = of(server, ("Patient", 0), link=[{"relation": "next", "url": "1?page=2"}])
    server.faults["/fhir/status/1"] = [first, of(server, ("Observation", 0))]
    code, said = fetch(server, tmp_path / "x")
    assert code == 0, said
    assert sorted(path.name for path in (tmp_path / "x").glob("*.ndjson")) == ["Observation-0002.ndjson", "Patient-0001.ndjson"]


GONE = (410, {}, b"")


def test_files_whose_addresses_ran_out_are_looked_up_anew(server, tmp_path):
    server.faults["/fhir/files/Patient/1"] = [GONE]
    code, said = fetch(server, tmp_path / "x")
    assert code == 0
    assert "a file of the export is no longer there: status 410; the server is asked for its files again" in said
    assert len(server.of("/fhir/files/Patient/0")) == 1
    assert (server.exports, lines_in(tmp_path / "x")) == (1, 6)


def test_files_that_are_gone_for_good_begin_the_export_anew(server, tmp_path):
    server.faults["/fhir/files/Patient/1"] = [GONE, GONE]
    code, said = fetch(server, tmp_path / "x")
    assert code == 16
    assert "run the same command again to ask for the export anew" in said
    assert fetch(server, tmp_path / "x")[0] == 0
    assert (server.exports, lines_in(tmp_path / "x")) == (2, 6)


def test_files_in_another_order_are_not_taken_for_those_that_are_there(server, tmp_path):
    rows = ("Patient", 1), ("Patient", 0)
    server.faults["/fhir/status/1"] = [of(server, *rows), of(server, *rows[::-1])]
    server.faults["/fhir/files/Patient/0"] = [GONE]
    assert fetch(server, tmp_path / "x")[0] == 0
    assert lines_in(tmp_path / "x") == 3


def test_a_page_to_log_in_is_no_file(server, tmp_path):
    server.faults["/fhir/files/Observation/0"] = [(200, {"Content-Type": "text/html"}, b"<html>\n<p>\n</html>\n")]
    server.faults["/fhir/status/1"] = [of(server, ("Observation", 0))]
    code, said = fetch(server, tmp_path / "x")
    assert code == 16
    assert "what came is no NDJSON" in said
    assert not list((tmp_path / "x").glob("*.ndjson"))


def test_an_export_of_nothing_is_no_success(server, tmp_path):
    server.manifest = {"output": []}
    code, said = fetch(server, tmp_path / "x")
    assert code == 13
    assert "the export is empty" in said


def test_deleted_resources_that_the_server_names_are_told(server, tmp_path):
    server.manifest = {"deleted": [{"type": "Bundle", "url": f"{server.base}/fhir/files/Deleted/0"}]}
    code, said = fetch(server, tmp_path / "x")
    assert code == 0
    assert "deleted resources" in said


def test_a_file_lies_where_the_server_sends_us_only_if_that_was_named_and_without_the_token(guarded, tmp_path):
    server, options = guarded
    with serving(Bulk(FILES)) as other:
        place = f"{other.base}/fhir/files/Observation/0"
        server.faults["/fhir/files/Observation/0"] = [(307, {"Location": place}, b"")] * 2
        code, said = fetch(server, tmp_path / "x", *options)
        assert code == 13
        assert f"--files-at {other.base}" in said
        assert not other.asked
        assert fetch(server, tmp_path / "x", *options, "--files-at", other.base)[0] == 0
        assert [headers.get("Authorization") for _, _, headers in other.asked] == [None]


@pytest.mark.parametrize("types", ["Patient,,Observation", "../x", "patient"])
def test_what_is_no_type_is_refused(types, server, tmp_path):
    code, said = fetch(server, tmp_path / "x", "--types", types)
    assert code == 13
    assert "is no type of resource" in said
    assert not server.asked


def test_a_file_where_the_folder_belongs_is_told(server, tmp_path):
    (tmp_path / "x").write_text("mine")
    code, said = fetch(server, tmp_path / "x")
    assert code == 13
    assert "cannot be a folder" in said


def test_faults_that_pass_are_waited_for(server, waits, tmp_path):
    server.faults["/fhir/Patient/$export"] = [(503, {"Retry-After": "3"}, b"")]
    server.faults["/fhir/files/Observation/0"] = [(429, {}, b""), (500, {}, b'{"issue": [{"code": "transient"}]}')]
    server.busy = 0
    assert fetch(server, tmp_path / "x")[0] == 0
    assert waits[0] == 3.0
    assert len(waits) == 3


def test_a_server_that_is_never_ready_is_given_up_and_asked_after_later(server, waits, tmp_path):
    server.busy, server.retry_after = 100, "3000"
    code, said = fetch(server, tmp_path / "x", "--wait", "0.1")
    assert code == 22
    assert "not ready after" in said
    assert max(waits) == 120.0
    server.busy = 0
    assert fetch(server, tmp_path / "x")[0] == 0
    assert server.exports == 1


def test_what_the_server_left_out_is_told(server, tmp_path):
    outcome = json.dumps({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no Observations after 2020"}]})
    server.files = FILES | {"OperationOutcome": [f"{outcome}\n".encode()]}
    server.manifest = {"error": [{"type": "OperationOutcome", "url": f"{server.base}/fhir/files/OperationOutcome/0"}]}
    code, said = fetch(server, tmp_path / "x")
    assert code == 13
    assert "the server left out: error-0001.ndjson, line 1: no Observations after 2020" in said


@pytest.mark.parametrize(("manifest", "says"), [
    ({"output": None}, "has no list `output`"),
    ({"output": [{"type": "../../x", "url": "BASE/fhir/files/Patient/0"}]}, "output[0]: names no type"),
    ({"output": [{"type": "Patient", "url": "file:///etc/passwd"}]}, "names an address that cannot be read"),
    ({"output": [{"type": "Patient", "url": "https://evil.example/x"}]}, "lies at https://evil.example:443, which was not named"),
])  # fmt: skip
def test_a_manifest_that_leads_astray_is_refused_and_asked_for_again(server, tmp_path, manifest, says):
    server.manifest = json.loads(json.dumps(manifest).replace("BASE", server.base))
    code, said = fetch(server, tmp_path / "x")
    assert code == 13
    assert says in said
    server.manifest = {}
    assert fetch(server, tmp_path / "x")[0] == 0


def test_no_redirect_is_followed_and_no_server_that_starts_nothing_is_believed(server, tmp_path):
    server.faults["/fhir/Patient/$export"] = [(302, {"Location": f"{server.base}/fhir/status/1"}, b""), (200, {}, b"{}"), (202, {}, b"")]
    for status in ("302", "200", "202; it names no Content-Location"):
        code, said = fetch(server, tmp_path / "x")
        assert code == 16
        assert f"starts no export: status {status}" in said


def test_an_address_that_may_not_be_called_is_refused(tmp_path):
    for url in ("http://10.0.0.1/fhir", "https://169.254.169.254/fhir", "ftp://x/fhir"):
        result = CliRunner().invoke(main, ["bulk", url, "-o", str(tmp_path / "x"), *KINDS])
        assert result.exit_code in (13, 16)
        assert "may not call" in result.output or "the address: " in result.output


def test_another_export_or_other_files_are_not_mixed_in(server, tmp_path):
    assert fetch(server, tmp_path / "x")[0] == 0
    assert "holds another export" in fetch(server, tmp_path / "x", "--group", "g")[1]
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "Patient.ndjson").touch()
    assert "is not empty" in fetch(server, tmp_path / "y")[1]


def test_a_folder_whose_state_cannot_be_read_is_refused_and_so_is_asking_for_two_things(server, tmp_path):
    assert fetch(server, tmp_path / "x")[0] == 0
    (tmp_path / "x" / ".export.json").write_text("{")
    code, said = fetch(server, tmp_path / "x")
    assert code == 13
    assert "begin anew" in said
    assert "not both" in fetch(server, tmp_path / "y", "--group", "g", "--everything")[1]


def test_a_folder_for_which_nothing_had_begun_may_be_named_again(server, tmp_path):
    server.faults["/fhir/Group/wrong/$export"] = [(404, {}, b"")]
    assert fetch(server, tmp_path / "x", "--group", "wrong")[0] == 16
    assert fetch(server, tmp_path / "x", "--group", "right")[0] == 0
