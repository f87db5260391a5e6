"""Whether the process lives, and whether it is ready to answer: for load balancers and orchestrators."""

from flask import Flask

from cdshooks import __version__
from cdshooks.config import Settings, clock
from cdshooks.web.answers import as_json
from cdshooks.web.current import Current

_ISSUES_TOLD = 10


def add_health(app: Flask, current: Current, settings: Settings) -> None:
    def healthz():
        return as_json({"status": "ok"})

    def readyz():
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


def _failed(fault) -> dict:
    if not fault:
        return {}
    told = {"at": fault.at.isoformat(timespec="seconds"), "kept_generation": fault.kept, "faults": len(fault.issues)}
    return {"failed_reload": told | {"issues": list(fault.issues[:_ISSUES_TOLD])}}
