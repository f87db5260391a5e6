"""The views beside the charts: cards as pages to sign, what became of them, and that each asks no more than it may."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from click.testing import CliRunner
from conftest import TODAY
from test_plots import contrast

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.page.cards import loudest
from cdshooks.plots.bars import Bars, bars
from cdshooks.store.entry import Entry
from cdshooks.store.shown import Shown

LIBRARY = load_library()
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
