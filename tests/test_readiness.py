"""`/readyz` tells the truth: ready only where a caller who is trusted would be let in; details for those who run it."""

import pytest
from attacks.minting import token
from attacks.world import World

from cdshooks.errors import StoreUnavailable
from cdshooks.store.seen import Seen

DETAILS = {"cards", "version", "today", "generation", "loaded"}


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return World(tmp_path)


def lose(monkeypatch):
    """From now on nobody can tell which tokens were used."""

    def gone(*_):
        raise StoreUnavailable("the disk of canary-3f9a is full")

    monkeypatch.setattr(Seen, "first_time", gone)


def ready(app, port=None):
    return app.test_client().get("/readyz", environ_overrides={"SERVER_PORT": port} if port else {})


def test_where_used_tokens_cannot_be_looked_up_it_is_not_ready_and_a_call_is_not_let_in(world, monkeypatch):
    assert ready(world.app).status_code == 200
    lose(monkeypatch)
    answer = ready(world.app)
    assert (answer.status_code, answer.json["resourceType"]) == (503, "OperationOutcome")
    assert "nobody can be let in" in answer.json["issue"][0]["diagnostics"]
    assert b"canary" not in answer.data
    assert world.send([("Authorization", f"Bearer {token()}")]).status == 503


def test_it_is_ready_again_when_they_can_be_looked_up_again(world):
    with pytest.MonkeyPatch.context() as patch:
        lose(patch)
        assert ready(world.app).status_code == 503
    assert ready(world.app).status_code == 200
    assert world.send([("Authorization", f"Bearer {token()}")]).status == 200


def test_the_process_lives_though_it_is_not_ready(world, monkeypatch):
    lose(monkeypatch)
    assert world.app.test_client().get("/healthz").status_code == 200


def test_where_anyone_may_call_no_store_is_needed(world, monkeypatch):
    lose(monkeypatch)
    answer = ready(world.another(clients=None, public_url=None))
    assert (answer.status_code, set(answer.json)) == (200, {"status"} | DETAILS)


def test_with_trusted_clients_the_details_are_told_on_the_address_of_the_metrics_only(world):
    app = world.another(metrics="127.0.0.1:9464")
    assert ready(app).json == {"status": "ready"}
    assert set(ready(app, "9464").json) == {"status"} | DETAILS
    assert ready(world.app, "9464").json == {"status": "ready"}
