"""Every answer to our fixtures is a valid CDS Hooks response, down to the FHIR resources of its suggestions."""

from datetime import date

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.content.orders import faults_of
from cdshooks.ehr import shelf
from cdshooks.ehr.client import in_process
from cdshooks.ehr.visit import open_visit
from cdshooks.protocol.schema import faults
from tests.shipped import LIBRARY

DAY = date(2026, 1, 15)
CLIENT = in_process(create_app(Settings(today=DAY), LIBRARY))


def answer(name: str) -> dict:
    visit = open_visit(name, DAY)
    service = CLIENT.service_for(visit.hook)
    status, body = CLIENT.call(service["id"], visit.request(service["prefetch"]))
    assert status == 200
    return body


@pytest.mark.parametrize("name", shelf.request_names())
@pytest.mark.proves(
    "card-1", "card-2", "card-3", "card-5", "card-6", "card-7", "sug-1", "act-1", "act-2",
    "act-4", "link-1", "link-2", "ext-1", "card-11", "sug-2", "sug-3", "act-5", "link-3",
    "link-4", "ext-2", "ext-3", "resp-3",
)  # fmt: skip
def test_an_answer_is_a_valid_response_with_valid_resources(name):
    body = answer(name)
    assert faults("response", body) == []
    actions = [a for card in body["cards"] for s in card.get("suggestions", ()) for a in s["actions"]]
    assert [faults_of(a["resource"]) for a in actions if "resource" in a] == [[] for a in actions if "resource" in a]


def nulls_and_empties(value: object, at: str = "$"):
    if value in (None, "", [], {}):
        yield at
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from nulls_and_empties(inner, f"{at}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from nulls_and_empties(inner, f"{at}[{index}]")


@pytest.mark.parametrize("name", shelf.request_names())
@pytest.mark.proves("json-2", "json-3")
def test_nothing_in_an_answer_is_null_or_empty(name):
    assert [at for at in nulls_and_empties(answer(name)) if at != "$.cards"] == []


@pytest.mark.proves("disc-1", "disc-2", "disc-3", "disc-4", "disc-8", "disc-10")
def test_discovery_is_valid():
    _, body = CLIENT.exchange("GET", "/cds-services")
    assert faults("discovery", body) == []


@pytest.mark.proves("card-8", "card-10")
def test_uuids_of_one_answer_differ():
    body = answer("folic-acid-low-b12")
    uuids = [card["uuid"] for card in body["cards"]]
    uuids += [s["uuid"] for card in body["cards"] for s in card.get("suggestions", ())]
    assert len(uuids) == len(set(uuids)) > 2
