"""Discovery, and the call of a service: from bytes to a hook request, and from cards to bytes."""

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, UnsupportedMediaType

from cdshooks.config import Settings, clock
from cdshooks.errors import BadJson, UnknownService
from cdshooks.protocol import wire
from cdshooks.protocol.fetch import Fetcher
from cdshooks.protocol.request import parse_request
from cdshooks.respond import respond
from cdshooks.web.answers import as_json
from cdshooks.web.current import Current

_JSON = {"application/json", "application/fhir+json"}


def add_services(app: Flask, current: Current, settings: Settings, fetcher: Fetcher) -> None:
    """Discovery and the call; an offer holds the services by id, several where one id serves several hooks."""

    def discover():
        return Response(current.of_call().discovery, content_type="application/json")

    def call(service_id):
        offer = current.of_call()
        if service_id not in offer.services:
            raise UnknownService(_unknown(service_id, offer.services))
        body = _body()
        service = _for_hook(offer.services[service_id], body.get("hook"))
        hook_request, now = parse_request(body, service.hook), clock(settings)
        allowed = settings.fhir_servers
        fetch = fetcher.start(allowed, service, hook_request, now)
        response = respond(offer.library, service, hook_request, now, fetch)
        return as_json({"cards": response.cards})

    def feedback(service_id):
        raise NotFound("feedback is not offered by this service; the cards need none")

    app.add_url_rule("/cds-services", view_func=discover)
    for path in ("/cds-services/<service_id>", "/cds-services//<service_id>"):
        app.add_url_rule(path, view_func=call, methods=["POST"])
        app.add_url_rule(f"{path}/feedback", view_func=feedback, methods=["POST"])


def _for_hook(services, hook):
    """The service for the hook that fired; the first where none fits, and its parser will say what does not fit."""
    return next((service for service in services if service.hook == hook), services[0])


def _body() -> dict:
    """The JSON object that was posted; checked in the order in which a sender can mend it."""
    if request.mimetype not in _JSON:
        raise UnsupportedMediaType("send JSON, with the header Content-Type: application/json")
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise UnsupportedMediaType("send the body as it is, without Content-Encoding")
    body = wire.decode(_bytes())
    if not isinstance(body, dict):
        raise BadJson("the body is JSON but not an object; send an object with hook, hookInstance and context")
    return body


def _bytes() -> bytes:
    """What was posted, whole. Werkzeug cuts a chunked body off at the limit without a word, hence the second look."""
    body = request.get_data(cache=False)
    at_limit = request.content_length is None and len(body) == request.max_content_length
    if at_limit and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _unknown(service_id, offered):
    return f"there is no service {service_id[:64]!r}; there are {', '.join(sorted(offered))}"
