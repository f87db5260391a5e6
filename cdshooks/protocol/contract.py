"""The OpenAPI description of what is offered: the published schemas, put together with the services' own paths."""

from collections.abc import Iterable, Mapping

from cdshooks.protocol import schema
from cdshooks.protocol.discovery import Service

FOLDER = "/schemas/v1"
_OUTCOMES = {
    "400": "The body is not JSON that can be read.",
    "401": "The caller did not prove who it is.",
    "404": "There is no such service.",
    "412": "Data that a card needs were neither sent nor could be fetched; what is lacking is named.",
    "413": "The body is too large.",
    "415": "The body is not JSON, or is encoded.",
    "422": "The message breaks its schema; all faults are named, by their places.",
    "500": "A fault of this service.",
    "503": "What was sent cannot be kept now; send it again after Retry-After.",
}
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A JSON Web Token of a trusted CDS Client, signed for exactly the URL that is called.",
}


def openapi(services: Iterable[Service], release: str, secured: bool) -> dict:
    """OpenAPI 3.1 for these services; `secured` where callers must prove who they are."""
    document = {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "cdshooks",
            "version": release,
            "summary": "CDS Hooks services whose every card can say why it is there.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(_hooks_by_id(services)),
        "components": {
            "schemas": {name: _component(name) for name in schema.MESSAGES},
            "responses": {status: _answer(words, "outcome") for status, words in _OUTCOMES.items()},
        },
    }
    if secured:
        document["components"]["securitySchemes"] = {"client": _TOKEN}
        document["security"] = [{"client": []}]
    return document


def _hooks_by_id(services: Iterable[Service]) -> Mapping[str, list[Service]]:
    found: dict[str, list[Service]] = {}
    for service in services:
        found.setdefault(service.id, []).append(service)
    return found


def _paths(services: Mapping[str, list[Service]]) -> dict:
    paths = {"/cds-services": {"get": _discovery()}}
    for identity, hooks in services.items():
        paths[f"/cds-services/{identity}"] = {"post": _call(identity, hooks)}
        paths[f"/cds-services/{identity}/feedback"] = {"post": _feedback(identity)}
    return paths


def _discovery() -> dict:
    return {
        "operationId": "discover",
        "summary": "The services that are offered.",
        "responses": {"200": _answer("The services.", "discovery")} | _refusals("401", "500"),
    }


def _call(identity: str, hooks: list[Service]) -> dict:
    requests = [_reference(f"request-{service.hook}") for service in hooks]
    return {
        "operationId": f"call-{identity}",
        "summary": hooks[0].title,
        "description": hooks[0].description,
        "requestBody": _body(requests[0] if len(requests) == 1 else {"oneOf": requests}),
        "responses": {"200": _answer("The cards, or none.", "response")}
        | _refusals("400", "401", "412", "413", "415", "422", "500"),
    }


def _feedback(identity: str) -> dict:
    return {
        "operationId": f"feedback-{identity}",
        "summary": "What became of the cards.",
        "requestBody": _body(_reference("feedback")),
        "responses": {"200": {"description": "It is kept."}}
        | _refusals("400", "401", "404", "413", "415", "422", "500", "503"),
    }


def _body(of: dict) -> dict:
    return {"required": True, "content": {"application/json": {"schema": of}}}


def _answer(words: str, name: str) -> dict:
    return {"description": words, "content": {"application/json": {"schema": _reference(name)}}}


def _refusals(*statuses: str) -> dict:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _reference(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}"}


def _component(name: str) -> dict:
    """The published schema as a part of this document: its references lead to places in here."""
    contents = schema.read(name)
    del contents["$schema"]
    return _moved(contents, name)


def _moved(value: object, name: str) -> object:
    if isinstance(value, dict):
        return {key: _target(inner, name) if key == "$ref" else _moved(inner, name) for key, inner in value.items()}
    return [_moved(inner, name) for inner in value] if isinstance(value, list) else value


def _target(reference: str, name: str) -> str:
    file, _, place = reference.partition("#")
    return f"#/components/schemas/{file.removesuffix(schema.SUFFIX) or name}{place}"
