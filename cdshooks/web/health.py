"""Whether the process lives, and whether it is ready to answer: for load balancers and orchestrators."""

from collections.abc import Callable

from flask import Flask, request

from cdshooks import __version__
from cdshooks.config import Settings, clock
from cdshooks.web.answers import as_json, outcome
from cdshooks.web.current import Current

_ISSUES_TOLD = 10


def add_health(app: Flask, current: Current, settings: Settings, can_let_in: Callable[[], bool]) -> None:
    """`can_let_in` says whether a caller who is trusted would be let in now."""

    def healthz():
        return as_json({"status": "ok"})

    def readyz():
        if not can_let_in():
            return outcome(503, "transient", "nobody can be let in now: used tokens cannot be looked up")
        if not _may_see(settings):
            return as_json({"status": "ready"})
        offer = current.of_call()
        body = {
            "status": "ready",
            "cards": len(offer.library.cards),
            "version": __version__,
            "today": clock(settings).today.isoformat(),
            "generation": offer.generation,
            "loaded": offer.loaded.isoformat(timespec="seconds"),
        }
        # Still ready: the old cards are good. But whoever looks must see that the new ones are not in service.
        return as_json(body | _failed(current.fault))

    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)


def _may_see(settings: Settings) -> bool:
    """With trusted clients the details are for those who run the service, on the address of the metrics."""
    port = settings.metrics.rpartition(":")[2]
    return settings.clients is None or request.environ.get("SERVER_PORT") == port


def _failed(fault) -> dict:
    if not fault:
        return {}
    told = {"at": fault.at.isoformat(timespec="seconds"), "kept_generation": fault.kept, "faults": len(fault.issues)}
    return {"failed_reload": told | {"issues": list(fault.issues[:_ISSUES_TOLD])}}
