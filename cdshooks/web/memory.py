"""What a worker frees is overwritten, and freed memory is used again: so that no patient outlives the call in it."""

import ctypes

_PERTURB, _ARENAS = -6, -8  # M_PERTURB and M_ARENA_MAX of glibc's mallopt()
_OVER = 0xA5


def forget_what_is_freed() -> None:
    """For this process, where the C library is glibc; elsewhere nothing happens.

    Without it every thread has memory of its own, in which freed bodies lie until the same thread happens to write
    over them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_ARENAS, 1)
        mallopt(_PERTURB, _OVER)
