"""Every check keeps its promises: it names known statements, has a page, and its samples are what it says they are."""

import json
from pathlib import Path

import pytest
import yaml
from cds_conformance.checks import CHECKS, NotTried
from cds_conformance.checks.parts import Part, Parts
from cds_conformance.docs import pages
from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.reading import read
from cds_conformance.statements import load_statements

SHARED = Path(__file__).resolve().parents[3] / "shared" / "cds-hooks-requirements.yaml"
STATEMENTS = load_statements("3.0", "crd")
WITH_PAGE = [check for check in CHECKS if not any(name.startswith("crd-") for name in check.statements)]
SAMPLED = {
    "body",
    "discovery",
    "listed",
    "template",
    "answer",
    "card",
    "source",
    "suggestion",
    "action",
    "link",
    "extension",
}
OF_HEADERS = {"json-4"}  # its samples are a header, not a body
WITH_SAMPLES = [check for check in WITH_PAGE if check.each in SAMPLED and not OF_HEADERS & set(check.statements)]


def test_every_statement_that_can_be_seen_has_a_check_and_every_check_a_statement():
    named = {name for check in CHECKS for name in check.statements}
    seen = {name for name, statement in STATEMENTS.items() if statement.seen != "never"}
    assert named == seen


def test_the_statements_of_the_shared_list_are_all_here():
    if not SHARED.exists():
        pytest.skip(f"missing part: {SHARED.name} is not beside this checkout")
    listed = yaml.safe_load(SHARED.read_text("utf-8"))
    assert {row["id"] for row in listed["requirements"]} <= set(STATEMENTS)


@pytest.mark.parametrize("check", WITH_PAGE, ids=lambda check: check.name)
def test_a_check_has_a_whole_page(check):
    assert set(check.page) == {"what", "why", "good", "bad", "mend"}
    assert all(check.page.values())


def said_about(check, sample: str) -> list:
    body = sample if check.each != "template" else "{}"
    about = b'{"context": {"patientId": "1"}}'
    exchange = Exchange(1, "good", "POST", "http://s/cds-services/x", {}, about, service="x", hook="patient-view", status=200)
    exchange.answer = body.encode()
    feedback = Exchange(2, "feedback", "POST", "http://s/cds-services/x/feedback", {}, service="x", status=200)
    run = Parts(
        Evidence("http://s", "", [exchange, feedback]),
        "3.0" if "3.0" in STATEMENTS[check.statements[0]].since else "2.0",
    )
    value = sample if check.each == "template" else read(sample.encode()).value
    up = Part({"hook": "patient-view"}, "", exchange, run)
    said = list(check.function(Part(value, "", exchange, run, up)) or ())
    return [one for one in said if not isinstance(one, NotTried)]


@pytest.mark.parametrize("check", WITH_SAMPLES, ids=lambda check: check.name)
def test_the_good_sample_is_good_and_the_bad_one_is_bad(check):
    assert said_about(check, check.page["good"]) == []
    assert said_about(check, check.page["bad"]) != []


def test_the_pages_of_the_docs_are_up_to_date():
    docs = Path(__file__).parents[2] / "conformance" / "docs"
    written = {name: (docs / name).read_text("utf-8") if (docs / name).exists() else "" for name in pages()}
    stale = [name for name, text in pages().items() if written[name] != text]
    assert stale == [], "run: python -m cds_conformance.docs conformance/docs"


def test_no_page_is_left_of_a_statement_that_is_gone():
    docs = Path(__file__).parents[2] / "conformance" / "docs"
    assert {f"checks/{file.name}" for file in (docs / "checks").glob("*.md")} <= set(pages())


def test_a_sample_of_json_is_json_or_broken_on_purpose():
    broken = {"json-1", "json-3"}
    for check in WITH_SAMPLES:
        if check.each != "template" and not broken & set(check.statements):
            json.loads(check.page["good"]), json.loads(check.page["bad"])
