"""One careful GET or posted search: allowed address, one deadline, bounded bytes, one retry where that may help."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING

from cdshooks.reach.body import read_body
from cdshooks.reach.breaker import Breakers
from cdshooks.reach.budget import Budget
from cdshooks.reach.connect import Guard
from cdshooks.reach.failure import Failure, Kind, of_status
from cdshooks.reach.urls import server_of

if TYPE_CHECKING:
    from requests import Session

TRIES = 2
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
AGAIN = {429, 502, 503, 504}
PAUSE = 0.05  # seconds before a second try, where the server names no other
CONNECTIONS = 64
Observe = Callable[[str, Kind, float], None]
Auth = Callable[[object], object]  # what puts a token on a request of requests, and returns it


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered. The body is read only where the status is 200."""

    status: int
    media_type: str
    body: bytes
    retry_after: float | None = None


def nobody(server: str, outcome: Kind, seconds: float) -> None:
    """Observes nothing."""


class Reach:
    """Reads from other servers. Made before worker processes fork; connections are made after, at the first use.

    `observe(server, outcome, seconds)` hears of every exchange: scheme, host and port; how it ended; how long it took.
    """

    def __init__(
        self,
        guard: Guard | None = None,
        observe: Observe = nobody,
        breakers: Breakers | None = None,
        session: "Callable[[], Session] | None" = None,
        pause: Callable[[float], None] = time.sleep,
    ):
        self.observe, self._pause = observe, pause
        self._breakers = breakers or Breakers()
        self._make = session or _guarded(guard or Guard())
        self._session, self._owner, self._lock = None, 0, Lock()

    def get(self, url: str, accept: str, budget: Budget, auth: Auth | None = None, form: str | None = None) -> Reply:
        """The answer to a GET, whatever its status; raises Failure where there is none that can be used.

        With `form` (parameters as they stand in a query) it is a POST that only reads: a search too long for a URL.
        The caller has checked that this server may be asked, and that `auth` is meant for it.
        """
        server = server_of(url)
        for attempt in range(1, TRIES + 1):
            try:
                reply = self._observed(server, url, accept, budget, auth, form)
            except Failure as failure:
                if failure.kind is not Kind.BROKEN or attempt == TRIES or not budget.left():
                    raise
                continue  # most often a kept connection that the server had closed
            wait = PAUSE if reply.retry_after is None else reply.retry_after
            if reply.status not in AGAIN or attempt == TRIES or wait >= budget.left():
                return reply
            self._pause(wait)
        raise AssertionError("the last try returns or raises")

    def _observed(self, server, url, accept, budget, auth, form) -> Reply:
        """One try, told to the breaker and to the observer."""
        breaker = self._breakers.of(server)
        budget.require()
        if not breaker.enter():
            self.observe(server, Kind.RESTING, 0.0)
            raise Failure(Kind.RESTING, "failed several times in a row, so it is left alone for some seconds")
        began = time.perf_counter()
        outcome = Kind.BROKEN
        try:
            reply = self._exchange(url, accept, budget, auth, form)
            outcome = of_status(reply.status)
            return reply
        except Failure as failure:
            outcome = failure.kind
            raise
        finally:
            breaker.report(outcome)
            self.observe(server, outcome, time.perf_counter() - began)

    def _exchange(self, url, accept, budget, auth, form) -> Reply:
        from cdshooks.reach.exchange import exchange

        method, headers = ("GET", {"Accept": accept}) if form is None else ("POST", {"Accept": accept} | FORM)
        return exchange(self._shared(), method, url, headers, form, auth, budget, lambda answer: _reply(answer, budget))

    def _shared(self) -> "Session":
        """The one session of this process. A session from before a fork is not used: its sockets belong to others."""
        with self._lock:
            if self._session is None or self._owner != os.getpid():
                self._session, self._owner = self._make(), os.getpid()
            return self._session


def get_ready() -> None:
    """Import what asks servers: before workers fork, so that they share it and no call has to wait for it."""
    import cdshooks.reach.exchange
    import cdshooks.reach.session  # noqa: F401


def _guarded(guard: Guard) -> "Callable[[], Session]":
    def make() -> "Session":
        from cdshooks.reach.session import guarded_session

        return guarded_session(guard, CONNECTIONS)

    return make


def _reply(answer, budget: Budget) -> Reply:
    media_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    body = b""
    if answer.status_code == 200:
        body = read_body(answer.raw, answer.headers.get("Content-Encoding", ""), budget)
    return Reply(answer.status_code, media_type, body, seconds(answer.headers.get("Retry-After")))


def seconds(retry_after: str | None) -> float | None:
    """Retry-After as seconds from now: a number or a date.

    >>> seconds("3"), seconds(None)
    (3.0, None)
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
