"""The page about a feed: what it sends, what is understood, the draft for the rest; and nobody's name in it."""

import gzip
import io
import json
import re
from dataclasses import replace
from html import unescape

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from tests.conftest import TODAY
from tests.shipped import LIBRARY

HERE = Settings(today=TODAY, database="none", page="local", access_log=False)
STRANGE = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-01-02", "code": {"coding": [{"system": "urn:house", "code": "VB12"}], "text": "Vitamin B12"}}


@pytest.fixture(scope="module")
def page():
    return create_app(HERE, library=LIBRARY).test_client()


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def sent(page, *files: bytes, **form):
    upload = [(io.BytesIO(body), f"Jane Doe {number}.json") for number, body in enumerate(files)]
    return page.post("/feed", data={"file": upload, **form})


def patient(name="low-b12") -> bytes:
    return (shelf.folder() / "patients" / f"{name}.json").read_bytes()


def test_what_is_understood_is_listed_with_what_it_is_and_a_feed_that_is_fit_is_said_to_be(page):
    answer = page.get("/feed?of=bundled")
    assert answer.status_code == 200
    assert "b12_total" in answer.text
    assert f"{len(shelf.patient_names())} Patient" in text_of(answer.text)
    assert "it to switch the service on" in answer.text


def test_what_is_not_understood_comes_with_its_reason_and_an_entry_to_complete(page):
    text = text_of(sent(page, patient(), json.dumps(STRANGE).encode()).text)
    assert "its code VB12 of urn:house is not known here" in text
    assert "Not fit yet" in text
    assert '# code = "VB12"' in text
    assert '# concept = "b12_total"' in text


@pytest.mark.parametrize("kind", ["bundle", "ndjson", "gzip", "pasted", "hook request"])
def test_whatever_a_feed_is_written_in_it_is_read(page, kind):
    rows = [entry["resource"] for entry in json.loads(patient())["entry"]]
    lines = "\n".join(map(json.dumps, rows)).encode()
    body = {"bundle": patient(), "ndjson": lines, "gzip": gzip.compress(lines), "hook request": json.dumps({"hook": "patient-view", "prefetch": {"a": rows[0], "b": json.loads(patient())}}).encode()}
    answer = sent(page, text=lines.decode()) if kind == "pasted" else sent(page, body[kind])
    assert answer.status_code == 200
    assert "b12_total" in answer.text


def test_a_line_that_cannot_be_read_is_told_once_and_a_file_is_not_called_by_its_name(page):
    answer = sent(page, patient().replace(b"\n", b" ") + b"\n{broken\n")
    assert text_of(answer.text).count("file 1, line 2: is not JSON") == 1
    assert "Jane" not in answer.text


def test_a_name_of_a_patient_is_in_no_row(page):
    body = json.loads(patient())
    body["entry"][0]["resource"]["name"] = [{"family": "Quixworth"}]
    body["entry"].append({"resource": STRANGE | {"code": {"text": "Vitamin B12 for Quixworth"}}})
    answer = sent(page, json.dumps(body).encode())
    assert answer.status_code == 200
    assert "Quixworth" not in answer.text


@pytest.mark.parametrize(("files", "says"), [((), "choose a file"), ((b"{}",), "no FHIR resource"), ((b"\x00\xff",), "no FHIR resource"), ((gzip.compress(b" " * 21_000_000),), "20")])
def test_what_is_no_feed_is_told_and_not_judged(page, files, says):
    answer = sent(page, *files)
    assert 400 <= answer.status_code < 500
    assert says in text_of(answer.text)


def test_a_cohort_is_surveyed_where_there_is_one(page, tmp_path):
    assert page.get("/feed?of=cohort").status_code == 400
    (tmp_path / "Observation.ndjson").write_text(json.dumps(STRANGE) + "\n", "utf-8")
    mine = create_app(replace(HERE, cohort=tmp_path), library=LIBRARY).test_client()
    assert "VB12" in mine.get("/feed?of=cohort").text
