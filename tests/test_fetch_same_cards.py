"""The same call gives the same cards, whether the EHR sends the data, the service fetches them, or each does half."""

import json
from datetime import date

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.request import prefetch
from cdshooks.ehr.visit import open_visit
from cdshooks.protocol.wire import encode
from tests.conftest import shared_files
from tests.fhir_server import Server, chart
from tests.test_prefetch import LIBRARY, SERVICES

STORY_DAY = date(2026, 1, 15)


def answers(record, body: dict, today: date) -> list[dict]:
    """With all data sent; with none, from a server that gives all at once, and in pages of two; with each half."""
    sent = body["prefetch"]
    halves = [{key: sent[key] for key in list(sent)[start::2]} for start in (0, 1)]
    with Server(chart(record)) as server, Server(chart(record, page_size=2)) as paged:
        allowed = (server.base, paged.base)
        app = create_app(Settings(today=today, fhir_servers=allowed, fetch_deadline_ms=20_000), LIBRARY).test_client()

        def call(prefetch, base):
            told = body | {"prefetch": prefetch, "fhirServer": base}
            path = f"/cds-services/{SERVICES[body['hook']].id}"
            answer = app.post(path, data=encode(told), content_type="application/json")
            return {"status": answer.status_code} | answer.json

        whole = call(sent, server.base)
        assert server.seen == []
        return [whole, call({}, server.base), call({}, paged.base), *(call(half, server.base) for half in halves)]


@pytest.mark.proves("pre-6", "pre-11")
@pytest.mark.parametrize("story", shelf.stories(), ids=lambda story: story.name)
def test_each_request_of_the_fixtures_gives_the_same_cards_every_way(story):
    visit = open_visit(story.name, STORY_DAY)
    whole, *others = answers(visit.record, visit.request(SERVICES[visit.hook].prefetch), STORY_DAY)
    assert [(card["source"]["topic"]["code"], card["indicator"]) for card in whole["cards"]] == list(story.expected)
    assert [other == whole for other in others] == [True] * 4


@pytest.mark.proves("pre-6", "pre-11")
@pytest.mark.parametrize("file", shared_files("vignettes/V*.json"), ids=lambda f: f.stem)
@pytest.mark.proves("pre-11")
def test_each_vignette_gives_the_same_cards_every_way(file):
    told = json.loads(file.read_text(encoding="utf-8"))
    record, today = read_record(told["resources"], told["id"]), date.fromisoformat(told["today"])
    body = {"hook": told["hook"], "hookInstance": "6a4b3f1f-7c11-4b0e-9a35-8b3a2f0e6d0c", "context": told["context"]}
    body["prefetch"] = prefetch(record, SERVICES[told["hook"]].prefetch, told["context"], today)
    whole, *others = answers(record, body, today)
    assert whole["status"] == 200
    assert [other == whole for other in others] == [True] * 4
