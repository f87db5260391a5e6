"""The command: its exit codes, its forms, and what it says when it cannot begin."""

import json

import pytest
from cds_conformance.cli import main
from cds_conformance.statements import load_statements
from click.testing import CliRunner
from mutate import build
from proving import GOOD
from reference.wire import Answer, Server

FEW = ("--only", "card-,pre-")  # where it does not matter what is judged
BY = ("--spec", "2.0")  # without it every other release is weighed too, which takes three times as long


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """The kept run of a service that does everything right."""
    folder = tmp_path_factory.mktemp("record")
    service = build(GOOD)
    with Server(service.answer) as base:
        service.base = base
        done = run(base, *BY, "--timeout", "3", "--record", str(folder), "--format", "json")
    assert done.exit_code == 0, done.output
    return folder


def run(*words):
    return CliRunner().invoke(main, words)


def test_a_good_service_exits_with_0_and_one_that_breaks_a_shall_with_1(record):
    assert run("--replay", str(record), *BY).exit_code == 0
    answer = next(f for f in sorted(record.glob("[0-9][0-9][0-9].json")) if '"probe": "good"' in f.read_text())
    kept = answer.read_text()
    entry = json.loads(kept)
    entry["answer"] = {"text": '{"cards": [{}]}'}
    answer.write_text(json.dumps(entry))
    done = run("--replay", str(record), *BY)
    answer.write_text(kept)
    assert done.exit_code == 1
    assert "card-1" in done.output


def test_nobody_there_exits_with_2_and_says_so():
    done = run("http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "Could not be judged: http://127.0.0.1:9/cds-services" in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "give the URL of a service, or --replay DIR"),
        (["http://x", "--replay", "y"], "give the URL of a service, or --replay DIR"),
        (["localhost"], "is not the URL of a service"),
        (["http://127.0.0.1:9", "--token-key", __file__], "--token-key needs --issuer"),
        (["http://127.0.0.1:9", "--token-key", __file__, "--issuer", "x"], "--token-key"),
        (["http://127.0.0.1:9", "--issuer", "x", "--jku", "https://elsewhere.example/jwks"], "must be on 127.0.0.1"),
        (["http://127.0.0.1:9", "--spec", "4.0"], "'4.0' is not one of"),
        (["http://127.0.0.1:9", "--header", "no colon"], "--header is not of the form"),
        (["http://127.0.0.1:9", "--discovery", "elsewhere"], "begin it with /"),
        (["http://127.0.0.1:9", "--only", "nothing-1"], "--only nothing-1: is no statement"),
        (["http://127.0.0.1:9", "--baseline", __file__], "is no JSON report of cds-conformance"),
        (["http://127.0.0.1:9", "--ca", __file__], "holds no certificate"),
        (["http://127.0.0.1:9", "--fhir-https", "/no/such/folder/x.pem"], "the certificate cannot be written there"),
        (["explain", "pre-99"], "there is no statement 'pre-99'"),
    ],
)
def test_what_cannot_begin_exits_with_2_and_says_what_to_give(words, says):
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize("form", ["text", "json", "junit", "html"])
def test_a_report_goes_to_the_file_that_is_named(form, record, tmp_path):
    file = tmp_path / "report"
    done = run("--replay", str(record), *BY, *FEW, "--format", form, "--output", str(file))
    assert done.exit_code == 0
    assert "breaks nothing" in done.output
    assert file.read_text("utf-8").strip()


def test_the_json_form_alone_goes_to_the_terminal(record):
    assert json.loads(run("--replay", str(record), *BY, *FEW, "--format", "json").stdout)["spec"] == "2.0"


def test_explain_tells_what_why_and_how_to_mend():
    told = run("explain", "pre-8").output
    assert all(word in told for word in ("Expected:", "Why", "A good sample", "For the patient", "Flask", "Spring and HAPI"))
    assert len(run("explain").output.splitlines()) == len(load_statements("3.0", "crd"))


def test_only_and_except_choose_statements(record):
    chosen = ("--only", "pre-, card-1", "--only", "fb-1", "--except", "pre-12,pre-13")
    told = json.loads(run("--replay", str(record), *BY, "--format", "json", *chosen).stdout)
    names = {row["id"] for row in told["statements"]}
    assert {"pre-11", "pre-14", "card-1", "fb-1"} <= names
    assert {name.split("-")[0] for name in names} == {"pre", "card", "fb"}
    assert not {"pre-12", "pre-13", "card-2"} & names


@pytest.fixture
def broken(record, tmp_path):
    """The same record with a card that breaks several statements."""
    import shutil

    folder = tmp_path / "broken"
    shutil.copytree(record, folder)
    answer = next(f for f in sorted(folder.glob("[0-9][0-9][0-9].json")) if '"probe": "good"' in f.read_text())
    answer.write_text(json.dumps(json.loads(answer.read_text()) | {"answer": {"text": '{"cards": [{}]}'}}))
    return folder


def test_what_the_baseline_knows_does_not_fail_and_what_it_does_not_know_does(record, broken, tmp_path):
    known, good = tmp_path / "known.json", tmp_path / "good.json"
    assert run("--replay", str(broken), *BY, *FEW, "--format", "json", "--output", str(known)).exit_code == 1
    run("--replay", str(record), *BY, *FEW, "--format", "json", "--output", str(good))
    accepted = run("--replay", str(broken), *BY, *FEW, "--baseline", str(known))
    assert (accepted.exit_code, "(all known)" in accepted.output) == (0, True)
    assert run("--replay", str(broken), *BY, *FEW, "--baseline", str(good)).exit_code == 1
    junit = run("--replay", str(broken), *BY, *FEW, "--baseline", str(known), "--format", "junit").stdout
    assert 'failures="0"' in junit


def test_what_is_not_judged_now_is_not_told_as_gone_or_as_said_by_another_release(record, broken, tmp_path):
    old = tmp_path / "old.json"
    run("--replay", str(broken), *BY, "--format", "json", "--output", str(old))
    words = ["--replay", str(broken), "--only", "sug-", "--compare", str(old), "--format", "json"]
    told = json.loads(run(*words).stdout)["summary"]
    assert told["compared"][0].startswith("nothing is otherwise")
    assert {tuple(held["also"]) for held in told["release"]["others"].values()} == {()}


def test_a_record_is_judged_whole(record):
    done = run("--replay", str(record), *BY, "--service", "problem-list")
    assert (done.exit_code, "judged whole" in done.output) == (2, True)


def test_two_reports_are_compared_by_what_came_and_what_went(record, broken, tmp_path):
    old = tmp_path / "old.json"
    run("--replay", str(broken), *BY, *FEW, "--format", "json", "--output", str(old))
    told = json.loads(run("--replay", str(record), *BY, *FEW, "--format", "json", "--compare", str(old)).stdout)["summary"]["compared"]
    assert "card-1: was broken, is passed" in told
    assert any(line.startswith("card-1: gone: ") for line in told)


def test_what_is_said_of_services_that_were_not_called_both_times_is_not_compared(tmp_path):
    old = tmp_path / "old.json"
    entry = {"hook": "patient-view", "title": "S", "description": "d"}

    def answer(call):
        listed = {"services": [entry | {"id": "well"}, entry | {"id": "ill"}]}
        return Answer(200, listed if call.path == "/cds-services" else {"cards": [{}] if call.path.endswith("/ill") else []})

    with Server(answer) as base:
        run(base, *BY, *FEW, "--format", "json", "--output", str(old))
        words = [base, *BY, *FEW, "--service", "well", "--compare", str(old), "--format", "json"]
        told = json.loads(run(*words).stdout)["summary"]["compared"]
    assert told[1:] == ["not called now, so not compared: ill"]
    assert told[0].startswith("nothing is otherwise")


@pytest.mark.parametrize(("name", "says"), [("badge.svg", "nothing broken, 26 of 27 seen</text>"), ("badge.json", '"message": "nothing broken, 26 of 27 seen"')])
def test_a_badge_is_written(record, tmp_path, name, says):
    run("--replay", str(record), *BY, *FEW, "--badge", str(tmp_path / name))
    assert says in (tmp_path / name).read_text()


def test_help_tells_the_exit_codes():
    assert "Exit codes" in run("--help").output
