"""Measures how late this machine itself is: a thread wants to wake every few milliseconds, and notes when it did."""

import threading
import time
from collections import deque

BEAT = 0.02  # seconds
KEPT = 3000  # beats: a minute
LATE = 0.25  # a beat that comes so late, in seconds, may have cost a short request its time
SHARE = 0.25  # delays that are this share of a request's time may have cost it that


class Metronome:
    """`busy(since)` tells whether the machine was too busy to say that others were late; `stop` ends the thread."""

    def __init__(self):
        self.beats: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self.stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.stopped.is_set():
            due = time.monotonic() + BEAT
            self.stopped.wait(BEAT)
            now = time.monotonic()
            self.beats.append((now, max(0.0, now - due)))

    def busy(self, since: float) -> bool:
        """Whether drift since that moment (of time.monotonic) was large, in one beat or in sum."""
        late = [drift for when, drift in list(self.beats) if when >= since]
        took = max(time.monotonic() - since, BEAT)
        return bool(late) and (max(late) >= max(LATE, SHARE * took) or (took > 0.2 and sum(late) >= SHARE * took))

    def wait_for_quiet(self, most: float) -> bool:
        """Waits until a fifth of a second was quiet, at most so many seconds; whether it was."""
        ends = time.monotonic() + most
        while time.monotonic() < ends:
            began = time.monotonic()
            self.stopped.wait(0.2)
            if not self.busy(began):
                return True
        return False

    def stop(self):
        self.stopped.set()
