"""Stops asking a server that keeps failing: after a rest one probe goes through, and only its success opens the way."""

import time
from collections.abc import Callable
from threading import Lock

from cdshooks.reach.failure import Kind

FAILURES, REST = 5, 10.0  # failures in a row; seconds
FAILING = {Kind.STATUS_5XX, Kind.UNREACHABLE, Kind.TIMEOUT, Kind.BROKEN}


class Breaker:
    """The state of one server. `enter` before each exchange, then `report` how it ended."""

    def __init__(self, failures: int = FAILURES, rest: float = REST, clock: Callable[[], float] = time.monotonic):
        self._most, self._rest, self._clock = failures, rest, clock
        self._failures, self._asked_again, self._lock = 0, 0.0, Lock()

    def enter(self) -> bool:
        """May the server be asked now? While it rests no one may; then one, and the next only after another rest."""
        with self._lock:
            if self._failures < self._most:
                return True
            now = self._clock()
            if now < self._asked_again:
                return False
            # A probe that never reports, because its thread died, costs one more rest and not the server for ever.
            self._asked_again = now + self._rest
            return True

    def report(self, outcome: Kind) -> None:
        """A server that answers no is well; one that was not asked has shown nothing."""
        if outcome is Kind.ADDRESS:
            return
        with self._lock:
            self._failures = self._failures + 1 if outcome in FAILING else 0
            if self._failures >= self._most:
                self._asked_again = self._clock() + self._rest


class Breakers:
    """A breaker for each server; servers come from lists that people keep, so there are few."""

    def __init__(self, **settings):
        self._settings, self._lock = settings, Lock()
        self._of: dict[str, Breaker] = {}

    def of(self, server: str) -> Breaker:
        with self._lock:
            return self._of.setdefault(server, Breaker(**self._settings))
