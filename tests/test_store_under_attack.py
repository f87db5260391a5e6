"""Killed, full, or behind several instances: what was acknowledged is there, cards are answered, all see the same."""

import datetime as dt
import json
import os
import subprocess

import postgres as servers
import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner
from test_cli_serve import running
from test_feedback import LIBRARY, OVERRIDDEN, kept, one_call, post
from test_trust_commands import ISSUER, LEAST, badge, real_clock, run  # noqa: F401
from tools import kill_run

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.store import tables


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_acknowledged_is_there_after_a_kill(kind):
    """A short one of the runs that the manual tells of; the second kill is that of PostgreSQL's own server."""
    if kind == "postgresql" and servers.programs() is None:
        pytest.skip(servers.MISSING)
    told = kill_run.run(kind, 2, longest=0.3, server_every=2)
    assert told["acknowledged"] > 0
    assert (told["lost"], told["twice"]) == (0, 0)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB of our own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder], capture_output=True).returncode:
        pytest.skip("only who may mount has a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_on_a_full_disk_feedback_gets_503_cards_are_answered_and_space_mends_it(small_disk, monkeypatch):
    app = create_app(Settings(today=dt.date(2026, 1, 15), database=str(small_disk / "kept.db")), LIBRARY)
    (small_disk / "other").write_bytes(b"x" * 400_000)
    taken, status = 0, 200
    while status == 200:
        entries = [OVERRIDDEN | {"card": f"c{taken + n}"} for n in range(200)]
        status = post(app, *entries).status_code
        taken += 200 if status == 200 else 0
        assert taken < 20_000
    assert status == 503
    assert one_call(app)
    (small_disk / "other").unlink()
    monkeypatch.setattr(kept(app).database, "_gate", type(kept(app).database._gate)(rest=0))
    assert post(app, OVERRIDDEN).status_code == 200
    with kept(app).database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.feedback)) == taken + 1
    kept(app).recorder.close()
    kept(app).database.close()


@pytest.fixture
def instances(postgres, tmp_path):
    """Two services, each with processes of its own, behind one address and on one PostgreSQL; their ports, and a key."""
    made = run("clients", "new-key", tmp_path / "private.json")
    (tmp_path / "keys.json").write_text(made.stdout)
    (tmp_path / "clients.toml").write_text(LEAST)
    address = servers.new_database(postgres, f"cdshooks_two_{os.getpid()}")
    assert CliRunner().invoke(main, ["db", "upgrade", "--database", address]).exit_code == 0
    flags = ["--clients", str(tmp_path / "clients.toml"), "--public-url", "http://127.0.0.1:9", "--today", "2026-01-15"]
    with running(*flags, "--database", address) as (_, one, _), running(*flags, "--database", address) as (_, two, _):
        yield one, two, tmp_path / "private.json", address


def test_two_instances_share_used_tokens_and_feedback(instances, real_clock):  # noqa: F811
    one, two, private, address = instances
    new_token, path = badge(private, ISSUER), "/cds-services/b12-patient-view/feedback"

    def send(port, token):
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(f"http://127.0.0.1:{port}{path}", json={"feedback": [OVERRIDDEN]}, headers=headers, timeout=30)

    used = new_token(f"http://127.0.0.1:9{path}")
    assert [send(port, used).status_code for port in (one, two, one)] == [200, 401, 401]
    assert send(two, new_token(f"http://127.0.0.1:9{path}")).status_code == 200
    said = CliRunner().invoke(main, ["feedback", "report", "--database", address, "--format", "json", "--by", "client"])
    assert [row["overridden"] for row in json.loads(said.stdout)["client"]] == [1]
