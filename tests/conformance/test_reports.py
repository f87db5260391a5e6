"""One run, told in four forms, kept and judged again: nothing is lost on the way, and nothing secret is shown."""

import json
import xml.etree.ElementTree as xml

import jsonschema
import pytest
from cds_conformance import judge, judge_again
from cds_conformance.errors import BadOption
from cds_conformance.judge import base_of, report_on
from cds_conformance.options import Options
from cds_conformance.record import load, save
from cds_conformance.report.forms import FORMS, schema
from cds_conformance.report.model import RESULTS
from cds_conformance.statements import load_statements
from mutate import Mutant
from rejudge import evidence_as

from tests.browser import chromium, tab

LOUD = Mutant(
    id="loud",
    breaks="card-2",
    how="An indicator and a title of its own kind",
    change=({"in": "advice", "hook": "patient-view", "at": "cards[1].indicator", "set": "<b>hard-stop</b>"},),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A report with findings, and the folder in which its run was kept."""
    folder = tmp_path_factory.mktemp("record")
    evidence = evidence_as(LOUD)
    save(evidence, folder)
    report = report_on(evidence, Options(spec="2.0"))
    assert report.statements["card-2"].result == "fail"
    return report, folder


def test_the_json_form_keeps_to_its_schema(run):
    report, _ = run
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(json.loads(FORMS["json"](report)))


def test_every_statement_is_in_every_form(run):
    report, _ = run
    names = set(load_statements("2.0"))
    told = json.loads(FORMS["json"](report))
    assert {row["id"] for row in told["statements"]} == names
    cases = xml.fromstring(FORMS["junit"](report)).findall("testcase")
    assert {case.get("name").split()[0] for case in cases} == names
    assert all(f'id="{name}"' in FORMS["html"](report) for name in names)


def test_what_was_not_tried_never_hides_in_the_text(run):
    report, _ = run
    text = FORMS["text"](report).replace("\n", " ")
    hidden = [v for v in report.with_result("not_tried", "cannot_be_seen") if v.statement.id not in text or not v.why]
    assert hidden == []


def test_the_counts_are_those_of_the_statements(run):
    report, _ = run
    assert sum(report.counts.values()) == len(report.statements)
    assert set(report.counts) == set(RESULTS)
    assert report.exit_code == 1


def test_a_finding_points_to_the_exchange_that_shows_it_and_a_line_that_sends_it_again(run):
    report, folder = run
    for _, finding in report.findings:
        exchange = report.exchanges[finding.exchange - 1]
        assert exchange["id"] == finding.exchange
        assert exchange["curl"].startswith("curl -i -X ")
        if exchange["request"]["bytes"]:
            name = exchange["curl"].split("-d @")[1]
            assert len((folder / name).read_bytes()) > 0


def test_html_is_one_page_that_runs_nothing_and_loads_nothing(run):
    report, _ = run
    page = FORMS["html"](report)
    assert "<b>hard-stop</b>" not in page
    assert "&lt;b&gt;hard-stop" in page
    assert not any(word in page for word in ("<script", "<link", "<img", "src=", "@import", "url("))


def test_in_a_browser_a_link_to_an_exchange_opens_it_and_print_is_light(run, tmp_path):
    report, _ = run
    (tmp_path / "report.html").write_text(FORMS["html"](report), "utf-8")
    with chromium() as browser, tab(browser, color_scheme="dark") as page:
        page.goto((tmp_path / "report.html").as_uri())
        page.locator("article.fail li a").first.click()
        page.locator(":target pre").first.wait_for()
        told = "getComputedStyle(document.querySelector('.verdict')).backgroundColor"
        assert page.evaluate(told) == "rgb(74, 28, 32)"
        page.emulate_media(media="print")
        assert page.evaluate(told) == "rgb(253, 231, 233)"


def test_a_kept_run_is_judged_again_to_the_same_end(run):
    report, folder = run
    again = judge_again(folder, spec="2.0")
    assert again.as_json()["statements"] == report.as_json()["statements"]
    assert again.as_json()["summary"] == report.as_json()["summary"]


def test_a_kept_run_can_be_judged_by_another_release_and_the_profile(run):
    _, folder = run
    assert judge_again(folder, spec="3.0").spec == "3.0"
    assert "crd-1" in judge_again(folder, spec="2.0", profile="crd").statements


def test_no_access_token_is_kept_or_told(run):
    report, folder = run
    kept = b"".join(file.read_bytes() for file in folder.iterdir())
    assert b"an-access-token-that-is-not-kept" in kept
    assert b'"access_token": "judge-' not in kept
    assert "judge-many" not in FORMS["json"](report)
    assert "access_token" not in FORMS["json"](report)


def test_bodies_are_told_only_when_asked_for(run):
    _, folder = run
    assert "patientId" not in FORMS["json"](judge_again(folder, spec="2.0"))
    assert "patientId" in FORMS["json"](judge_again(folder, spec="2.0", show_data=True))


def test_a_folder_with_other_things_is_not_written_to(tmp_path, run):
    (tmp_path / "letter.txt").write_text("mine")
    evidence = load(run[1])
    with pytest.raises(BadOption, match="not empty"):
        save(evidence, tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_a_run_cannot_be_replayed(folder, tmp_path):
    with pytest.raises(BadOption, match="holds no recorded run"):
        judge_again(tmp_path / folder)


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "http://", "http://me:secret@x"])
def test_what_is_no_url_of_a_service_is_refused(url):
    with pytest.raises(BadOption):
        base_of(url)


@pytest.mark.parametrize("option", [{"spec": "2.1"}, {"profile": "us"}, {"token_key": "no-such-file", "issuer": "x"}])
def test_an_option_that_cannot_be_used_is_told(option):
    with pytest.raises(BadOption):
        judge("http://127.0.0.1:9", **option)


def test_nobody_there_is_told_and_nothing_passes():
    report = judge("http://127.0.0.1:9")
    assert "127.0.0.1:9" in report.problem
    assert report.exit_code == 2
    assert report.counts["pass"] == report.counts["fail"] == report.counts["warn"] == 0
