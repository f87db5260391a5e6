"""The views beside the charts: cards as pages to sign, what became of them, and that each asks no more than it may."""

import csv
import io
import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from threading import Lock
from unittest.mock import Mock

import cds_conformance
import pytest
from cds_conformance.errors import ConformanceError
from cds_conformance.in_process import serving
from click.testing import CliRunner
from test_plots import contrast

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.ehr import shelf
from cdshooks.page import judge as judging
from cdshooks.page.cards import loudest
from cdshooks.plots.bars import Bars, bars
from cdshooks.store.entry import Entry
from cdshooks.store.shown import Shown
from tests.conftest import TODAY
from tests.shipped import LIBRARY

HERE = Settings(today=TODAY, database="none", page="local", access_log=False)


@pytest.fixture(scope="module")
def page():
    return create_app(HERE, library=LIBRARY).test_client()


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# Cards ----------------------------------------------------------------------------------------------------------------


def test_every_card_is_listed_and_a_hook_shows_its_own(page):
    text = page.get("/cards").text
    assert all(f'href="/cards/{card.topic}"' in text for card in LIBRARY.cards)
    some = page.get("/cards?hook=order-sign").text
    assert {card.topic for card in LIBRARY.cards if f'href="/cards/{card.topic}"' in some} == {card.topic for card in LIBRARY.cards if "order-sign" in card.hooks}


def topics(html: str) -> set[str]:
    return set(re.findall(r'class="tile" href="/cards/([^"]+)"', html))


def test_cards_are_found_by_words_of_their_topic_by_country_and_by_level(page):
    assert topics(page.get("/cards?words=folic-acid+FIRST").text) == {"folic-acid-first"}
    assert topics(page.get("/cards?level=critical").text) == {card.topic for card in LIBRARY.cards if loudest(card) == "critical"}
    british = topics(page.get("/cards?country=GB").text)
    assert "b12-deficiency" in british
    assert british < topics(page.get("/cards").text)
    assert british == {card.topic for card in LIBRARY.cards if any(t.country == "GB" for s in card.page.suggestions for o in s.orders for t in o.variants)}
    assert "No card is like that" in page.get("/cards?words=nothing-at-all").text


@pytest.mark.parametrize("card", LIBRARY.cards, ids=lambda c: c.topic)
def test_whatever_a_card_offers_is_told_by_its_label_once_for_each_country(card, page):
    html = page.get(f"/cards/{card.topic}").text.partition("It offers")[2].partition("</ul>")[0]
    told = [text_of(item) for item in re.findall(r"<li>(.*?)</li>", html)]
    assert len(set(told)) == len(told)
    assert sorted(told) == sorted({f"{one.country} {one.label}".strip() for each in card.page.suggestions for one in each.in_country(None)})
    assert all(told)


@pytest.mark.parametrize("card", LIBRARY.cards[:4], ids=lambda c: c.topic)
def test_the_page_of_a_card_has_all_that_a_clinician_signs(page, card):
    text = text_of(page.get(f"/cards/{card.topic}").text)
    assert all(" ".join(criterion.say.split()) in text for criterion in card.criteria)
    assert all(vignette["name"] in text for vignette in card.page.vignettes)
    assert all(LIBRARY.sources[one.source].label in text for one in card.page.evidence)
    assert f"All {len(card.page.vignettes)} come out as told." in text
    assert "Not clinically signed" in text
    assert "Signature" in text
    assert card.page.version in text


def test_a_card_that_is_not_there_is_not_found(page):
    assert page.get("/cards/no-such-card").status_code == 404


def test_the_loudest_of_a_card_is_that_of_its_table_or_matrix():
    assert {loudest(card) for card in LIBRARY.cards} == {"info", "warning", "critical"}


# Feedback -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(address):
    """A page over a database of either kind, in which two cards were shown and one was overridden."""
    from cdshooks.store import feedback
    assert CliRunner().invoke(main, ["db", "upgrade", "--database", address]).exit_code == 0
    app = create_app(replace(HERE, database=address), library=LIBRARY)
    database = app.extensions["cdshooks.kept"].database
    at = datetime(2026, 1, 14, 10, 0, tzinfo=UTC)
    topic = LIBRARY.cards[0].topic
    cards = ["8b3a2f0e-6d0c-4b0e-9a35-6a4b3f1f7c11", "8b3a2f0e-6d0c-4b0e-9a35-6a4b3f1f7c12"]
    feedback.keep_shown(database, [Shown("", card, topic, "v1", "b12-patient-view", "patient-view", "i", "warning", at) for card in cards], 3)
    entry = Entry(cards[0], "overridden", at, (), "=cmd|'/c calc'!A1", "urn:x", None)
    feedback.keep_feedback(database, "", "b12-patient-view", [entry], at)
    yield app.test_client()
    database.close()


def test_what_was_kept_is_counted_drawn_and_listed(kept):
    html = kept.get("/feedback").text
    text = text_of(html)
    assert '<svg class="plot"' in html
    assert LIBRARY.cards[0].title in text
    assert "2026-01-14 10:00" in text
    assert "3 cards were shown and could not be recorded" in text
    assert "2026-01-14" not in text_of(kept.get("/feedback?since=2026-01-15").text).partition("Entry by entry")[2]


def test_what_is_taken_along_opens_no_formula_and_is_complete(kept):
    (row,) = csv.DictReader(io.StringIO(kept.get("/feedback.csv").text))
    assert row["reason_code"].startswith("'=")
    (line,) = kept.get("/feedback.ndjson").text.splitlines()
    assert json.loads(line)["reason_code"].startswith("=cmd")


def test_a_service_that_keeps_nothing_says_so(page):
    assert "keeps no feedback" in page.get("/feedback").text
    assert page.get("/feedback?since=soon").status_code in (200, 400)


def test_bars_stand_in_proportion():
    drawn = re.findall(r'<rect class="plot-bar-(\w+)"[^>]*height="([\d.]+)"><title>', bars([Bars("a", {"x": 10, "y": 5}), Bars("b", {"x": 0, "y": 10})], "t"))
    assert [kind for kind, _ in drawn] == ["ordered", "given"] * 2
    tall = [float(height) for _, height in drawn]
    assert tall[0] == tall[3] == 2 * tall[1]
    assert tall[2] == 0


def test_few_bars_stand_where_a_narrow_screen_shows_them():
    drawn = [float(x) for x in re.findall(r'<rect class="plot-bar-\w+" x="([\d.]+)"[^>]*><title>', bars([Bars("a", {"x": 10, "y": 5})], "t"))]
    assert len(drawn) == 2
    assert max(drawn) < 200


# Colours of the page --------------------------------------------------------------------------------------------------


def palettes():
    from cdshooks.page import play

    css = (__import__("pathlib").Path(play.__file__).parent / "static" / "page.css").read_text("utf-8")
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{([^{}]*--critical: [^{}]*)\}", css)]


@pytest.mark.parametrize("colours", palettes(), ids=["light", "dark"])
def test_every_text_of_the_page_can_be_told_from_its_ground(colours):
    for ground in ("ground", "panel"):
        for ink in ("ink", "soft", "accent", "critical", "warning", "info", "good"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
    for name in ("critical", "warning", "info", "good"):
        assert contrast(colours[name], colours[f"{name}-ground"]) >= 4.5, name
    assert contrast(colours["soft"], colours["quiet-ground"]) >= 4.5
    assert contrast(colours["mark-ink"], colours["mark"]) >= 4.5


# Many patients --------------------------------------------------------------------------------------------------------


def rows(html: str) -> list[list[str]]:
    body = html.partition('<tbody id="cohort">')[2].partition("</tbody>")[0]
    return [[text_of(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)] for row in body.split("</tr>") if "<t" in row]


def test_the_cohort_says_of_every_patient_what_each_would_get(page):
    found = rows(page.get("/cohort").text)
    assert {name for name, *_ in found} == set(shelf.patient_names())
    assert ["low-b12", "warning", LIBRARY.card("b12-deficiency").title, "age 54; Total vitamin B12 148 ng/L on 2026-01-06"] in found
    assert found[0][1] == "critical"
    assert ["healthy", "silent", "", "no card"] in found


def test_of_one_card_it_says_why_not(page):
    found = {name: (level, why) for name, level, _, why in rows(page.get("/cohort?topic=b12-deficiency").text)}
    level, why = found["healthy"]
    assert level == "silent"
    assert "Total vitamin B12 520 ng/L on 2025-11-20" in why


def test_a_level_keeps_only_its_rows_and_an_order_is_signed_for_everybody(page):
    assert {level for _, level, *_ in rows(page.get("/cohort?level=critical").text)} == {"critical"}
    ordered = page.get("/cohort?order=folic acid 5 mg daily&topic=folic-acid-first").text
    assert sum(level == "critical" for _, level, *_ in rows(ordered)) > 5
    assert "were signed" in ordered


@pytest.mark.parametrize("kind", ["folder", "ndjson"])
def test_ones_own_cohort_is_numbered_in_addresses_and_opens_from_there(tmp_path, kind):
    names = ("low-b12", "healthy")
    bodies = [(shelf.folder() / "patients" / f"{name}.json").read_text("utf-8") for name in names]
    place = tmp_path / "patients"
    if kind == "folder":
        place.mkdir()
        for name, body in zip(names, bodies, strict=True):
            (place / f"Jane Doe {name}.json").write_text(body, "utf-8")
        (place / "broken.json").write_text("{", "utf-8")
    else:
        place.write_text("".join(json.dumps(json.loads(body)) + "\n" for body in bodies), "utf-8")
    mine = create_app(replace(HERE, cohort=place), library=LIBRARY).test_client()
    html = mine.get("/cohort").text
    assert len(rows(html)) == 2
    assert ("Could not be read" in html) == (kind == "folder")
    links = re.findall(r'href="(/why[^"]+)"', html)
    assert all("Jane" not in link and "%40" in link for link in links)
    assert all("Every card, come or not" in mine.get(unescape(link)).text for link in links)
    assert mine.get("/?patient=@99").status_code == 400


def test_a_cohort_holds_what_a_screening_would_read_and_half_an_export_is_none(tmp_path):
    place = tmp_path / "made"
    made = CliRunner().invoke(main, ["make-patients", "--count", "5", "-o", str(place)])
    assert made.exit_code == 0, made.output
    mine = create_app(replace(HERE, cohort=place), library=LIBRARY).test_client()
    text = text_of(mine.post("/cohort").text)
    assert "5 judged in" in text
    assert "skipped" not in text
    (place / ".incomplete").touch()
    answer = mine.get("/cohort")
    assert (answer.status_code, "an export is not all here" in answer.text) == (400, True)


def test_a_cohort_may_be_one_file_with_one_patient_laid_out_over_many_lines(tmp_path):
    place = tmp_path / "mine.json"
    place.write_text(json.dumps(json.loads((shelf.folder() / "patients" / "low-b12.json").read_text("utf-8")), indent=2))
    html = create_app(replace(HERE, cohort=place), library=LIBRARY).test_client().get("/cohort").text
    assert [row[1] for row in rows(html)] == ["warning"]


# The author's bench ---------------------------------------------------------------------------------------------------


def test_the_bench_shows_faults_and_what_comes_out_otherwise(tmp_path):
    import shutil

    from cdshooks.web.current import Current, Fault, make_offer

    cards = tmp_path / "cards"
    shutil.copytree(LIBRARY.path, cards)
    current = Current(make_offer(load_library(cards), HERE))
    page = create_app(HERE, current=current).test_client()
    assert "No fault in the files" in page.get("/bench").text
    rule = cards / "_concepts" / "laboratory.toml"
    rule.write_text(rule.read_text("utf-8").replace('below  = ["180 ng/L", "133 pmol/L"]', 'below  = ["120 ng/L", "89 pmol/L"]').replace('at_least = ["180 ng/L", "133 pmol/L"]', 'at_least = ["120 ng/L", "89 pmol/L"]'), "utf-8")
    current.offers[2] = make_offer(load_library(cards), HERE).numbered(2)
    current.live[0] = 2
    text = text_of(page.get("/bench").text)
    assert "low-b12 Vitamin B12 deficiency: warning Indeterminate vitamin B12" in text
    everything = text_of(page.get("/bench?all=yes").text)
    assert re.search(r"[1-9]\d* come out otherwise than told", everything)
    current.last_fault = Fault(datetime(2026, 1, 15, tzinfo=UTC), ("cards/x/rule.toml, first [[when]]: it is wrong",), 2)
    text = text_of(page.get("/bench").text)
    assert "1 fault: the old cards stay in service" in text
    assert "cards/x/rule.toml, first [[when]]: it is wrong" in text


def test_a_patient_who_cannot_be_read_does_not_cost_the_bench_and_is_told(tmp_path):
    from cdshooks.web.current import Current, make_offer

    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "one.json").write_bytes((shelf.folder() / "patients" / "low-b12.json").read_bytes())
    current = Current(make_offer(LIBRARY, HERE))
    page = create_app(replace(HERE, cohort=tmp_path), current=current).test_client()
    current.offers[2], current.live[0] = make_offer(replace(LIBRARY), HERE).numbered(2), 2
    answer = page.get("/bench")
    assert answer.status_code == 200
    assert "These could not be judged: broken.json: " in text_of(answer.text)


def test_vignettes_run_when_they_or_what_cards_share_changed(tmp_path):
    """A cut-off stands in no card; a vignette in no rule."""
    import shutil

    from cdshooks.web.current import Current, make_offer

    cards = tmp_path / "cards"
    shutil.copytree(LIBRARY.path, cards)
    current = Current(make_offer(load_library(cards), HERE))
    page = create_app(HERE, current=current).test_client()

    def changed(file, old, new):
        text = (cards / file).read_text("utf-8")
        (cards / file).write_text(text.replace(old, new, 1), "utf-8")
        current.live[0] += 1
        current.offers[current.live[0]] = make_offer(load_library(cards), HERE).numbered(current.live[0])
        return text_of(page.get("/bench").text)

    wrong = changed("platelet_recheck/vignettes.toml", 'expect  = "info"', 'expect  = "critical"')
    assert re.search(r"\d+ vignettes of the changed cards were run; 1 comes out otherwise than told", wrong)
    shared = changed("_concepts/laboratory.toml", '"180 ng/L", "133 pmol/L"', '"120 ng/L", "89 pmol/L"')
    assert re.search(r"\d{4} vignettes of all cards were run; [1-9]\d* come out otherwise than told", shared)


def test_small_changes_that_nobody_notices_are_tried_while_one_watches(page):
    text = text_of(page.post("/bench", data={"topic": "platelet-recheck"}).text)
    assert re.search(r"\d+ small changes: \d+ noticed", text)
    assert "Every small change is noticed" in text
    assert page.post("/bench", data={"topic": "platelet-recheck; rm"}).status_code == 400
    first = page.post("/bench", data={"topic": "platelet-recheck"}, buffered=False)
    assert page.post("/bench", data={"topic": "platelet-recheck"}).status_code == 400
    first.close()
    assert create_app(replace(HERE, page="on"), library=LIBRARY).test_client().post("/bench", data={"topic": "platelet-recheck"}).status_code == 400
    last = page.post("/bench", data={"topic": "platelet-recheck"}, buffered=False)
    assert next(last.response)
    last.close()


# The judge ------------------------------------------------------------------------------------------------------------


def test_a_service_that_is_not_there_is_told_in_the_report(page):
    text = text_of(page.post("/judge", data={"url": "http://127.0.0.1:9", "spec": "2.0"}).text)
    assert "The report" in text
    assert "127.0.0.1:9" in text


def test_without_a_choice_a_service_is_judged_by_the_release_that_it_speaks(page):
    """A stranger on loopback that states 3.0 in its discovery, and lists nothing that could be called."""

    def stranger(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"services": [{"hook": "com.example.x", "id": "x", "description": "x", "version": "3.0.0"}]}']

    with serving(stranger) as url:
        told, asked = (text_of(page.post("/judge", data={"url": url, "spec": spec}).text) for spec in ("", "2.0"))
    assert "CDS Hooks 3.0" in told
    assert "3.0 because services state version 3.0.0" in told
    assert "CDS Hooks 2.0" in asked


def test_whoever_reads_the_end_of_a_run_may_start_the_next_and_a_run_that_nobody_reads_ends_too(page, monkeypatch):
    monkeypatch.setattr(cds_conformance, "judge", Mock(side_effect=ConformanceError("there is nobody")))
    page.post("/judge", data={"url": "http://127.0.0.1:9"}).close()
    assert judging._one_at_a_time.acquire(timeout=30)
    judging._one_at_a_time.release()
    monkeypatch.setattr(judging, "_one_at_a_time", lock := Slow())
    run = page.post("/judge", data={"url": "http://127.0.0.1:9"})
    assert "there is nobody" in run.text
    assert not lock.locked()


class Slow:
    """A lock that is given back late, as on a busy machine."""

    def __init__(self):
        self._lock = Lock()
        self.acquire, self.locked = self._lock.acquire, self._lock.locked

    def release(self):
        time.sleep(0.05)
        self._lock.release()


@pytest.mark.parametrize("url", ["", "ftp://x", "javascript:alert(1)", "file:///etc/passwd"])
def test_only_the_address_of_a_service_is_judged(page, url):
    assert page.post("/judge", data={"url": url}).status_code == 400


def test_on_a_network_nobody_makes_this_service_call_others():
    there = create_app(replace(HERE, page="on"), library=LIBRARY).test_client()
    assert there.post("/judge", data={"url": "http://127.0.0.1:9"}).status_code == 400
    assert "judged from here only" in there.get("/judge").text


def test_a_count_that_nobody_began_to_read_blocks_no_other(page):
    """As a server does it when the caller has gone: the answer is closed, and none of it was asked for."""
    asked = {"day": "today", "order": ""}
    with page.application.test_request_context("/cohort", method="POST", data=asked) as request:
        page.application.wsgi_app(request.request.environ, lambda *_: None).close()
    assert page.post("/cohort", data=asked).status_code == 200
