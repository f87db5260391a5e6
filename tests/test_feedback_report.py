"""The report says first what a card author must see, counts each card once, and prune leaves what is still spoken of."""

import csv
import datetime as dt
import io
import json

import pytest
from click.testing import CliRunner
from test_store import NOW, OVERRIDDEN, card, database, rows  # noqa: F401

from cdshooks.cli import main
from cdshooks.store import tables
from cdshooks.store.feedback import keep_feedback, keep_shown
from cdshooks.store.report import count

WEEK = dt.timedelta(days=7)


def uuid(number):
    return card(number).card


def overridden(number, reason="declined", **more):
    return OVERRIDDEN._replace(card=uuid(number), reason_code=reason, **more)


@pytest.fixture
def filled(database):  # noqa: F811
    """Ten cards of two topics in two weeks, and what became of some; feedback may be older than the card."""
    keep_feedback(database, "ehr", "sweet", [overridden(1), overridden(2), overridden(3, "treated"), overridden(99)], NOW)
    keep_shown(database, [card(n, client="ehr") for n in range(1, 7)], 0)
    keep_shown(database, [card(n, client="other", topic="salt", shown_at=NOW + WEEK) for n in range(7, 11)], 5)
    accepted = overridden(4, None, outcome="accepted")
    keep_feedback(database, "ehr", "sweet", [accepted, overridden(4, outcome_at=NOW - WEEK)], NOW)
    keep_feedback(database, "other", "sweet", [overridden(7, "declined"), overridden(1)], NOW + WEEK)
    return database


def report(filled, *words):
    filled.close()
    answer = CliRunner().invoke(main, ["feedback", "report", "--database", address(filled), *words])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def address(filled):
    return str(filled.place.file or filled.place.address.replace("+psycopg", ""))


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_each_entry_is_exported_with_its_card_and_where_the_card_comes_from(filled, form):
    known = card(50, client="ehr", topic="b12-deficiency")
    keep_shown(filled, [known], 0)
    keep_feedback(filled, "ehr", "b12", [overridden(50, "=cmd()")], NOW)
    filled.close()
    words = ["feedback", "export", "--database", address(filled), "--format", form]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    lines = answer.stdout.splitlines()
    rows = list(csv.DictReader(lines)) if form == "csv" else [json.loads(line) for line in lines]
    mine = rows[-1]
    assert len(rows) == 9
    assert (mine["topic"], mine["outcome"], mine["card url"][:4]) == ("b12-deficiency", "overridden", "http")
    assert mine["card citation"]
    assert mine["reason_code"] == ("'=cmd()" if form == "csv" else "=cmd()")
    assert not mine["comment"]
    later = CliRunner().invoke(main, [*words, "--since", "2999-01-01"])
    assert len(later.stdout.splitlines()) == (form == "csv")


def test_the_reasons_that_repeat_come_first_with_their_share(filled):
    assert count(filled).repeated == [
        {"card": "sugar-low", "reason": "declined", "overridden": 2, "shown": 6, "share": 0.333},
    ]


def test_each_card_counts_once_by_its_last_word_and_unknown_ones_are_told_apart(filled):
    assert count(filled).rows["card"] == [
        {"card": "sugar-low", "shown": 6, "accepted": 1, "overridden": 3},
        {"card": "(unknown card)", "shown": 0, "accepted": 0, "overridden": 2},
        {"card": "salt", "shown": 4, "accepted": 0, "overridden": 1},
    ]


def test_the_same_by_client_reason_and_week(filled):
    found = count(filled).rows
    assert found["client"] == [
        {"client": "ehr", "shown": 6, "accepted": 1, "overridden": 4},
        {"client": "other", "shown": 4, "accepted": 0, "overridden": 2},
    ]
    assert found["reason"] == [{"reason": "declined", "overridden": 5}, {"reason": "treated", "overridden": 1}]
    assert found["week"] == [
        {"week": "2026-01-12", "shown": 6, "accepted": 1, "overridden": 4},
        {"week": "2026-01-19", "shown": 4, "accepted": 0, "overridden": 2},
    ]


def test_a_span_of_days_leaves_out_what_was_shown_before_and_after(filled):
    found = count(filled, since=(NOW + WEEK).date())
    assert ([row["card"] for row in found.rows["card"]], found.lost) == (["(unknown card)", "salt"], 5)
    assert count(filled, until=(NOW + WEEK).date()).rows["card"][0]["card"] == "sugar-low"
    assert count(filled, until=NOW.date()).rows["card"] == []


def test_each_format_says_the_same(filled):
    told = json.loads(report(filled, "--format", "json"))
    assert told["repeats"][0]["reason"] == "declined"
    assert told["cardsNotRecorded"] == 5
    found = list(csv.DictReader(io.StringIO(report(filled, "--format", "csv", "--by", "card"))))
    assert [(row["card"], int(row["overridden"])) for row in found] == [
        (row["card"], row["overridden"]) for row in told["card"]
    ]
    table = report(filled)
    assert table.index("again and again") < table.index("By card")
    assert "sugar-low  declined           2      6    33%" in table
    assert "5 cards were shown that could not be recorded" in table


def test_a_clients_word_is_no_formula_in_a_table(filled):
    keep_feedback(filled, "ehr", "sweet", [overridden(5, "=1+1")], NOW)
    assert "'=1+1,1" in report(filled, "--format", "csv", "--by", "reason")


def test_an_empty_database_has_an_empty_report(database):  # noqa: F811
    assert "none" in report(database)


def test_what_is_too_old_goes_and_a_card_that_is_still_spoken_of_stays(filled):
    from cdshooks.store.prune import prune

    keep_feedback(filled, "ehr", "sweet", [overridden(6)], NOW + WEEK)
    gone = prune(filled, NOW + dt.timedelta(days=1), NOW + WEEK)
    assert gone == (5, 6)
    assert {row["card"] for row in rows(filled, tables.shown)} == {uuid(n) for n in (6, 7, 8, 9, 10)}
    assert len(rows(filled, tables.feedback)) == 3


@pytest.mark.parametrize("age", ["0d", "-1", "soon", "9" * 20])
def test_an_age_that_is_none_is_a_mistake_of_the_command_line(age):
    assert CliRunner().invoke(main, ["feedback", "prune", "--older-than", age]).exit_code == 2


def test_prune_says_what_it_threw_away(filled):
    filled.close()
    answer = CliRunner().invoke(main, ["feedback", "prune", "--older-than", "400d", "--database", address(filled)])
    assert answer.stdout == "0 cards shown and 0 entries of feedback were thrown away.\n"
