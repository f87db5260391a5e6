"""Feedback is taken whole, kept once, acknowledged only when it is on disk; and of free text nothing is kept unasked."""

import json
import logging
import sqlite3
import threading
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from test_schemas import ACCEPTED, BREACHES, GONE, OVERRIDDEN, UUID, broken

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process
from cdshooks.ehr.visit import open_visit
from cdshooks.errors import BadRequest, StoreUnavailable
from cdshooks.protocol import schema
from cdshooks.protocol.feedback import _sound, parse_feedback
from cdshooks.store import tables
from tests.shipped import LIBRARY

DAY = date(2026, 1, 15)
PATH = "/cds-services/b12-patient-view/feedback"


def message(*entries):
    return {"feedback": list(entries)}


# What is read --------------------------------------------------------------------------------------------------------


def test_every_field_is_read():
    accepted, overridden = parse_feedback(message(ACCEPTED, OVERRIDDEN))
    assert (accepted.card, accepted.outcome, accepted.suggestions) == (UUID, "accepted", (UUID,))
    assert accepted.outcome_at == datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
    assert (overridden.reason_code, overridden.comment) == ("seen", "Known")
    assert overridden.outcome_at.microsecond == 500_000


@pytest.mark.proves("fb-2")
def test_what_the_sandbox_posts_is_read():
    """The reference client: one entry, a time of JavaScript's, a reason with or without a system, or none."""
    head = {"card": UUID, "outcome": "overridden", "outcomeTimestamp": "2026-01-15T09:30:00.123Z"}
    with_reason = head | {"overrideReason": {"reason": {"code": "patient-refuses", "system": "urn:reasons"}}}
    assert parse_feedback(message(head))[0].reason_code is None
    assert parse_feedback(message(with_reason))[0].reason_system == "urn:reasons"


def test_a_sentence_in_the_place_of_a_code_is_not_kept():
    (entry,) = parse_feedback(message(OVERRIDDEN | {"overrideReason": {"reason": {"code": "Mrs Smith said no", "system": "a b"}}}))
    assert (entry.reason_code, entry.reason_system) == ("(not a code)", "(not a code)")


def test_all_faults_are_told_at_once_with_their_places():
    bad = broken(broken(message(ACCEPTED, OVERRIDDEN), "feedback.0.outcome", "ignored"), "feedback.1.card", GONE)
    with pytest.raises(BadRequest) as refusal:
        parse_feedback(broken(bad, "feedback.1.outcomeTimestamp", "2026-02-30T00:00:00Z"))
    assert refusal.value.issues == (
        "$.feedback[0].outcome: 'ignored' is not 'accepted' or 'overridden'; send one of the two",
        "$.feedback[1].card: is missing; send the uuid that the card came with",
        "$.feedback[1].outcomeTimestamp: '2026-02-30T00:00:00Z' is no time that there is; send another",
    )


@pytest.mark.parametrize(("place", "value"), BREACHES["feedback"])
@pytest.mark.proves("fb-2", "fb-3", "fb-5")
def test_each_breach_is_refused(place, value):
    with pytest.raises(BadRequest):
        parse_feedback(broken(message(ACCEPTED, OVERRIDDEN), place, value))


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just("2026-13-01T00:00:00Z"),
    st.just([{"id": "x y"}]), st.just({"code": "c"}), st.just({"reason": {"code": ""}}), st.just("a" * 65), st.just("x\n"),
)  # fmt: skip
PLACES = [
    "feedback", "feedback.0", "feedback.0.card", "feedback.0.outcome", "feedback.0.outcomeTimestamp",
    "feedback.0.acceptedSuggestions", "feedback.0.acceptedSuggestions.0.id", "feedback.1.overrideReason",
    "feedback.1.overrideReason.reason", "feedback.1.overrideReason.reason.code", "feedback.1.overrideReason.userComment",
]  # fmt: skip


@given(st.sampled_from(PLACES), ODD | st.just(GONE))
def test_the_quick_words_and_the_schema_agree(place, value):
    body = broken(message(ACCEPTED, OVERRIDDEN), place, value)
    faults = schema.faults("feedback", body)
    impossible = place == "feedback.0.outcomeTimestamp" and value == "2026-13-01T00:00:00Z"
    assert _sound(body) == (faults == [] and not impossible)


def test_thousands_of_faults_are_told_up_to_a_limit_and_soon():
    with pytest.raises(BadRequest) as refusal:
        parse_feedback(message(*[OVERRIDDEN | {"outcome": "x"}] * 1_000))
    assert len(refusal.value.issues) == 101
    with pytest.raises(BadRequest) as refusal:
        parse_feedback(message(*[{}] * 300_000))
    assert len(refusal.value.issues) == 101


@given(st.recursive(ODD, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_whatever_is_sent_is_read_or_refused(body):
    with pytest.raises(BadRequest):
        parse_feedback({"feedback": body})


# Over HTTP -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def app(address):
    assert CliRunner().invoke(main, ["db", "upgrade", "--database", address]).exit_code == 0
    app = create_app(Settings(today=DAY, database=address), LIBRARY)
    yield app
    kept(app).recorder.close()
    kept(app).database.close()




def kept(app):
    return app.extensions["cdshooks.kept"]


def rows(app, table):
    with kept(app).database.read() as connection:
        return [row._asdict() for row in connection.execute(sa.select(table))]


def post(app, *entries):
    return app.test_client().post(PATH, json=message(*entries))


def one_call(app):
    """A real call; its cards."""
    visit = open_visit("low-b12", DAY)
    client = in_process(app)
    service = client.service_for(visit.hook)
    status, body = client.call(service["id"], visit.request(service["prefetch"]))
    assert status == 200
    return body["cards"]


@pytest.mark.proves("fb-1", "fb-4")
def test_feedback_is_kept_and_acknowledged(app):
    answer = post(app, ACCEPTED, OVERRIDDEN)
    assert (answer.status_code, answer.json) == (200, {})
    assert [row["outcome"] for row in rows(app, tables.feedback)] == ["accepted", "overridden"]
    assert {row["service"] for row in rows(app, tables.feedback)} == {"b12-patient-view"}


@pytest.mark.proves("fb-4")
def test_the_same_feedback_again_is_acknowledged_and_kept_once(app):
    assert [post(app, OVERRIDDEN).status_code for _ in range(3)] == [200, 200, 200]
    assert len(rows(app, tables.feedback)) == 1


@pytest.mark.proves("fb-4")
def test_cards_shown_are_recorded_and_joined_with_what_became_of_them(app):
    (card,) = one_call(app)
    post(app, OVERRIDDEN | {"card": card["uuid"].upper()})
    kept(app).recorder.close()
    (row,) = rows(app, tables.shown)
    assert row["card"] == card["uuid"] == rows(app, tables.feedback)[0]["card"]
    assert (row["topic"], row["hook"], row["service"]) == ("b12-deficiency", "patient-view", "b12-patient-view")
    assert (row["version"], row["indicator"]) == (LIBRARY.card("b12-deficiency").page.version, card["indicator"])
    assert row["patient"] is None


def test_of_a_patient_nothing_is_kept(app, tmp_path):
    visit = open_visit("low-b12", DAY)
    one_call(app)
    post(app, OVERRIDDEN | {"overrideReason": {"reason": {"code": "x", "display": "CANARY"}, "userComment": "CANARY"}})
    kept(app).recorder.close()
    everything = json.dumps([rows(app, table) for table in tables.metadata.tables.values()], default=str)
    assert "CANARY" not in everything
    assert visit.request({})["context"]["patientId"] not in everything


def test_a_site_that_wants_comments_gets_them(tmp_path):
    app = create_app(Settings(database=str(tmp_path / "a.db"), keep_comments=True), LIBRARY)
    post(app, OVERRIDDEN)
    assert [row["comment"] for row in rows(app, tables.feedback)] == ["Known"]
    kept(app).database.close()


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/cds-services/nobody/feedback", "{}", "application/json", 404),
        (PATH, "{}", "text/plain", 415),
        (PATH, "[]", "application/json", 400),
        (PATH, "{", "application/json", 400),
        (PATH, '{"feedback": []}', "application/json", 422),
    ],
)
def test_what_is_no_feedback_is_refused(path, body, kind, status, tmp_path):
    app = create_app(Settings(database=str(tmp_path / "a.db")), LIBRARY)
    answer = app.test_client().post(path, data=body, content_type=kind)
    assert (answer.status_code, answer.json["resourceType"]) == (status, "OperationOutcome")
    kept(app).database.close()


# When it cannot be kept ----------------------------------------------------------------------------------------------


def test_what_cannot_be_kept_is_refused_with_when_to_come_again_and_cards_are_answered(app, monkeypatch, caplog):
    def gone(*_args, **_more):
        raise StoreUnavailable("the database /x cannot be used now")

    monkeypatch.setattr(kept(app)._writing, "keep_feedback", gone)
    monkeypatch.setattr(kept(app)._writing, "keep_shown", gone)
    answer = post(app, ACCEPTED)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert [issue["code"] for issue in answer.json["issue"]] == ["transient"]
    assert "/x" not in answer.text
    assert "the database /x cannot be used now" in caplog.text
    assert one_call(app)


def test_while_the_file_is_locked_cards_are_answered_and_feedback_waits_its_turn(tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.store.database.LOCK_WAIT", 0.3)
    app = create_app(Settings(today=DAY, database=str(tmp_path / "a.db")), LIBRARY)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert post(app, ACCEPTED).status_code == 503
    assert one_call(app)
    other.execute("ROLLBACK")
    other.close()
    kept(app).database._gate._shut_until = 0.0  # as after a second, in which nobody asks a database that failed
    assert post(app, ACCEPTED).status_code == 200
    kept(app).recorder.close()
    assert len(rows(app, tables.shown)) == 1
    kept(app).database.close()


def test_many_who_wait_for_a_locked_file_leave_room_for_cards(tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.store.database.LOCK_WAIT", 2)
    app = create_app(Settings(today=DAY, database=str(tmp_path / "a.db")), LIBRARY)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(post(app, ACCEPTED).status_code)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert answers == [503] * 12
    kept(app).database.close()


def test_without_a_database_that_answers_the_service_starts_and_gives_cards(caplog):
    pytest.importorskip("psycopg")
    caplog.set_level(logging.WARNING)
    app = create_app(Settings(today=DAY, database="postgresql://me:secret@127.0.0.1:1/cds"), LIBRARY)
    assert one_call(app)
    assert post(app, ACCEPTED).status_code == 503
    assert "secret" not in caplog.text
    kept(app).recorder.close(patience=0.1)
