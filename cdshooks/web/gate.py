"""The gate: with trusted clients nothing below /cds-services is answered before the caller has proved who it is."""

import logging
from collections.abc import Callable

from flask import Flask, g, request

from cdshooks.errors import NotTrusted
from cdshooks.trust.client import Client
from cdshooks.web.answers import outcome

log = logging.getLogger("cdshooks")

_GUARDED = "cds-services"


def guard(app: Flask, admit: Callable[[str | None, str], Client], public_url: str) -> None:
    """Ask `admit(authorization, url)` before anything else is done: before the body is read or the service is found.

    Where used tokens cannot be looked up it raises StoreUnavailable, and nobody is let in: 503.

    OPTIONS is let through: a browser asks before it may send a token, and is told nothing but which origins may.
    """

    def check():
        steps = [step for step in request.path.split("/") if step]
        if steps[:1] != [_GUARDED] or request.method == "OPTIONS":
            return None
        try:
            g.client = admit(request.headers.get("Authorization"), "/".join([public_url, *steps]))
        except NotTrusted as refusal:
            return _refused(refusal)
        return None

    app.before_request(check)


def _refused(refusal: NotTrusted):
    """401, the same for every reason; the reason is for the log."""
    who = getattr(refusal, "client", None)
    name = f"client {who.name!r}, kid {_clean(refusal.kid, 80)}" if who else "no trusted client"
    log.warning("refused %s %s: %s (%s)", request.method, request.url_rule, refusal, name)
    answer = outcome(refusal.status, refusal.code, "not accepted")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _clean(text: str, most: int) -> str:
    """A stranger's words for a log: ASCII, no line breaks, no terminal codes, not long."""
    shown = ascii(text)
    return shown if len(shown) <= most else f"{shown[:most]}...'"
