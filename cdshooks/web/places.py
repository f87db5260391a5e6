"""How many calls are worked on at once, and how much they may hold together: so that none can fill the memory."""

from threading import Condition

from cdshooks.errors import Busy

CALLS = 8
# What a small call may hold. These have room of their own, so that they pass beside the largest one.
FEW = 10_000
_ROOM_FOR_FEW = 4 * FEW


class Places:
    """The places of one worker. A call takes one when its body is whole, and gives it back when it is answered.

    Calls share how many JSON values may be in memory: many small ones fit beside each other and beside the largest; one
    of more than `values` is worked on alone.
    """

    def __init__(self, values: int, seconds: float, calls: int = CALLS):
        self._calls, self._values, self._seconds = calls, values, seconds
        self._changed = Condition()
        self._working, self._held = 0, 0

    @property
    def taken(self) -> tuple[int, int]:
        """Calls that are worked on, and the values that they hold."""
        return self._working, self._held

    def take(self, values: int) -> None:
        """Wait for a place for a call of so many values; raises Busy where none is free in time."""
        most = self._values + (_ROOM_FOR_FEW if values <= FEW else 0)
        with self._changed:
            free = self._changed.wait_for(
                lambda: self._working < self._calls and (self._held + values <= most or not self._working),
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
