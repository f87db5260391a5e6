"""`/metrics`: for Prometheus, and for nobody else: on a port of its own, or beside the cards where somebody says so."""

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from cdshooks import __version__
from cdshooks.config import Settings
from cdshooks.observe.metrics import Metrics, NoMetrics, exposition
from cdshooks.web.errors import NOTHING_HERE


def metrics_of(settings: Settings) -> NoMetrics:
    """What counts; prometheus-client is loaded only where somebody wants to look in."""
    if settings.metrics == "off":
        return NoMetrics()
    from prometheus_client import CollectorRegistry

    return Metrics(__version__, CollectorRegistry())


def add_metrics(app: Flask, metrics: NoMetrics, where: str) -> None:
    """`where` is "off", "on" (beside the cards), or HOST:PORT: then only calls that came in there are answered."""
    if where == "off":
        return
    port = where.rpartition(":")[2]

    def read():
        if where != "on" and request.environ.get("SERVER_PORT") != port:
            raise NotFound(NOTHING_HERE)
        body, kind = exposition(metrics.registry)
        return Response(body, content_type=kind)

    app.add_url_rule("/metrics", "metrics", read)
