"""Nobody looks for garbage while cards are loaded, and in a large call until it is answered; then as before."""

import gc
import json

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.content.load import load_library
from cdshooks.garbage import uncollected
from cdshooks.protocol import wire
from cdshooks.web import services
from tests.shipped import LIBRARY

BODY = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/1", "patientId": "p"},
    "prefetch": {"patient": {"resourceType": "Patient", "id": "p"}},
}


@pytest.fixture
def heard(monkeypatch):
    """Whether garbage is looked for when calls are judged."""
    heard, judge = [], services.respond
    monkeypatch.setattr(services, "respond", lambda *told: heard.append(gc.isenabled()) or judge(*told))
    return heard


def posted(body: dict) -> int:
    app = create_app(Settings(database="none"), LIBRARY).test_client()
    service = next(s for s in app.get("/cds-services").json["services"] if s["hook"] == "patient-view")
    return app.post(f"/cds-services/{service['id']}", data=json.dumps(body), content_type="application/json").status_code


def test_a_large_call_pauses_it_until_it_is_answered(heard):
    large = BODY | {"extension": {"said": "x" * (wire.LARGE + 1)}}
    assert {posted(BODY), posted(large)} <= {200, 412}
    assert (heard, gc.isenabled()) == ([True, False], True)


def test_a_large_call_that_is_refused_leaves_it_as_it_was(heard):
    assert posted(BODY | {"context": "x" * (wire.LARGE + 1)}) == 422
    assert (heard, gc.isenabled()) == ([], True)


def test_of_pauses_that_overlap_the_last_ends_it():
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_cards_that_cannot_be_loaded_leave_it_on(tmp_path):
    with pytest.raises(Exception, match="no such cards folder"):
        load_library(tmp_path / "none")
    assert gc.isenabled()
