"""Measures how late this machine itself is: a thread wants to wake every few milliseconds, and notes when it did.

A machine with more work than processors still wakes a sleeper in time and lets those wait that have much to do, such as
the service: so what programs waited for a processor counts too, as Linux tells it (PSI), or the load elsewhere.
"""

import os
import threading
import time
from collections import deque

BEAT = 0.02  # seconds
KEPT = 3000  # beats: a minute
LATE = 0.25  # a beat that comes so late, in seconds, may have cost a short request its time
PRESSURE = "/proc/pressure/cpu"
PRESSED = 0.8  # the share of a request's time in which somebody waited for a processor that may have cost it that
LOADED = 3  # the same as programs that want to run, for each processor, where the machine tells nothing better
SHARE = 0.25  # delays that are this share of a request's time may have cost it that


class Metronome:
    """`busy(since)` tells whether the machine was too busy to say that others were late; `stop` ends the thread."""

    def __init__(self):
        self.beats: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self.waits: deque[tuple[float, float]] = deque(maxlen=KEPT)  # when, and seconds of waiting until then
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.is_set():
            due = time.monotonic() + BEAT
            self.stopped.wait(BEAT)
            now = time.monotonic()
            self.beats.append((now, max(0.0, now - due)))
            self.waits.append((now, waited()))

    def busy(self, since: float) -> bool:
        """Whether since that moment (of time.monotonic) drift was large, in one beat or in sum, or many had to wait."""
        return self._drifted(since) or self._pressed(since)

    def _pressed(self, since: float) -> bool:
        told = [one for one in list(self.waits) if one[0] >= since]
        if len(told) < 2 or told[-1][0] - told[0][0] < LATE:
            return False
        (began, before), (ended, after) = told[0], told[-1]
        return (after - before) / (ended - began) >= PRESSED

    def _drifted(self, since: float) -> bool:
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
        self.thread.join(1)


def waited() -> float:
    """Seconds, since some moment, in which a program waited for a processor; a guess where only the load is known."""
    try:
        with open(PRESSURE) as told:
            return int(told.readline().rpartition("=")[2]) / 1e6
    except (OSError, ValueError):
        loaded = hasattr(os, "getloadavg") and os.getloadavg()[0] >= LOADED * (os.cpu_count() or 1)
        return time.monotonic() if loaded else 0.0
