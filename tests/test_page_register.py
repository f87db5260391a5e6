"""A register on the page: the patients of NDJSON files like any others, numbered; and all of them counted as a screening does."""

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape

import pytest
from click.testing import CliRunner

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.page.opened import name_of
from cdshooks.protocol.wire import encode
from tests.conftest import TODAY
from tests.shipped import LIBRARY

HERE = Settings(today=TODAY, database="none", page="local", access_log=False)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    """All bundled patients as a bulk export: a file a type; a line that is broken, and rows without their patient."""
    folder = tmp_path_factory.mktemp("register")
    lines: dict[str, list[str]] = {}
    for name in shelf.patient_names():
        for row in shelf.open_patient(name).resources:
            lines.setdefault(row["resourceType"], []).append(encode(row).decode())
    lines["Observation"] += ["{broken", json.dumps({"resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/nobody"}, "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}})]
    for kind, rows in lines.items():
        (folder / f"{kind}.ndjson").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def page(register):
    return create_app(replace(HERE, cohort=register), library=LIBRARY).test_client()


def screened(*options) -> Counter:
    done = CliRunner().invoke(main, ["screen", *options, "--workers", "1"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return Counter((row["topic"], row["indicator"]) for row in rows if "topic" in row)


def counted(page, **asked) -> Counter:
    table = page.post("/cohort", data=asked).text.partition("By card")[2].partition("</table>")[0]
    topics = {card.title: card.topic for card in LIBRARY.cards}
    found = re.findall(r'<th scope="row">(.*?)</th><td><b class="chip \w+">(\w+)</b></td><td class="number">(\d+)', table)
    return Counter({(topics.get(unescape(title), "could-not-check"), level): int(number) for title, level, number in found})


@pytest.mark.parametrize(("asked", "options"), [({}, ["--as-of", "2026-01-15"]), ({"day": "last"}, ["--as-of", "last"])])
def test_the_whole_is_counted_as_a_screening_counts_it(page, register, asked, options):
    found = counted(page, **asked)
    assert found.total() > 20
    assert found == screened(str(register), *options)


def test_the_day_is_said_in_words_and_what_could_not_be_read_is_told(page):
    text = text_of(page.post("/cohort", data={"day": "last", "order": "folic acid 5 mg daily"}).text)
    assert "each judged for the day of its last entry, as if the chart had been opened then and “folic acid 5 mg daily” were signed" in text
    assert re.search(r"\d × there are rows of a patient, and no Patient among them", text)
    assert "Observation.ndjson, line" in text
    assert "all judged for 2026-01-15, as if every chart were opened today" in text_of(page.get("/cohort").text)


@pytest.mark.parametrize("method", ["get", "post"])
def test_lines_that_were_skipped_are_told_though_nobody_is_left(method, tmp_path):
    """Beside a patient's file a register of which nothing can be used; in the table as in the counts."""
    (tmp_path / "one.json").write_bytes((shelf.folder() / "patients" / "low-b12.json").read_bytes())
    (tmp_path / "rows.ndjson").write_text('{"no\n{"patient": "x"}\n')
    mine = create_app(replace(HERE, cohort=tmp_path), library=LIBRARY).test_client()
    text = text_of(getattr(mine, method)("/cohort").text)
    assert "rows.ndjson, line 1: it is not JSON; skipped rows.ndjson, line 2: it is no FHIR resource; skipped" in text


def test_each_patient_opens_by_number_with_all_that_a_card_needs(page, register):
    html = page.get("/cohort").text
    rows = dict(re.findall(r'<a href="(/why\?patient=%40\d+&amp;hook=patient-view)">(patient \d+)</a>', html))
    assert len(set(rows.values())) == len(shelf.patient_names())
    shown = "".join(page.get(unescape(link)).text for link in list(rows)[:12])
    assert shown.count("of your cohort") == 12
    names = [name_of(shelf.open_patient(name).patient) for name in shelf.patient_names()]
    assert sum(name in unescape(shown) for name in names if name) >= 6


def test_what_is_kept_of_a_register_goes_with_the_service(register, tmp_path, monkeypatch):
    import gc
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    app = create_app(replace(HERE, cohort=register), library=LIBRARY)
    assert app.test_client().get("/cohort").status_code == 200
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert app.test_client().get("/cohort?from=10").status_code == 200
    assert list(tmp_path.iterdir()) == [kept]
    del app
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_register_that_is_too_large_is_sent_to_the_command(register, monkeypatch):
    monkeypatch.setattr("cdshooks.page.register.MOST_BYTES", 10)
    answer = create_app(replace(HERE, cohort=register), library=LIBRARY).test_client().get("/cohort")
    assert answer.status_code == 400
    assert "cdshooks screen" in answer.text


def test_one_run_at_a_time_and_a_run_that_nobody_watches_ends(page):
    first = page.post("/cohort", buffered=False)
    next(first.response)
    assert page.post("/cohort").status_code == 400
    first.close()
    assert page.post("/cohort").status_code == 200


def test_an_order_that_cannot_be_read_is_told_before_anything_is_judged(page):
    assert page.post("/cohort", data={"order": "no-such-draft"}).status_code == 400
