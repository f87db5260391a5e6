"""How many calls are worked on at once, and how much they may hold together: so that none can fill the memory."""

from threading import Condition

from cdshooks.errors import Busy

CALLS = 8
# What a small call may hold. These have room of their own, so that they pass beside the largest one.
FEW_VALUES, SMALL = 10_000, 1_000_000
_ROOM_VALUES, ROOM_SMALL = 40_000, 3_000_000


class Places:
    """The places of one worker. A call takes one when its body is whole, and gives it back when it is answered.

    Calls share how many JSON values and how many bytes may be in memory: many small ones fit beside each other and
    beside the largest; one that is larger than `values` or `size` is worked on alone.
    """

    def __init__(self, values: int, size: int, seconds: float, calls: int = CALLS):
        self._calls, self._values, self._size, self._seconds = calls, values, size, seconds
        self._changed = Condition()
        self._working, self._held_values, self._held_size = 0, 0, 0

    @property
    def taken(self) -> tuple[int, int, int]:
        """Calls that are worked on, and the values and bytes that they hold."""
        return self._working, self._held_values, self._held_size

    def take(self, values: int, size: int) -> None:
        """Wait for a place for a call of so many values and bytes; raises Busy where none is free in time."""
        small = values <= FEW_VALUES and size <= SMALL
        most_values = self._values + (_ROOM_VALUES if small else 0)
        most_size = self._size + (ROOM_SMALL if small else 0)

        def is_free() -> bool:
            fits = self._held_values + values <= most_values and self._held_size + size <= most_size
            return self._working < self._calls and (fits or not self._working)

        with self._changed:
            if not self._changed.wait_for(is_free, self._seconds):
                raise Busy(f"no place was free within {self._seconds:g} s")
            self._working += 1
            self._held_values += values
            self._held_size += size

    def leave(self, values: int, size: int) -> None:
        with self._changed:
            self._working -= 1
            self._held_values -= values
            self._held_size -= size
            self._changed.notify_all()
