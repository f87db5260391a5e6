"""The bytes of bodies, until they are answered: how many there may be together, and who must go for want of room."""

from collections.abc import Callable
from math import inf
from threading import Condition
from time import monotonic

from cdshooks.errors import Busy

# A small body, and the bytes of all small ones together.
SMALL, ROOM_SMALL = 1_000_000, 3_000_000
# One who brings less than so many bytes a second, or nothing for STALLS seconds, goes when another one has no room.
# While there is room for all he may take his time (web/sockets.py).
BRINGS, STALLS = 100_000, 2.0
_LOOK = 0.25  # seconds after which it is looked again who stalls
# A body that does not say how long it will be has so much at first, then as a small one, then as the largest.
_UNSAID = 65_536


class Waiting:
    """The bytes of one body while it comes. `said` is its length, None where it is not known.

    `stop` ends its coming and says whether it did: not where bytes are there that only we have not read yet.
    """

    def __init__(self, room: "Room", said: int | None, stop: Callable[[], bool] | None = None):
        self._room, self._stop = room, stop
        self.kept = self.size = self._of_late = 0
        self.stopped = self.whole = False
        self._pace = inf
        self._since = self._last = room.clock()
        room.keep(self, _UNSAID if said is None else said)  # from here on others may ask how fast it comes
        self._since = self._last = room.clock()

    def add(self, count: int) -> None:
        """So many bytes came; raises Busy where there is no room for more of a body that did not say its length."""
        now = self._room.clock()
        if now - self._since >= STALLS:
            self._pace, self._since, self._of_late = self._of_late / (now - self._since), now, 0
        self._last = now
        self._of_late += count
        self.size += count
        if self.size > self.kept and not self.stopped:
            self._room.keep(self, SMALL if self.size <= SMALL else self._room.largest)

    def end(self) -> None:
        """The bytes are gone, and what was made of them."""
        self._room.keep(self, 0)

    def pace(self, now: float) -> float:
        """Bytes a second, of late; of one who has just begun it cannot be told."""
        return 0.0 if now - self._last >= STALLS else self._pace

    def is_stalled(self, now: float) -> bool:
        """It may be sent away: it comes too slowly, is not whole, and can be ended."""
        return self.pace(now) < BRINGS and not self.whole and self._stop is not None

    def stop(self) -> bool:
        """Send it away, if that can be done."""
        self.stopped = self._stop()
        return self.stopped


class Room:
    """The bytes that bodies may be in one worker: small ones together, and large ones, which do not keep them out.

    They count until the call is answered: what is read of a body is as large as the body.
    """

    def __init__(self, largest: int, seconds: float, clock: Callable[[], float] = monotonic):
        self.largest, self._seconds, self.clock = largest, seconds, clock
        self.small = self.large = 0  # bytes that are kept
        self._coming: set[Waiting] = set()
        self._changed = Condition()

    def keep(self, body: Waiting, size: int) -> None:
        """Keep so many bytes for a body, in place of those that it has; wait for them, and raise Busy in the end."""
        with self._changed:
            if size:
                self._wait(body, size)
            self._move(body, size)

    def _wait(self, body: Waiting, size: int) -> None:
        ends = self.clock() + self._seconds
        while not (self._fits(body, size) or self._makes_room(body, size)):
            left = ends - self.clock()
            if left <= 0:
                raise Busy("too many bytes of bodies are waiting")
            self._changed.wait(min(left, _LOOK))

    def _fits(self, body: Waiting, size: int) -> bool:
        is_large = size > SMALL
        held = (self.large if is_large else self.small) - (body.kept if (body.kept > SMALL) == is_large else 0)
        return not held or held + size <= (self.largest if is_large else ROOM_SMALL)

    def _makes_room(self, body: Waiting, size: int) -> bool:
        """Send those away who bring next to nothing, the slowest first, until it fits."""
        now = self.clock()
        alike = [one for one in self._coming if (one.kept > SMALL) == (size > SMALL) and one is not body]
        for one in sorted((one for one in alike if one.is_stalled(now)), key=lambda one: one.pace(now)):
            if one.stop():
                self._move(one, 0)
            if self._fits(body, size):
                return True
        return False

    def _move(self, body: Waiting, size: int) -> None:
        for kept, sign in ((body.kept, -1), (size, 1)):
            if kept > SMALL:
                self.large += sign * kept
            else:
                self.small += sign * kept
        body.kept = size
        if size:
            self._coming.add(body)
        else:
            self._coming.discard(body)
        self._changed.notify_all()
