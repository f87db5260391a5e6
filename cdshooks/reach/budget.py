"""What one call may spend on other servers, shared by all that it reads at once: time and bytes."""

import time
from collections.abc import Callable
from threading import Lock

from cdshooks.reach.failure import Failure, Kind


class Budget:
    """Seconds until the one deadline; bytes for each answer, and for all of them together."""

    def __init__(self, seconds: float, each: int, total: int, clock: Callable[[], float] = time.monotonic):
        self.seconds, self.each = seconds, each
        self._ends, self._clock = clock() + seconds, clock
        self._left, self._lock = total, Lock()

    def left(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self._ends - self._clock())

    def require(self) -> float:
        """Seconds that are left; raises Failure when there are none."""
        left = self.left()
        if not left:
            raise self.timeout()
        return left

    def timeout(self) -> Failure:
        return Failure(Kind.TIMEOUT, f"did not answer within {self.seconds * 1000:.0f} ms")

    def spend(self, count: int, of_this_answer: int) -> None:
        """Count bytes that came; raises Failure where there are too many, in this answer or in all."""
        with self._lock:
            self._left -= count
            too_many = self._left < 0
        if too_many or of_this_answer > self.each:
            raise Failure(Kind.TOO_LARGE, "answers more than this service takes")
