"""Few threads may wait for the database, and none for a while after it failed: the others are needed for cards."""

import logging
import threading
import time
from contextlib import contextmanager

from cdshooks.errors import StoreUnavailable

log = logging.getLogger("cdshooks")


class Gate:
    """Lets `room` threads in at once; after a failure nobody for `rest` seconds.

    Who finds no room within `wait` seconds, or comes while it is shut, gets StoreUnavailable at once.
    """

    def __init__(self, room: int = 4, wait: float = 1.0, rest: float = 1.0):
        self._room = threading.BoundedSemaphore(room)
        self._wait, self._rest = wait, rest
        self._shut_until = 0.0
        self._failing = False

    @contextmanager
    def entered(self):
        if time.monotonic() < self._shut_until:
            raise StoreUnavailable("the database failed a moment ago")
        if not self._room.acquire(timeout=self._wait):
            raise StoreUnavailable("too many wait for the database")
        try:
            yield
        except StoreUnavailable as error:
            self._fail(error)
            raise
        else:
            self._recover()
        finally:
            self._room.release()

    def _fail(self, error):
        self._shut_until = time.monotonic() + self._rest
        if not self._failing:  # once, not for each call: the log is read by people
            log.warning("%s; what needs it is refused with 503 until it answers again", error)
        self._failing = True

    def _recover(self):
        if self._failing:
            log.warning("the database answers again")
        self._failing = False
