"""`cdshooks db` says what the database is, and makes it what it should be."""

import os

import postgres as servers
import pytest
from click.testing import CliRunner

from cdshooks.cli import main


def db(*words):
    return CliRunner().invoke(main, ["db", *words])


def test_upgrade_makes_the_tables_once_and_check_is_content_then(address):
    refused = db("check", "--database", address)
    assert refused.exit_code == (18 if address.startswith("/") else 19)
    made = db("upgrade", "--database", address)
    assert (made.exit_code, made.stdout) == (0, "The tables have version 0001 now (before: none).\n")
    again = db("upgrade", "--database", address)
    assert (again.exit_code, again.stdout) == (0, "Nothing to do: the tables have version 0001.\n")
    assert db("check", "--database", address).stdout == "All is well: the tables have version 0001.\n"


def test_a_database_that_does_not_answer_is_told_without_its_password():
    pytest.importorskip("psycopg")
    answer = db("check", "--database", "postgresql://me:secret@127.0.0.1:1/cds")
    assert answer.exit_code == 18
    assert "127.0.0.1:1/cds cannot be used now" in answer.stderr
    assert "secret" not in answer.output


def test_where_nothing_is_kept_there_is_nothing_to_look_at():
    assert db("check", "--database", "none").exit_code == 11


def test_serve_refuses_a_server_without_our_tables_and_says_what_to_run(postgres):
    empty = servers.new_database(postgres, f"cdshooks_serve_{os.getpid()}")
    answer = CliRunner().invoke(main, ["serve", "--port", "0", "--database", empty])
    assert answer.exit_code == 19
    assert answer.stderr == "the database has no tables yet; make them with: cdshooks db upgrade\n"
