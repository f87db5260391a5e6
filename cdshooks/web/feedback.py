"""What became of the cards: taken, kept, and acknowledged only when it is on disk."""

from flask import Flask
from werkzeug.exceptions import NotFound

from cdshooks.config import Settings, now
from cdshooks.errors import UnknownService
from cdshooks.protocol.feedback import parse_feedback
from cdshooks.web.answers import as_json
from cdshooks.web.bodies import json_object
from cdshooks.web.callers import client_name
from cdshooks.web.current import Current
from cdshooks.web.kept import Kept
from cdshooks.web.watching import Watch, begun


def add_feedback(app: Flask, current: Current, settings: Settings, watching: Watch, kept: Kept) -> None:
    """`POST /cds-services/{id}/feedback`; an offer holds the services by id."""

    def take(service_id):
        offered = current.of_call().services
        if service_id not in offered:
            raise UnknownService(f"there is no service {service_id[:64]!r}; there are {', '.join(sorted(offered))}")
        if not kept.keeps:
            raise NotFound("feedback is not kept by this service: its setting `database` is none")
        begun(service_id)
        entries = parse_feedback(json_object("feedback, a list of entries"))
        kept.feedback(client_name(), service_id, entries, now(), settings.keep_comments)
        watching.feedback(service_id, entries)
        return as_json({})

    for path in ("/cds-services/<service_id>/feedback", "/cds-services//<service_id>/feedback"):
        app.add_url_rule(path, endpoint="feedback", view_func=take, methods=["POST"])
