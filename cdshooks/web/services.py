"""Discovery, and the call of a service: from bytes to a hook request, and from cards to bytes."""

import logging
from dataclasses import replace

from flask import Flask, Response, current_app, g, request

from cdshooks.config import Settings, clock
from cdshooks.errors import UnknownService
from cdshooks.protocol import measure
from cdshooks.protocol.fetch import Fetcher
from cdshooks.protocol.lenient import mended
from cdshooks.protocol.limits import limited, not_said_before
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.trace import EXTENSION, as_data, is_asked_for
from cdshooks.respond import respond
from cdshooks.trust.client import anyone
from cdshooks.web.answers import as_json
from cdshooks.web.bodies import json_object
from cdshooks.web.callers import caller, client_name
from cdshooks.web.current import Current, discovery_of
from cdshooks.web.kept import Kept
from cdshooks.web.pulse import pulse
from cdshooks.web.watching import Watch, begun

log = logging.getLogger("cdshooks")


def add_services(
    app: Flask, current: Current, settings: Settings, watching: Watch, fetcher: Fetcher, kept: Kept
) -> None:
    """Discovery and the call; an offer holds the services by id, several where one id serves several hooks."""

    stranger = anyone(settings.fhir_servers)
    deadline = (settings.judge_deadline_ms + settings.fetch_deadline_ms) / 1000

    def discover():
        offer, client = current.of_call(), caller(stranger)
        version, dated = client.fhir_version, fills_dates(client)
        own = version or dated is not None
        document = discovery_of(offer.services, version, dated) if own else offer.discovery
        return Response(document, content_type="application/json")

    def call(service_id):
        offer = current.of_call()
        if service_id not in offer.services:
            raise UnknownService(_unknown(service_id, offer.services))
        body = json_object("hook, hookInstance and context")
        service = _for_hook(offer.services[service_id], body.get("hook"))
        begun(service.id, service.hook, offer.generation)
        client = caller(stranger)
        hook_request, now = parse_request(_let_pass(body, client), service.hook), clock(settings)
        measure.check(hook_request, g.values, current_app.extensions["cdshooks.limits"])
        service = service.for_client(fills_dates(client))
        version = client.fhir_version or settings.fhir_version
        fetch = fetcher.start(client.fhir_servers, service, hook_request, now, version)
        beat = pulse(deadline, request.environ.get("gunicorn.socket"))
        response = respond(offer.library, service, hook_request, now, fetch, version, beat)
        response = kept.quieted(client_name(), service, hook_request, response)
        response = _as_asked_for(client, service, response)
        kept.cards(client_name(), service, hook_request, response.cards)
        watching.judged(service, response)
        watching.recorded(kept)
        return as_json({"cards": response.cards} | _trace(client, hook_request, response))

    def fills_dates(client):
        return None if settings.plain_prefetch else client.dated_prefetch

    app.add_url_rule("/cds-services", "discovery", discover)
    for path in ("/cds-services/<service_id>", "/cds-services//<service_id>"):
        app.add_url_rule(path, view_func=call, methods=["POST"])


def _let_pass(body, client):
    """The request as parsed; with what a client on trial may get wrong made up for, and said in the log."""
    if not client.lenient:
        return body
    body, wrong = mended(body)
    if wrong:
        log.warning("let pass for client %r, which is lenient: %s", client.name, "; ".join(wrong))
    return body


def _as_asked_for(client, service, response):
    """The response with as many cards, and those only, that this client wants."""
    cards = response.cards
    if client.say_once:
        cards = not_said_before(cards, service.hook, {card.topic: card.hooks for card in service.cards})
    if client.max_cards is not None:
        cards = limited(cards, client.max_cards)
    return response if cards is response.cards else replace(response, cards=cards)


def _trace(client, hook_request, response) -> dict:
    """The trace as the response's extension, for a caller who asks for it and may have it."""
    if not (is_asked_for(hook_request) and client.may_explain):
        return {}
    return {"extension": {EXTENSION: as_data(response.decisions, response.chart, response.quiet)}}


def _for_hook(services, hook):
    """The service for the hook that fired; the first where none fits, and its parser will say what does not fit."""
    return next((service for service in services if service.hook == hook), services[0])


def _unknown(service_id, offered):
    return f"there is no service {service_id[:64]!r}; there are {', '.join(sorted(offered))}"
