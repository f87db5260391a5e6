"""The command: its exit codes, its forms, and what it says when it cannot begin."""

import json

import pytest
from cds_conformance.cli import main
from click.testing import CliRunner
from mutate import build
from proving import GOOD
from reference.wire import Server


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """The kept run of a service that does everything right."""
    folder = tmp_path_factory.mktemp("record")
    service = build(GOOD)
    with Server(service.answer) as base:
        service.base = base
        done = run(base, "--timeout", "3", "--record", str(folder), "--format", "json")
    assert done.exit_code == 0, done.output
    return folder


def run(*words):
    return CliRunner().invoke(main, words)


def test_a_good_service_exits_with_0_and_one_that_breaks_a_shall_with_1(record):
    assert run("--replay", str(record)).exit_code == 0
    answer = next(f for f in sorted(record.glob("[0-9][0-9][0-9].json")) if '"probe": "good"' in f.read_text())
    kept = answer.read_text()
    entry = json.loads(kept)
    entry["answer"] = {"text": '{"cards": [{}]}'}
    answer.write_text(json.dumps(entry))
    done = run("--replay", str(record))
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
    ],
)
def test_what_cannot_begin_exits_with_2_and_says_what_to_give(words, says):
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize("form", ["text", "json", "junit", "html"])
def test_a_report_goes_to_the_file_that_is_named(form, record, tmp_path):
    file = tmp_path / "report"
    done = run("--replay", str(record), "--format", form, "--output", str(file))
    assert done.exit_code == 0
    assert "0 broken" in done.output
    assert file.read_text("utf-8").strip()


def test_the_json_form_alone_goes_to_the_terminal(record):
    assert json.loads(run("--replay", str(record), "--format", "json").stdout)["spec"] == "2.0"


def test_help_tells_the_exit_codes():
    assert "Exit codes" in run("--help").output
