"""Whether the process lives, and whether it is ready to answer: for load balancers and orchestrators."""

from flask import Flask

from cdshooks import __version__
from cdshooks.web.answers import as_json


def add_health(app: Flask, library) -> None:
    def healthz():
        return as_json({"status": "ok"})

    def readyz():
        return as_json({"status": "ready", "cards": len(library.cards), "version": __version__})

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
