"""A card stays quiet after an override that its author took for an answer: never critical, never louder than then, and
shown whenever it cannot be told."""

import datetime as dt
import json
import threading
import time
from uuid import uuid4

import pytest
import small_library
import sqlalchemy as sa
from click.testing import CliRunner

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.errors import CardError, SettingsError, StoreUnavailable
from cdshooks.protocol import schema
from cdshooks.protocol.trace import EXTENSION
from cdshooks.rules.cards import Card, Level, Possible, Quiet
from cdshooks.rules.decide import Decision
from cdshooks.rules.quiet import Override, quiet
from cdshooks.store import tables
from cdshooks.store.quiet import Lookup, pseudonym

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
TODAY = dt.date(2026, 1, 15)
KEY = b"0123456789abcdef0123456789abcdef"


def decision(*levels, topic="sugar-low", days=30, replaces=(), reasons=("other",)):
    card = Card(topic, topic, ("patient-view",), (), replaces=replaces, quiet=Quiet(frozenset(reasons), days))
    return Decision(card, tuple(Possible(level, "act", "x") for level in levels))


def said(reason="other", level=Level.INFO, at=NOW - WEEK):
    return {"sugar-low": Override(reason, level, at)}


# What is decided -----------------------------------------------------------------------------------------------------


def test_after_an_override_that_answers_it_a_card_is_quiet_for_its_days_and_no_longer():
    found = quiet([decision(Level.INFO)], said(), NOW)
    assert found == {"sugar-low": NOW - WEEK + dt.timedelta(days=30)}
    assert quiet([decision(Level.INFO, days=8)], said(), NOW) == {"sugar-low": NOW + dt.timedelta(days=1)}
    assert quiet([decision(Level.INFO, days=7)], said(), NOW) == {}


@pytest.mark.parametrize(
    ("levels", "override"),
    [
        ([Level.INFO], said("another reason")),
        ([Level.INFO], said("")),
        ([Level.INFO], {"salt": Override("other", Level.INFO, NOW)}),
        ([Level.CRITICAL], said(level=Level.CRITICAL)),
        ([Level.WARNING], said(level=Level.INFO)),
        ([Level.INFO, Level.WARNING], said(level=Level.INFO)),
        ([Level.WARNING, Level.CRITICAL], said(level=Level.CRITICAL)),
        ([Level.SILENT], said()),
    ],
    ids=["another reason", "no reason", "another topic", "critical", "louder", "may be louder", "may be critical", "silent"],
)
def test_a_card_speaks_all_the_same(levels, override):
    assert quiet([decision(*levels)], override, NOW) == {}


def test_a_card_without_a_quiet_period_never_is():
    plain = Decision(Card("sugar-low", "x", (), ()), (Possible(Level.INFO, "act", "x"),))
    assert quiet([plain], said(), NOW) == {}


def test_a_card_that_stands_in_for_a_louder_one_speaks():
    louder, quieter = decision(Level.CRITICAL, topic="salt"), decision(Level.INFO, topic="salt")
    assert quiet([decision(Level.INFO, replaces=("salt",)), louder], said(), NOW) == {}
    assert quiet([decision(Level.INFO, replaces=("salt",)), quieter], said(), NOW) != {}


# In a card's folder --------------------------------------------------------------------------------------------------

QUIET = 'overrides = ["other"]\n[quiet]\nafter = ["other"]\ndays = 30\n'


def cards(folder, told=QUIET):
    return small_library.write(folder / "cards", rule=('overrides = ["other"]\n', told))


def test_a_card_says_after_which_reasons_and_how_long(tmp_path):
    (card,) = load_library(cards(tmp_path)).cards
    assert card.quiet == Quiet(frozenset({"other"}), 30)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (QUIET.replace('after = ["other"]', 'after = ["othr"]'), "no override reason of this card is called 'othr'"),
        (QUIET.replace("30", "0"), "0 is less than the minimum of 1"),
        (QUIET.replace("days = 30\n", ""), "the key 'days' is missing"),
    ],
)
def test_a_wrong_quiet_period_is_told_when_the_cards_are_loaded(tmp_path, told, words):
    with pytest.raises(CardError) as refusal:
        load_library(cards(tmp_path, told))
    assert "rule.toml" in str(refusal.value)
    assert words in str(refusal.value)


# Over HTTP -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(address, tmp_path):
    assert CliRunner().invoke(main, ["db", "upgrade", "--database", address]).exit_code == 0
    (tmp_path / "key").write_bytes(KEY)
    app = create_app(Settings(today=TODAY, database=address, quiet_key=tmp_path / "key", cards=cards(tmp_path)))
    yield app
    kept(app).recorder.close()
    kept(app).database.close()


def kept(app):
    return app.extensions["cdshooks.kept"]


def call(app, patient="p1", value=9, faint=False, **more):
    """A visit; its answer. The sugar is low; who faints gets a warning, others information."""
    offered = app.test_client().get("/cds-services").json["services"][0]
    observation = {
        "resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient}"}, "id": "o1",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}, "effectiveDateTime": "2026-01-14",
        "valueQuantity": {"value": value, "unit": "mg/L"},
    }  # fmt: skip
    condition = {
        "resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{patient}"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "42"}]},
        "clinicalStatus": {"coding": [{"code": "active"}]}, "recordedDate": "2026-01-01",
    }  # fmt: skip
    prefetch = dict.fromkeys(offered["prefetch"]) | {
        "patient": {"resourceType": "Patient", "id": patient, "birthDate": "1980-01-01"},
        "recent_results": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": observation}]},
    }
    if faint:
        prefetch["conditions"] = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition}]}
    context = {"userId": "Practitioner/1", "patientId": patient}
    body = {"hook": "patient-view", "hookInstance": str(uuid4()), "context": context, "prefetch": prefetch} | more
    answer = app.test_client().post(f"/cds-services/{offered['id']}", json=body)
    assert answer.status_code == 200, answer.text
    assert schema.faults("response", answer.json) == []
    app.extensions["tests.shown"] = app.extensions.get("tests.shown", 0) + len(answer.json["cards"])
    return answer.json


def override(app, card, reason="other", outcome="overridden"):
    entry = {"card": card["uuid"], "outcome": outcome, "outcomeTimestamp": "2026-01-15T09:30:00Z"}
    entry |= {"overrideReason": {"reason": {"code": reason}}} if reason else {}
    entry |= {"acceptedSuggestions": [{"id": "s-1"}]} if outcome == "accepted" else {}
    assert app.test_client().post("/cds-services/sweet-patient-view/feedback", json={"feedback": [entry]}).status_code == 200
    written(app)


def written(app):
    """Wait until every card that was shown is in the database."""
    until = time.monotonic() + 120
    while len(rows(app, tables.shown)) < app.extensions["tests.shown"]:
        assert time.monotonic() < until
        time.sleep(0.02)


def rows(app, table):
    with kept(app).database.read() as connection:
        return [row._asdict() for row in connection.execute(sa.select(table))]


def test_an_overridden_card_is_quiet_for_this_patient_and_the_trace_says_until_when(app):
    (card,) = call(app)["cards"]
    override(app, card)
    answer = call(app, extension={EXTENSION: True})
    assert answer["cards"] == []
    (told,) = answer["extension"][EXTENSION]["decisions"]
    assert told["outcome"] == "info"
    assert dt.datetime.fromisoformat(told["quietUntil"]) - dt.datetime.now(dt.UTC) > dt.timedelta(days=29)
    assert call(app, patient="p2")["cards"]
    assert call(app, fhirServer="https://other.example.org/fhir")["cards"]


def test_a_louder_card_a_later_acceptance_and_another_reason_end_it(app):
    (card,) = call(app)["cards"]
    override(app, card, "something else")
    (card,) = call(app)["cards"]
    override(app, card)
    assert call(app)["cards"] == []
    assert [one["indicator"] for one in call(app, faint=True)["cards"]] == ["warning"]
    override(app, card, None, "accepted")
    assert call(app)["cards"]


def test_the_patient_is_kept_as_a_keyed_hash_only(app):
    call(app, patient="canary-patient")
    written(app)
    (row,) = rows(app, tables.shown)
    assert row["patient"] == pseudonym(KEY, "", None, "canary-patient")
    assert "canary" not in json.dumps(row, default=str)
    assert pseudonym(KEY, "ab", "c", "d") != pseudonym(KEY, "a", "bc", "d")


def test_while_it_cannot_be_told_the_card_is_shown(app, monkeypatch):
    (card,) = call(app)["cards"]
    override(app, card)
    release, before = threading.Event(), kept(app).lookup.unanswered

    def hangs(*_args):
        release.wait(120)
        raise StoreUnavailable("gone")

    monkeypatch.setattr("cdshooks.store.quiet.last_words", hangs)
    assert [bool(call(app)["cards"]) for _ in range(6)] == [True] * 6
    assert kept(app).lookup.unanswered - before == 6
    release.set()


def test_a_lookup_that_fails_shows_the_card(monkeypatch):
    def gone(*_args):
        raise StoreUnavailable("gone")

    monkeypatch.setattr("cdshooks.store.quiet.last_words", gone)
    lookup = Lookup(None)
    assert (lookup.last_words("p", ["t"]), lookup.unanswered) == ([], 1)


def test_without_a_key_there_is_no_quiet_and_no_hash(tmp_path):
    app = create_app(Settings(today=TODAY, database=str(tmp_path / "a.db"), cards=cards(tmp_path)))
    (card,) = call(app)["cards"]
    override(app, card)
    assert call(app)["cards"]
    assert rows(app, tables.shown)[0]["patient"] is None
    kept(app).recorder.close()
    kept(app).database.close()


def test_a_key_that_is_too_short_stops_the_start(tmp_path):
    (tmp_path / "key").write_bytes(b"secret\n")
    with pytest.raises(SettingsError, match="fewer than 32 characters"):
        create_app(Settings(database=str(tmp_path / "a.db"), quiet_key=tmp_path / "key", cards=cards(tmp_path)))
