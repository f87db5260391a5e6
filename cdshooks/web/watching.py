"""Around every request: its id, its line in the log, what is counted, its span; a view only says what it found."""

import os
from time import perf_counter

from flask import Flask, g, has_request_context, request

from cdshooks.observe.logs import sane_id
from cdshooks.observe.metrics import NoMetrics
from cdshooks.rules.doubt import doubt
from cdshooks.web.callers import client_name
from cdshooks.web.kept import Kept

HEADER = "X-Request-ID"
_QUIET = {"healthz", "readyz", "metrics"}  # asked every few seconds by machines


class Call:
    """What is known of the request that is being answered."""

    __slots__ = ("begun", "generation", "hook", "id", "service", "span", "topics")

    def __init__(self, request_id: str):
        self.id, self.begun, self.span = request_id, perf_counter(), None
        self.service = self.hook = ""
        self.generation = 0
        self.topics: list[str] = []


class Watch:
    """What happens at the beginning and the end of every request of an app."""

    def __init__(self, metrics: NoMetrics, access=None, tracer=None):
        self._metrics, self._access, self._tracer = metrics, access, tracer

    def begin(self) -> None:
        call = g.call = Call(sane_id(request.environ.get("HTTP_X_REQUEST_ID")) or os.urandom(8).hex())
        if self._tracer:
            call.span = self._tracer.begin(request.headers)

    def end(self, response):
        call = g.get("call")
        if call is None:  # before `begin` something failed
            return response
        seconds, endpoint, client = perf_counter() - call.begun, request.endpoint or "unknown", client_name()
        response.headers[HEADER] = call.id
        self._metrics.request(endpoint, call.service, response.status_code, seconds)
        if client or response.status_code == 401:
            self._metrics.authentication("accepted" if client else "refused", client)
        if self._access or call.span:
            told = _told(call, endpoint, client, response.status_code, seconds)
            if self._access:
                self._access("debug" if endpoint in _QUIET else "info", told)
            if call.span:
                self._tracer.end(call.span, told)
        return response

    def judged(self, service, response) -> None:
        """What a call came to: its cards, and what could not be told."""
        call, metrics = g.call, self._metrics
        for card in response.cards:
            topic = card["source"]["topic"]["code"]
            call.topics.append(topic)
            metrics.card(service.id, topic, card["indicator"])
        if metrics.__class__ is not NoMetrics:
            for decision in response.decisions:
                if reason := doubt(decision):
                    metrics.cannot_tell(decision.card.topic, reason)

    def recorded(self, kept: Kept) -> None:
        """How the recording of shown cards goes on; it happens behind the back of the calls."""
        if kept.keeps:
            self._metrics.shown(kept.recorder.written, kept.recorder.lost)

    def feedback(self, service: str, entries) -> None:
        """Feedback that is on disk."""
        self._metrics.feedback(service, (entry.outcome for entry in entries))


def _told(call: Call, endpoint: str, client: str, status: int, seconds: float) -> dict:
    """What is told of a request; only words of our own: a path, a header or a body may name a patient."""
    told = {"request_id": call.id, "endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 2)}
    if client:
        told["client"] = client
    if call.service:
        told["service"] = call.service
    if call.hook:
        told |= {"hook": call.hook, "generation": call.generation}
        told["cards"] = {topic: call.topics.count(topic) for topic in call.topics}
    return told


def watch(app: Flask, metrics: NoMetrics, access=None, tracer=None) -> Watch:
    """Must be the first to hear of a request, and the last."""
    watching = Watch(metrics, access, tracer)
    app.before_request(watching.begin)
    app.after_request(watching.end)
    return watching


def begun(service: str, hook: str = "", generation: int = 0) -> None:
    """The service that was found for a call or feedback; now it stands in the log and the counts, whatever comes."""
    call = g.call
    call.service, call.hook, call.generation = service, hook, generation


def request_id() -> str:
    """The id of the request that is being answered; nothing outside of one."""
    call = g.get("call") if has_request_context() else None
    return call.id if call else ""
