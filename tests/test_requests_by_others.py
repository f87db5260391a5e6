"""Requests that others wrote, at every service we have: cards or a clear refusal, and never a failure of ours."""

import datetime as dt
import json
import re

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.protocol import schema
from tests.conftest import shared, shared_files
from tests.shipped import LIBRARY

REQUESTS = shared_files("requests/*.json")
HOOKS = ["patient-view", "order-select", "order-sign"]


@pytest.fixture(scope="module")
def client():
    return create_app(Settings(today=dt.date(2026, 1, 15)), LIBRARY).test_client()


@pytest.fixture(scope="module")
def services(client):
    """The ids of the services, by hook."""
    return {service["hook"]: service["id"] for service in client.get("/cds-services").json["services"]}


def test_the_requests_of_others_are_there():
    shared("requests")
    assert len(REQUESTS) == 19


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_a_request_by_others_gets_cards_or_a_clear_refusal(client, services, path, hook):
    answer = client.post(f"/cds-services/{services[hook]}", data=path.read_bytes(), content_type="application/json")
    if answer.status_code == 200:
        assert schema.faults("response", answer.json) == []
        return
    assert answer.status_code in {412, 422}
    assert answer.json["resourceType"] == "OperationOutcome"
    assert all(re.match(r"(\$|prefetch)\S*: .+", issue["diagnostics"]) for issue in answer.json["issue"])


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.stem)
def test_a_sound_request_by_others_is_not_called_unsound(client, services, path):
    """What the source's own index calls odd may be refused as such; nothing else may."""
    body = json.loads(path.read_text("utf-8"))
    odd = ("randomGUID", "test-instance", "Patient/")
    known = body["hook"] in services and "patientId" in body["context"] and "medications" not in body["context"]
    if not known or body["hookInstance"].startswith(odd) or body["context"]["patientId"].startswith(odd):
        return
    answer = client.post(f"/cds-services/{services[body['hook']]}", json=body)
    assert answer.status_code in {200, 412}, answer.json
