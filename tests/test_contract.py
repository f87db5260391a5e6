"""The OpenAPI description is valid, and true of what is offered."""

from datetime import date

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.protocol import schema
from cdshooks.protocol.contract import FOLDER, openapi
from cdshooks.protocol.discovery import services
from tests.shipped import LIBRARY
from tests.test_schemas import BREACHES, GOOD, broken

DAY = date(2026, 1, 15)
APP = create_app(Settings(today=DAY), LIBRARY)
CLIENT = APP.test_client()
DOCUMENT = CLIENT.get("/openapi.json").json


def described(**settings):
    return openapi([s for ones in services(LIBRARY, Settings(**settings)).values() for s in ones], "1", secured=True)


@pytest.mark.parametrize("document", [DOCUMENT, described(), described(one_id=True)], ids=["open", "secured", "one id"])
def test_the_description_is_valid_openapi(document):
    OpenAPIV31SpecValidator(document).validate()


def test_each_path_that_is_described_is_there_and_each_that_is_offered_is_described():
    routes = {rule.rule for rule in APP.url_map.iter_rules()}
    ids = [service["id"] for service in CLIENT.get("/cds-services").json["services"]]
    offered = {"/cds-services"} | {f"/cds-services/{i}{end}" for i in ids for end in ("", "/feedback")}
    assert set(DOCUMENT["paths"]) == offered
    assert {"/cds-services", "/cds-services/<service_id>", "/cds-services/<service_id>/feedback"} <= routes


def test_what_needs_a_token_is_said_only_where_one_is_needed():
    assert "security" not in DOCUMENT
    assert described()["security"] == [{"client": []}]
    assert "client" in described()["components"]["securitySchemes"]


def test_one_id_for_all_hooks_takes_the_request_of_each():
    (call,) = [item["post"] for path, item in described(one_id=True)["paths"].items() if path.count("/") == 2]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    assert len(body["oneOf"]) == len(LIBRARY.hooks)


@pytest.mark.parametrize("name", schema.MESSAGES)
def test_each_schema_is_published_as_it_is_in_the_package(name):
    answer = CLIENT.get(CLIENT.get(FOLDER).json[name])
    assert (answer.status_code, answer.content_type) == (200, "application/schema+json")
    assert answer.json == schema.read(name)


def test_a_schema_that_is_not_there_is_told_with_those_that_are():
    answer = CLIENT.get(f"{FOLDER}/content-rule.schema.json")
    assert answer.status_code == 404
    assert "there are discovery, request" in answer.json["issue"][0]["diagnostics"]


def component(name):
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


@pytest.mark.parametrize("name", GOOD)
def test_the_description_accepts_and_refuses_what_the_schemas_do(name):
    judge = component(name)
    assert judge.is_valid(GOOD[name])
    assert not any(judge.is_valid(broken(GOOD[name], *breach)) for breach in BREACHES[name])
