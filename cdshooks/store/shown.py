"""Cards shown, recorded behind the back of the call: a bounded queue, and a thread that writes what is in it."""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from queue import Empty, SimpleQueue
from typing import NamedTuple

from cdshooks.errors import CdsError

log = logging.getLogger("cdshooks")

MOST = 500  # rows a transaction
LINGER = 0.2  # seconds that a first row waits for others to share its transaction
PAUSE = 2.0  # seconds after a failure


class Shown(NamedTuple):
    """A card that was shown. No patient: `patient` is a keyed hash, or None where no quiet period needs one."""

    client: str
    card: str
    topic: str
    version: str
    service: str
    hook: str
    hook_instance: str
    indicator: str
    shown_at: datetime
    patient: str | None = None


class Recorder:
    """Takes cards without waiting and hands them on in batches; what finds no room is counted as lost, and told.

    `write(rows, lost)` keeps rows and the number of those that could not be kept, in one transaction. The thread is
    started by the first card of a process, so that workers may be forked before. `lost` and `written` only grow.
    """

    def __init__(self, write: Callable[[list[Shown], int], None], room: int = 10_000):
        self._write, self._room = write, room
        self._starting = threading.Lock()
        self._begin_anew()

    def _begin_anew(self):
        self._queue: SimpleQueue = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._stop = threading.Event()
        self._told = 0
        self.lost = self.written = 0

    def record(self, rows: list[Shown]) -> None:
        """Never waits, never fails."""
        if self._thread is None or self._pid != os.getpid():
            self._start()
        if self._queue.qsize() + len(rows) > self._room:
            self.lost += len(rows)
            return
        for row in rows:
            self._queue.put(row)

    def close(self, patience: float = 5.0) -> None:
        """Write what is left, as long as that takes no more than so many seconds; the rest is lost, and told."""
        if self._thread is None or self._pid != os.getpid():
            return
        self._stop.set()
        self._thread.join(patience)
        left = self._queue.qsize()
        if left:
            self.lost += left
            log.warning("%d cards shown could not be recorded before the stop", left)

    def _start(self):
        with self._starting:
            if self._pid != os.getpid():
                self._begin_anew()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="cards-shown", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def _work(self):
        batch: list[Shown] = []
        while True:
            stopping = self._stop.is_set()
            if not batch:
                batch = self._gathered(stopping)
            if batch and self._kept(batch):
                batch = []
            elif batch:
                if stopping:
                    self._give_up(batch)
                    return
                self._stop.wait(PAUSE)
            elif stopping:
                return

    def _gathered(self, stopping: bool) -> list[Shown]:
        """What is there, up to a batch; waits for the first, and a little for those that come with it."""
        found: list[Shown] = []
        until = None
        while len(found) < MOST:
            try:
                wait = 1.0 if until is None else max(0.0, until - time.monotonic())
                found.append(self._queue.get(timeout=0 if stopping else wait) if wait else self._queue.get_nowait())
            except (Empty, ValueError):
                return found
            until = until or time.monotonic() + LINGER
            stopping = stopping or self._stop.is_set()
        return found

    def _kept(self, batch: list[Shown]) -> bool:
        lost = self.lost
        try:
            self._write(batch, lost - self._told)
        except CdsError:
            return False
        except Exception as error:  # a fault of ours must not end the thread: these rows are lost, the next may do
            log.error("%s while recording %d cards shown; they are lost", type(error).__name__, len(batch))
            self.lost += len(batch)
            return True
        self._told = lost
        self.written += len(batch)
        return True

    def _give_up(self, batch):
        self.lost += len(batch)
        log.warning("%d cards shown could not be recorded: the database does not answer", len(batch))


def day_of(moment: datetime) -> date:
    """The UTC day, under which a row is counted."""
    return moment.date()
