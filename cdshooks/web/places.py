"""How many calls are worked on at once, and how many bytes of bodies wait: so that none can fill the memory."""

from threading import Condition

from cdshooks.errors import Busy

CALLS = 8
# Bytes of bodies that are still coming: of small ones, and of large ones, which must not keep the small ones out.
SMALL, MOST_SMALL, MOST_LARGE = 1_000_000, 24_000_000, 24_000_000


class Places:
    """The places of one worker. A call takes one when its body is whole, and gives it back when it is answered.

    Calls also share how many JSON values may be in memory: many small ones fit beside each other, of the largest one.
    """

    def __init__(self, values: int, seconds: float, calls: int = CALLS):
        self._calls, self._values, self._seconds = calls, values, seconds
        self._changed = Condition()
        self._working, self._held = 0, 0
        self._waiting = [0, 0]  # bytes of small bodies, of large ones

    def take(self, values: int) -> None:
        """Wait for a place for a call with so many values; raises Busy where none is free in time."""
        with self._changed:
            free = self._changed.wait_for(
                lambda: self._working < self._calls and (self._held + values <= self._values or not self._working),
                self._seconds,
            )
            if not free:
                raise Busy(f"no place was free within {self._seconds:g} s")
            self._working += 1
            self._held += values

    def leave(self, values: int) -> None:
        with self._changed:
            self._working -= 1
            self._held -= values
            self._changed.notify_all()


class Waiting:
    """The bytes of one body while it comes; counted with those of all others."""

    def __init__(self, places: Places):
        self._places, self.size = places, 0

    def add(self, count: int) -> None:
        """So many bytes more; raises Busy where there are too many in all."""
        places = self._places
        with places._changed:
            self._move(self.size + count)
            too_many = places._waiting[0] > MOST_SMALL if self.size <= SMALL else places._waiting[1] > MOST_LARGE
        if too_many:
            raise Busy("too many bytes of bodies are waiting")

    def end(self) -> None:
        with self._places._changed:
            self._move(0)

    def _move(self, size: int) -> None:
        waiting = self._places._waiting
        waiting[self.size > SMALL] -= self.size
        waiting[size > SMALL] += size
        self.size = size
