"""The acceptance vignettes through HTTP with prefetch, today frozen at the vignette's own day."""

import json
from datetime import date

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.request import prefetch
from tests.conftest import shared_files
from tests.shipped import LIBRARY

TOPICS = {card.topic for card in LIBRARY.cards}


def answer(told: dict) -> list[tuple[str, str]]:
    client = in_process(create_app(Settings(today=date.fromisoformat(told["today"])), LIBRARY))
    service = client.service_for(told["hook"])
    record = read_record(told["resources"], told["id"])
    body = {"hook": told["hook"], "hookInstance": "6a4b3f1f-7c11-4b0e-9a35-8b3a2f0e6d0c", "context": told["context"]}
    body["prefetch"] = prefetch(record, service["prefetch"], told["context"], date.fromisoformat(told["today"]))
    status, response = client.call(service["id"], body)
    assert status == 200, response
    return [(card["source"]["topic"]["code"], card["indicator"]) for card in response["cards"]]


@pytest.mark.parametrize("file", shared_files("vignettes/V*.json"), ids=lambda f: f.stem)
def test_a_vignette_comes_out_as_told(file):
    told = json.loads(file.read_text(encoding="utf-8"))
    cards = answer(told)
    expected = [(e["topic"], e["indicator"]) for e in told["expected"] if e["topic"] in TOPICS]
    tolerated = [(e["topic"], e["indicator"]) for e in told["tolerated"]]
    assert sorted(c for c in cards if c not in tolerated) == sorted(expected)
    assert len(cards) == len(set(cards))
