"""A client that asks for it, and may, gets the trace of its call; it is what `explain` says, and as its schema says."""

import datetime as dt
import json

import pytest
from click.testing import CliRunner
from flask import g

from cdshooks import create_app
from cdshooks.cli import main
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.visit import open_visit
from cdshooks.protocol import schema
from cdshooks.protocol.trace import EXTENSION
from cdshooks.protocol.wire import encode
from cdshooks.trust.client import Client
from tests.shipped import LIBRARY

DAY = dt.date(2026, 1, 15)


def ask(name="low-b12", extension=None, client=None):
    app = create_app(Settings(today=DAY, database="none"), LIBRARY)
    if client:
        app.before_request(lambda: g.__setattr__("client", client))
    visit = open_visit(name, DAY)
    offered = next(s for s in app.test_client().get("/cds-services").json["services"] if s["hook"] == visit.hook)
    body = visit.request(offered["prefetch"]) | {"hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"}
    body |= {} if extension is None else {"extension": extension}
    # Flask would write Decimals as texts, which are no numbers of FHIR.
    answer = app.test_client().post(
        f"/cds-services/{offered['id']}", data=encode(body), content_type="application/json"
    )
    assert answer.status_code == 200
    assert schema.faults("response", answer.json) == []
    return answer.json


@pytest.mark.parametrize("name", [story.name for story in shelf.stories()][:8])
def test_who_asks_gets_a_trace_of_every_card_as_its_schema_says(name):
    trace = ask(name, {EXTENSION: True})["extension"][EXTENSION]
    assert schema.faults("trace", trace) == []
    assert "b12-deficiency" in {told["topic"] for told in trace["decisions"]} or len(trace["decisions"]) > 3


def test_it_is_what_explain_says():
    said = CliRunner().invoke(main, ["explain", "low-b12", "--json", "--today", DAY.isoformat()])
    assert ask(extension={EXTENSION: True})["extension"][EXTENSION] == json.loads(said.stdout)


@pytest.mark.parametrize("extension", [None, {}, {EXTENSION: False}, {EXTENSION: "true"}, {"org.example.other": True}])
def test_who_does_not_ask_gets_none(extension):
    assert list(ask(extension=extension)) == ["cards"]


def test_only_a_client_who_may_gets_it():
    may_not, may = Client("ehr", "https://ehr.example.org"), Client("ehr", "https://ehr.example.org", may_explain=True)
    assert "extension" not in ask(extension={EXTENSION: True}, client=may_not)
    assert "extension" in ask(extension={EXTENSION: True}, client=may)


def test_the_cards_are_the_same_with_and_without_a_trace():
    assert ask(extension={EXTENSION: True})["cards"] == ask()["cards"]
