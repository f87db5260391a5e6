"""What is counted and timed, for Prometheus; every label comes from a closed set, so that no caller can add rows."""

import os
import threading
from collections.abc import Iterable
from functools import cache

from cdshooks.observe.shared import FOLDER

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_MOST_SERVERS = 50


class NoMetrics:
    """Nobody looks in: everything may be told, and nothing is kept."""

    def request(self, endpoint: str, service: str, status: int, seconds: float) -> None:
        """A request was answered; `service` is "" where none was found."""

    def card(self, service: str, topic: str, indicator: str) -> None:
        """A card was shown."""

    def cannot_tell(self, topic: str, reason: str) -> None:
        """A card could not be told."""

    def fetch(self, server: str, outcome: str, seconds: float) -> None:
        """An exchange with a FHIR server ended; `outcome` is one of a closed set."""

    def authentication(self, outcome: str, client: str) -> None:
        """A caller was let in or refused; `client` is "" where it is nobody known."""

    def stopped(self, reason: str) -> None:
        """A call was given up: "timeout", or "processing" where the caller had hung up."""

    def feedback(self, service: str, outcomes: Iterable[str]) -> None:
        """Feedback was kept: the outcome of each entry."""

    def shown(self, recorded: int, lost: int) -> None:
        """How many cards shown this process has recorded and lost, since it began."""

    def cards_loaded(self, generation: int, cards: int, at: float) -> None:
        """These cards are in service now; `at` in seconds since 1970."""

    def reload(self, outcome: str) -> None:
        """A reload was "done" or "failed"."""


class Metrics(NoMetrics):
    """Counters and histograms of this process; in one registry, or in files that all workers share.

    Children are looked up once and kept: making them costs ten times what counting does.
    """

    def __init__(self, version: str, registry=None):
        from prometheus_client import REGISTRY, Counter, Gauge, Histogram

        self.registry = registry or REGISTRY
        one = {"registry": self.registry}
        newest = {"multiprocess_mode": "mostrecent", **one}

        def counter(name, says, *labels):
            return _children(Counter(f"cdshooks_{name}", says, labels, **one))

        self._requests = counter("requests", "Requests answered.", "endpoint", "service", "status")
        self._seconds = _children(
            Histogram(
                "cdshooks_request_duration_seconds", "Time to answer a request.", ["endpoint"], buckets=BUCKETS, **one
            )
        )
        self._cards = counter("cards", "Cards shown.", "service", "topic", "indicator")
        self._doubts = counter(
            "cannot_tell", "Cards that stayed open or silent because something could not be told.", "topic", "reason"
        )
        self._fetches = _children(
            Histogram(
                "cdshooks_fetch_duration_seconds",
                "Time of an exchange with a FHIR server, by how it ended.",
                ["server", "outcome"],
                buckets=BUCKETS,
                **one,
            )
        )
        self._callers = counter("authentications", "Callers let in or refused.", "outcome", "client")
        self._stopped = counter("calls_stopped", "Calls that were given up before an answer.", "reason")
        self._feedback = counter("feedback", "Entries of feedback that were kept.", "service", "outcome")
        self._recorded = Counter("cdshooks_cards_recorded", "Cards shown that were written down.", **one)
        self._lost = Counter("cdshooks_cards_lost", "Cards shown that could not be written down.", **one)
        self._reloads = counter("reloads", "Reloads of the cards, by outcome.", "outcome")
        self._failed = Gauge("cdshooks_reload_failed", "1 while the last reload failed and old cards serve.", **newest)
        self._generation = Gauge("cdshooks_cards_generation", "Which load of the cards is in service.", **newest)
        self._number = Gauge("cdshooks_cards_in_service", "Cards in service.", **newest)
        self._loaded = Gauge("cdshooks_cards_loaded_timestamp_seconds", "When the cards were loaded.", **newest)
        Gauge("cdshooks_build_info", "The version of the program.", ["version"], **newest).labels(version).set(1)
        self._servers: set[str] = set()
        self._told, self._telling = (0, 0), threading.Lock()

    def request(self, endpoint, service, status, seconds):
        self._requests(endpoint, service, str(status)).inc()
        self._seconds(endpoint).observe(seconds)

    def card(self, service, topic, indicator):
        self._cards(service, topic, indicator).inc()

    def cannot_tell(self, topic, reason):
        self._doubts(topic, reason).inc()

    def fetch(self, server, outcome, seconds):
        if len(self._servers) < _MOST_SERVERS:
            self._servers.add(server)
        self._fetches(server if server in self._servers else "other", str(outcome)).observe(seconds)

    def authentication(self, outcome, client):
        self._callers(outcome, client).inc()

    def stopped(self, reason):
        self._stopped("caller gone" if reason == "processing" else reason).inc()

    def feedback(self, service, outcomes):
        for outcome in outcomes:
            self._feedback(service, outcome).inc()

    def shown(self, recorded, lost):
        if (recorded, lost) == self._told:
            return
        with self._telling:
            before, lost_before = self._told
            # Not less than before: another thread may have been quicker to tell a later count.
            self._told = max(recorded, before), max(lost, lost_before)
            self._recorded.inc(self._told[0] - before)
            self._lost.inc(self._told[1] - lost_before)

    def cards_loaded(self, generation, cards, at):
        self._generation.set(generation)
        self._number.set(cards)
        self._loaded.set(at)
        self._failed.set(0)

    def reload(self, outcome):
        self._reloads(outcome).inc()
        self._failed.set(outcome == "failed")


def _children(metric):
    """`metric.labels`, remembered."""
    return cache(metric.labels)


def exposition(registry) -> tuple[bytes, str]:
    """All that is known, of all workers, in the text format of Prometheus, and its content type."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry), "text/plain; version=0.0.4; charset=utf-8"
