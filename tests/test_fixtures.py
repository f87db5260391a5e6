"""The fixtures are valid, dated, described, never stale, and every request gives the cards that it promises."""

import importlib
import json
import re
import shutil
import tomllib
from datetime import date

import pytest
from tools.make_requests import pages

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.client import in_process
from cdshooks.ehr.visit import named_visit
from cdshooks.errors import BadInput
from tests.conftest import shared
from tests.shipped import LIBRARY

FOLDER = shelf.folder()
ABOUT = tomllib.loads((FOLDER / "about.toml").read_text("utf-8"))
STORIES = {story.name: story for story in shelf.stories()}
# fmt: off
TOPICS = {
    "b12-deficiency", "b12-indeterminate", "folic-acid-first", "potassium-monitoring", "leber-cyanocobalamin",
    "cobalamin-hypersensitivity", "b12-route", "b12-oral-dose-low", "b12-dose-error", "metformin-b12-check",
    "b12-risk-group", "drug-induced-lupus", "b12-treatment-review", "platelet-recheck", "b12-interval-by-level",
    "nitrous-oxide", "b12-pregnancy", "mma-renal", "lifelong-b12-lapsed", "b12-test-uninformative",
    "b12-result-unusable", "b12-retest-old-low", "folate-deficiency-with-b12",
}
# fmt: on


@pytest.fixture(scope="module")
def client():
    """Our service on the day that the fixtures are told of."""
    return in_process(create_app(Settings(today=shelf.open_patient("low-b12").told), LIBRARY))


def json_file(kind, name):
    return json.loads((FOLDER / kind / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("kind", ["patients", "drafts"])
@pytest.mark.parametrize("library", ["R4B"])
def test_every_fixture_is_valid_fhir(kind, library):
    for name in shelf.names(kind):
        body = json_file(kind, name)
        module = importlib.import_module(f"fhir.resources.{library}.{body['resourceType'].lower()}")
        assert getattr(module, body["resourceType"]).model_validate(body).get_resource_type() == body["resourceType"]


@pytest.mark.parametrize("name", shelf.patient_names())
def test_a_patient_is_told_as_of_one_day_under_one_name(name):
    body = json_file("patients", name)
    record = shelf.open_patient(name)
    ids = [(row["resourceType"], row["id"]) for row in record.resources]
    assert (body["timestamp"], body["id"], record.patient_id) == ("2026-01-15T00:00:00+00:00", name, name)
    assert len(ids) == len(set(ids))
    assert "Test" in json.dumps(record.patient["name"])  # nobody may take them for a real person


def test_the_words_about_patients_and_drafts_name_exactly_those_that_are_there():
    assert sorted(ABOUT["patients"]) == sorted(shelf.patient_names())
    assert sorted(ABOUT["drafts"]) == sorted(shelf.draft_names())


def test_every_topic_has_a_patient_and_no_patient_claims_another():
    claimed = {topic for row in ABOUT["patients"].values() for topic in row["topics"]}
    assert claimed == TOPICS


def test_a_newcomer_starts_with_a_low_b12():
    assert shelf.first_request_name() == "low-b12"
    assert len(STORIES) == len(shelf.request_names())


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(BadInput, match=r"lowb12: no file, and no patient of the fixtures .*; did you mean 'low-b12'?"):
        shelf.open_patient("lowb12")
    with pytest.raises(BadInput, match=r"try 'low-b12' or another of fixtures/README.md"):
        shelf.story("xyzzy")


def test_the_fixtures_of_an_installed_wheel_are_found_and_missing_ones_are_said_to_be(tmp_path, monkeypatch):
    shutil.copytree(FOLDER, tmp_path / "_fixtures")
    monkeypatch.setattr(shelf, "PLACES", (tmp_path / "_fixtures", tmp_path / "fixtures"))
    assert shelf.folder() == tmp_path / "_fixtures"
    assert shelf.open_patient("healthy").patient_id == "healthy"
    shutil.rmtree(tmp_path / "_fixtures")
    with pytest.raises(BadInput, match="the fixtures are not there; install cdshooks again"):
        shelf.patient_names()


def test_nothing_derived_is_stale_and_no_request_is_left_over():
    written = list(pages())
    stale = [path.name for path, text in written if not path.exists() or path.read_text("utf-8") != text]
    left_over = set((FOLDER / "requests").glob("*.json")) - {path for path, _ in written}
    assert (stale, left_over) == ([], set()), "run: python -m tests.tools.make_requests"


@pytest.mark.parametrize("name", STORIES)
def test_a_request_gives_the_cards_that_it_promises(name, client):
    service = client.service_for(STORIES[name].hook)
    status, body = client.call(service["id"], json_file("requests", name))
    got = sorted((card["source"]["topic"]["code"], card["indicator"]) for card in body.get("cards", [body]))
    assert (status, got) == (200, sorted(STORIES[name].expected))


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 11, 21), date(2031, 3, 1)], ids=str)
def test_a_request_is_as_true_on_any_other_day(day):
    client = in_process(create_app(Settings(today=day), LIBRARY))
    for story in STORIES.values():
        service = client.service_for(story.hook)
        status, body = client.call(service["id"], named_visit(story.name, day).request(service["prefetch"]))
        got = sorted((card["source"]["topic"]["code"], card["indicator"]) for card in body.get("cards", [body]))
        assert (story.name, status, got) == (story.name, 200, sorted(story.expected))


@pytest.mark.parametrize("name", STORIES)
def test_our_own_templates_are_all_answered(name, client):
    visit = named_visit(name, shelf.open_patient(STORIES[name].patient).told)
    templates = client.service_for(visit.hook)["prefetch"]
    told = []
    assert set(visit.request(templates, tell=told.append)["prefetch"]) == set(templates)
    assert told == []


def codes_in(value):
    """Every (system, code) of codings anywhere in a JSON value."""
    if isinstance(value, dict):
        if isinstance(value.get("system"), str) and isinstance(value.get("code"), str):
            yield value["system"], value["code"]
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from codes_in(child)


def test_every_clinical_code_stands_in_the_reference():
    reference = shared("clinical-reference.md").read_text("utf-8")
    systems = ("http://loinc.org", "http://snomed.info/sct", "rxnorm", "icd-10-cm")
    routes = {"26643006", "78421000"}
    used = {
        code
        for kind in ("patients", "drafts")
        for name in shelf.names(kind)
        for system, code in codes_in(json_file(kind, name))
        if system.endswith(systems)
    }
    assert len(used) > 40
    assert (
        sorted(code for code in used - routes if not re.search(rf"(?<![\d.]){re.escape(code)}(?!\d)", reference)) == []
    )
