"""Runs of which there may be one at a time, while somebody watches."""

import threading
from collections.abc import Callable

from cdshooks.errors import BadInput


def take_turn(lock: threading.Lock, says: str) -> Callable[[], None]:
    """What gives the turn back, however often it is called; raises BadInput with `says` while another run goes on.

    It is for the end of the run, whose last reader may start the next one, and for the close of the answer, which comes
    first where nobody began to read.
    """
    if not lock.acquire(blocking=False):
        raise BadInput(says)
    turns = [lock.release]

    def give_back() -> None:
        while turns:
            turns.pop()()

    return give_back
