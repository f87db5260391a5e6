"""While much is made and none of it is garbage, nobody need look for any: while cards load, and in a large call."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Pause:
    """Pauses of the garbage collector of this process, which may overlap; it goes on after the last of them.

    What nothing refers to is freed all the same; only what refers to itself waits.
    """

    def __init__(self):
        self._lock, self._held, self._was_on = Lock(), 0, False

    def begin(self) -> None:
        with self._lock:
            if not self._held:
                self._was_on = gc.isenabled()
                gc.disable()
            self._held += 1

    def end(self) -> None:
        with self._lock:
            self._held -= 1
            if not self._held and self._was_on:
                gc.enable()


PAUSE = Pause()


@contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is looked for meanwhile."""
    PAUSE.begin()
    try:
        yield
    finally:
        PAUSE.end()
