"""The contract for those who program against it: OpenAPI, and the JSON Schemas under addresses that stay."""

from flask import Flask, Response
from werkzeug.exceptions import NotFound

from cdshooks import __version__
from cdshooks.protocol import schema, wire
from cdshooks.protocol.contract import FOLDER, openapi
from cdshooks.web.answers import as_json
from cdshooks.web.current import Current


def add_contract(app: Flask, current: Current, secured: bool) -> None:
    """None of this needs a token: it tells what the sources tell."""

    def describe():
        offered = current.of_call().services
        return as_json(openapi([one for ones in offered.values() for one in ones], __version__, secured))

    def schemas():
        return as_json({name: f"{FOLDER}/{name}{schema.SUFFIX}" for name in schema.MESSAGES})

    def one_schema(name):
        if name not in schema.MESSAGES:
            raise NotFound(f"there is no schema {name[:64]!r}; there are {', '.join(schema.MESSAGES)}")
        return Response(wire.encode(schema.read(name)), content_type="application/schema+json")

    app.add_url_rule("/openapi.json", view_func=describe)
    app.add_url_rule(FOLDER, view_func=schemas)
    app.add_url_rule(f"{FOLDER}/<name>{schema.SUFFIX}", view_func=one_schema)
