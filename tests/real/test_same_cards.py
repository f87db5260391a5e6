"""The same cards whether the data are sent, fetched from a real server, or half and half."""

from datetime import date
from functools import cache

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import Client, in_process
from tests.real import charts
from tests.real.charts import Opening
from tests.real.server import Hapi
from tests.shipped import LIBRARY

TOPICS = {card.topic for card in LIBRARY.cards}
UNHURRIED = 60_000  # milliseconds: this is about cards, not about time


@cache
def service_on(day: date, server: str | None) -> Client:
    servers = (server,) if server else ()
    return in_process(create_app(Settings(today=day, fhir_servers=servers, fetch_deadline_ms=UNHURRIED), LIBRARY))


def cards(hapi: Hapi, opening: Opening, keys: set[str] | None) -> list[dict]:
    """The cards when these keys are sent (None: all) and the others are left to be fetched."""
    client = service_on(opening.today, None if keys is None else hapi.url)
    service = client.service_for(opening.hook)
    body = opening.body(service["prefetch"], keys)
    if keys is not None:
        body |= {"fhirServer": hapi.url, "fhirAuthorization": authorization(hapi, opening)}
    status, answer = client.call(service["id"], body)
    assert status == 200, answer
    return answer["cards"]


def authorization(hapi: Hapi, opening: Opening) -> dict:
    return {
        "access_token": hapi.token,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.read",
        "subject": "cdshooks",
        "patient": opening.record.patient_id,
    }


def halves(opening: Opening) -> tuple[set[str], set[str]]:
    """Every second key, and the others."""
    keys = list(service_on(opening.today, None).service_for(opening.hook)["prefetch"])
    return set(keys[::2]), set(keys[1::2])


@pytest.mark.parametrize("opening", charts.vignettes(), ids=lambda opening: opening.name)
def test_a_vignette_comes_out_as_told_when_everything_is_fetched(hapi, opening):
    found = [(card["source"]["topic"]["code"], card["indicator"]) for card in cards(hapi, opening, set())]
    expected = [(e["topic"], e["indicator"]) for e in opening.told["expected"] if e["topic"] in TOPICS]
    tolerated = [(e["topic"], e["indicator"]) for e in opening.told["tolerated"]]
    assert sorted(card for card in found if card not in tolerated) == sorted(expected)
    assert len(found) == len(set(found))


@pytest.mark.proves("pre-11")
@pytest.mark.parametrize("opening", charts.everything(), ids=lambda opening: opening.name)
def test_the_cards_are_the_same_wherever_the_data_come_from(hapi, opening):
    sent = cards(hapi, opening, None)
    one, other = halves(opening)
    assert cards(hapi, opening, set()) == sent
    assert cards(hapi, opening, one) == sent
    assert cards(hapi, opening, other) == sent


def test_the_charts_raise_cards_to_compare(hapi):
    """So that an answer without cards everywhere would be noticed."""
    raised = [opening for opening in charts.everything() if cards(hapi, opening, None)]
    assert len(raised) > 80
