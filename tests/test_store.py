"""What is kept stays kept, once, in SQLite and in PostgreSQL alike; and of a patient's name nothing is."""

import datetime as dt
import logging
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from cdshooks.errors import SettingsError, StoreOutdated, StoreUnavailable
from cdshooks.store import schema, tables
from cdshooks.store.database import READ, WRITE, Database, open_engine
from cdshooks.store.entry import Entry
from cdshooks.store.feedback import keep_feedback, keep_shown
from cdshooks.store.gate import Gate
from cdshooks.store.place import Place, place
from cdshooks.store.seen import Seen
from cdshooks.store.shown import Recorder, Shown

NOW = dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC)
CARD = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
ACCEPTED = Entry(CARD, "accepted", NOW, ("s-1", "s-2"))
OVERRIDDEN = Entry(CARD, "overridden", NOW, (), "patient-refuses", "urn:reasons", "Mrs Smith said no")


def card(number=1, **more):
    row = Shown("", f"{number:08d}-0000-4000-8000-000000000000", "sugar-low", "v1", "sweet", "patient-view", "h", "info", NOW)
    return row._replace(**more)


@pytest.fixture
def database(address):
    """A database with our tables, and nothing in them."""
    database = Database(place(address), Gate(rest=0))
    if database.is_embedded:
        database.start()
    else:
        with engine_of(database) as engine:
            schema.upgrade(engine)
    yield database
    database.close()


@contextmanager
def engine_of(database):
    engine = open_engine(database.place)
    yield engine
    engine.dispose()


def rows(database, table):
    with database.read() as connection:
        return [row._asdict() for row in connection.execute(sa.select(table))]


# Where it is ---------------------------------------------------------------------------------------------------------


def test_by_default_it_is_a_file_in_the_users_folder_for_state(tmp_path):
    assert place("sqlite", {"XDG_STATE_HOME": str(tmp_path)}).file == tmp_path / "cdshooks" / "cdshooks.db"
    assert place("sqlite", {"XDG_STATE_HOME": "relative"}).file.parts[-4:] == (".local", "state", "cdshooks", "cdshooks.db")


def test_none_is_no_place_and_a_path_is_a_file(tmp_path):
    assert place("none") is None
    assert place(f"sqlite:///{tmp_path}/a.db") == place(f"{tmp_path}/a.db") == Place(tmp_path / "a.db")


@pytest.mark.parametrize("said", ["/no/such/folder/a.db", "/tmp"])
def test_a_file_that_cannot_be_made_is_a_wrong_setting(said):
    with pytest.raises(SettingsError, match="database: "):
        place(said)


def test_the_file_and_its_folder_are_for_nobody_but_their_owner(tmp_path):
    file = tmp_path / "new" / "a.db"
    Database(Place(file)).start()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]


def test_a_named_file_that_cannot_be_written_stops_the_start_and_the_default_one_does_not(tmp_path, monkeypatch, caplog):
    file = tmp_path / "a.db"
    file.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SettingsError, match="Permission denied"):
        Database(Place(file)).start()
    Database(Place(file, by_default=True)).start()
    assert "feedback gets 503" in caplog.text


OTHER_PROCESS = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
print(file.execute("SELECT count(*) FROM feedback").fetchone()[0])
file.close()
"""


def test_starting_a_second_time_leaves_what_is_open_safe_from_other_processes(tmp_path):
    """To open and close the file would drop SQLite's locks: the next process that is done would delete the log."""
    place_ = Place(tmp_path / "a.db")
    database = Database(place_)
    database.start()
    keep_feedback(database, "ehr", "sweet", [ACCEPTED], NOW)
    Database(place_).start()
    other = [sys.executable, "-c", OTHER_PROCESS, place_.file]
    assert subprocess.check_output(other) == b"1\n"
    keep_feedback(database, "ehr", "sweet", [OVERRIDDEN], NOW)
    assert subprocess.check_output(other) == b"2\n"
    database.close()


# Tables and versions -------------------------------------------------------------------------------------------------


def test_the_migrations_make_the_tables_that_the_code_uses(database):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with database.unguarded(WRITE) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_newest_migration_is_the_version_that_the_code_wants():
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(schema.migrations()).get_current_head() == schema.HEAD


def test_a_server_without_tables_is_refused_with_what_to_run(postgres, request):
    import postgres as servers

    empty = Database(place(servers.new_database(postgres, f"cdshooks_empty_{os.getpid()}")))
    with pytest.raises(StoreOutdated, match="cdshooks db upgrade"):
        empty.start()


@pytest.mark.parametrize(("version", "words"), [("0000", "after a backup run"), ("9999", "run the newer cdshooks")])
def test_tables_of_another_version_are_refused_with_what_to_do(database, version, words):
    with database.unguarded(WRITE) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": version})
    with engine_of(database) as engine, pytest.raises(StoreOutdated, match=words):
        schema.check(engine)


def test_tables_of_a_newer_version_are_never_touched(database):
    with database.unguarded(WRITE) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with engine_of(database) as engine, pytest.raises(StoreOutdated):
        schema.upgrade(engine)


def _start(file, done):
    Database(Place(file)).start()
    done.put(True)


def test_two_who_start_at_once_on_a_new_file_both_start(tmp_path):
    context = multiprocessing.get_context("spawn")
    done = context.SimpleQueue()
    both = [context.Process(target=_start, args=(tmp_path / "a.db", done)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]


# Feedback ------------------------------------------------------------------------------------------------------------


def test_all_entries_of_a_call_are_kept_with_what_they_say(database):
    assert keep_feedback(database, "ehr", "sweet", [ACCEPTED, OVERRIDDEN], NOW) == 2
    first, second = rows(database, tables.feedback)
    assert (first["client"], first["card"], first["service"], first["outcome"]) == ("ehr", CARD, "sweet", "accepted")
    assert (first["suggestions"], first["outcome_at"], first["received_at"]) == ("s-1 s-2", NOW, NOW)
    assert (second["reason_code"], second["reason_system"]) == ("patient-refuses", "urn:reasons")


def test_of_a_comment_only_the_length_is_kept_unless_the_site_wants_comments(database):
    keep_feedback(database, "ehr", "sweet", [OVERRIDDEN], NOW)
    keep_feedback(database, "other", "sweet", [OVERRIDDEN._replace(comment="so\0so" + "x" * 20_000)], NOW, with_comments=True)
    first, second = rows(database, tables.feedback)
    assert (first["comment"], first["comment_length"]) == (None, 17)
    assert (second["comment"][:6], len(second["comment"]), second["comment_length"]) == ("sosoxx", 9_999, 20_005)


def test_the_same_entry_again_is_kept_once_and_another_about_the_same_card_too(database):
    later = OVERRIDDEN._replace(outcome_at=NOW + dt.timedelta(seconds=1))
    assert keep_feedback(database, "ehr", "sweet", [OVERRIDDEN, OVERRIDDEN], NOW) == 1
    assert keep_feedback(database, "ehr", "sweet", [OVERRIDDEN, later], NOW + dt.timedelta(days=1)) == 1
    assert keep_feedback(database, "another ehr", "sweet", [OVERRIDDEN], NOW) == 1
    assert len(rows(database, tables.feedback)) == 3


def test_many_entries_are_one_transaction(database):
    entries = [OVERRIDDEN._replace(card=f"c{number}") for number in range(1_201)]
    with pytest.raises(StoreUnavailable):
        keep_feedback(database, "ehr", "sweet", [*entries, OVERRIDDEN._replace(card=None)], NOW)
    assert rows(database, tables.feedback) == []
    assert keep_feedback(database, "ehr", "sweet", entries, NOW) == 1_201


def test_a_moment_comes_back_as_it_went_in(database):
    there = dt.timezone(dt.timedelta(hours=13))
    keep_feedback(database, "ehr", "sweet", [ACCEPTED._replace(outcome_at=NOW.astimezone(there))], NOW)
    assert rows(database, tables.feedback)[0]["outcome_at"] == NOW


# Cards shown ---------------------------------------------------------------------------------------------------------


def test_cards_shown_are_kept_once_and_what_was_lost_is_counted(database):
    keep_shown(database, [card(1), card(2)], 0)
    keep_shown(database, [card(2), card(3)], 7)
    assert len(rows(database, tables.shown)) == 3
    assert [row["cards"] for row in rows(database, tables.lost)] == [7]


class Written:
    """Takes the place of the database: keeps what it is given, or fails as told."""

    def __init__(self):
        self.rows, self.lost, self.fails, self.tried = [], 0, None, threading.Event()

    def __call__(self, rows, lost):
        self.tried.set()
        if self.fails:
            raise self.fails
        self.rows += rows
        self.lost += lost


@pytest.fixture
def written():
    return Written()


def test_a_recorder_writes_all_that_it_is_given_and_stops_when_told(written):
    recorder = Recorder(written)
    for number in range(1_300):
        recorder.record([card(number)])
    recorder.close()
    assert (len(written.rows), recorder.written, recorder.lost) == (1_300, 1_300, 0)


def test_under_pressure_cards_are_lost_and_counted_and_the_count_is_written(written, monkeypatch):
    monkeypatch.setattr("cdshooks.store.shown.PAUSE", 0.1)
    written.fails = StoreUnavailable("gone")
    recorder = Recorder(written, room=10)
    recorder.record([card(number) for number in range(6)])
    assert written.tried.wait(60)
    for number in range(6, 20):
        recorder.record([card(number), card(100 + number)])
    written.fails = None
    recorder.close()
    assert recorder.lost > 0
    assert recorder.lost + recorder.written == 34
    assert written.lost == recorder.lost


def test_what_cannot_be_written_at_the_stop_is_lost_and_told(written, monkeypatch, caplog):
    monkeypatch.setattr("cdshooks.store.shown.PAUSE", 0.1)
    written.fails = StoreUnavailable("gone")
    recorder = Recorder(written)
    recorder.record([card(1), card(2)])
    recorder.close()
    assert recorder.lost == 2
    assert "2 cards shown could not be recorded" in caplog.text


def test_a_fault_of_ours_does_not_end_the_recording(written, caplog):
    recorder = Recorder(written)
    written.fails = ValueError("patient Smith")
    recorder.record([card(1)])
    assert written.tried.wait(60)
    while recorder.lost == 0:
        time.sleep(0.01)
    written.fails = None
    recorder.record([card(2)])
    recorder.close()
    assert (recorder.lost, recorder.written) == (1, 1)
    assert "Smith" not in caplog.text


def _record_in_child(recorder, written, out):
    recorder.record([card(2)])
    recorder.close()
    out.put((recorder.written, [row.card for row in written.rows if row == card(2)]))


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_records_for_itself(written):
    recorder = Recorder(written)
    recorder.record([card(1)])
    while not recorder.written:
        time.sleep(0.01)
    context = multiprocessing.get_context("fork")
    out = context.SimpleQueue()
    worker = context.Process(target=_record_in_child, args=(recorder, written, out))
    worker.start()
    worker.join(120)
    assert out.get() == (1, [card(2).card])
    assert (recorder.written, written.rows) == (1, [card(1)])
    recorder.close()


# Tokens --------------------------------------------------------------------------------------------------------------


def test_a_token_is_new_once_until_it_has_expired(database):
    clock = [1000.0]
    seen = Seen(database, lambda: clock[0])
    assert seen.first_time("issuer", "1", 1300.0)
    assert not seen.first_time("issuer", "1", 1300.0)
    assert seen.first_time("issuer", "2", 1300.0)
    assert seen.first_time("other", "1", 1300.0)
    clock[0] = 1301.0
    assert seen.first_time("issuer", "1", 1600.0)


def test_of_many_at_once_exactly_one_hears_that_it_is_the_first(database):
    seen, answers, begin = Seen(database), [], threading.Barrier(4)

    def ask():
        begin.wait()
        answers.extend(seen.first_time("issuer", str(number), time.time() + 300) for number in range(25))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(True), len(answers)) == (25, 100)


def test_expired_tokens_are_swept(database, monkeypatch):
    monkeypatch.setattr("cdshooks.store.seen._SWEEP_EVERY", 3)
    clock = [1000.0]
    seen = Seen(database, lambda: clock[0])
    seen.first_time("issuer", "1", 1001.0)
    clock[0] = 2000.0
    seen.first_time("issuer", "2", 2001.0)
    seen.first_time("issuer", "3", 2001.0)
    assert len(rows(database, tables.tokens_seen)) == 2


def _claim(address, out):
    seen = Seen(Database(place(address)))
    out.put([seen.first_time("issuer", str(number), time.time() + 300) for number in range(20)])


def test_two_processes_share_what_they_have_seen(database, address):
    context = multiprocessing.get_context("spawn")
    out = context.SimpleQueue()
    both = [context.Process(target=_claim, args=(address, out)) for _ in range(2)]
    for process in both:
        process.start()
    answers = out.get() + out.get()
    for process in both:
        process.join(120)
    assert (answers.count(True), len(answers)) == (20, 40)


# When it cannot be used ----------------------------------------------------------------------------------------------


def test_a_locked_file_is_told_after_a_bounded_wait_and_works_again_when_it_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr("cdshooks.store.database.LOCK_WAIT", 0.2)
    database = Database(Place(tmp_path / "a.db"), Gate(rest=0))
    database.start()
    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="database is locked"):
            keep_feedback(database, "", "sweet", [ACCEPTED], NOW)
        assert rows(database, tables.feedback) == []  # readers do not wait for writers
        other.rollback()
    other.close()
    assert keep_feedback(database, "", "sweet", [ACCEPTED], NOW) == 1
    database.close()


def test_writers_that_read_first_lose_no_write(tmp_path):
    database, failed = Database(Place(tmp_path / "a.db")), []
    database.start()
    with database.write() as connection:
        connection.execute(sa.insert(tables.lost).values(day=NOW.date(), cards=0))

    def count():
        for _ in range(25):
            try:
                with database.write() as connection:
                    found = connection.scalar(sa.select(tables.lost.c.cards))
                    connection.execute(sa.update(tables.lost).values(cards=found + 1))
            except StoreUnavailable as error:
                failed.append(str(error))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failed, rows(database, tables.lost)[0]["cards"]) == ([], 100)
    database.close()


def test_a_file_that_is_gone_is_told_and_not_made_anew(tmp_path):
    file = tmp_path / "a.db"
    database = Database(Place(file), Gate(rest=0))
    database.start()
    keep_feedback(database, "", "sweet", [ACCEPTED], NOW)
    away = tmp_path / "away.db"
    database.close()
    keep_feedback(database, "", "sweet", [OVERRIDDEN], NOW)
    file.rename(away)
    with pytest.raises(StoreUnavailable, match="unable to open"):
        keep_feedback(database, "", "sweet", [OVERRIDDEN._replace(card="c2")], NOW)
    assert not file.exists()
    away.rename(file)
    assert keep_feedback(database, "", "sweet", [OVERRIDDEN._replace(card="c2")], NOW) == 1
    database.close()


def test_a_full_disk_is_told_and_what_was_kept_stays(tmp_path):
    database = Database(Place(tmp_path / "a.db"), Gate(rest=0))
    database.start()
    with database.unguarded(READ) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    kept = 0
    with pytest.raises(StoreUnavailable, match="full"):  # noqa: PT012
        for number in range(10_000):
            with database.write() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
            keep_feedback(database, "", "sweet", [OVERRIDDEN._replace(card=f"c{number}")], NOW)
            kept += 1
    assert kept > 0
    assert len(rows(database, tables.feedback)) == kept
    database.close()


def test_no_message_repeats_a_value(database, caplog):
    caplog.set_level(logging.DEBUG)
    bad = OVERRIDDEN._replace(outcome="Smith" * 50, card=None)
    with pytest.raises(StoreUnavailable) as refusal:
        keep_feedback(database, "ehr", "sweet", [bad], NOW)
    assert "Smith" not in str(refusal.value) + caplog.text
    assert "postgres@" not in str(refusal.value)


def test_a_server_that_is_not_there_is_told_and_the_start_goes_on(caplog):
    pytest.importorskip("psycopg")
    database = Database(place("postgresql://me:secret@127.0.0.1:1/cds"))
    database.start()
    assert "127.0.0.1:1/cds cannot be used now (OperationalError" in caplog.text
    assert "secret" not in caplog.text


def test_while_a_gate_is_shut_nobody_waits():
    gate = Gate(rest=60)
    with pytest.raises(StoreUnavailable, match="first"), gate.entered():
        raise StoreUnavailable("first")
    with pytest.raises(StoreUnavailable, match="a moment ago"), gate.entered():
        pytest.fail("nobody may enter")


def test_a_gate_lets_few_wait(caplog):
    gate = Gate(room=1, wait=0.05)
    with gate.entered(), pytest.raises(StoreUnavailable, match="too many"), gate.entered():
        pytest.fail("there is no room")


def test_a_gate_tells_once_that_it_fails_and_once_that_it_recovered(caplog):
    gate = Gate(rest=0)
    for _ in range(3):
        with pytest.raises(StoreUnavailable), gate.entered():
            raise StoreUnavailable("gone")
    with gate.entered():
        pass
    assert [record.message for record in caplog.records] == [
        "gone; what needs it is refused with 503 until it answers again", "the database answers again",
    ]  # fmt: skip
