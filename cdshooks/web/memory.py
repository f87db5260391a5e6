"""What a worker frees is overwritten, and freed memory is used again: so that no patient outlives the call in it."""

import ctypes

# M_MMAP_THRESHOLD, M_PERTURB and M_ARENA_MAX of glibc's mallopt().
_MAPPED, _PERTURB, _ARENAS = -3, -6, -8
_OVER = 0xA5
# Bytes from which on a piece of memory is one of its own, which the system has back at once. Said here, because glibc
# raises it to 32 MB with the first large body that is freed, and puts the next into the heap, where holes remain.
_LARGE = 131_072

_libc = ctypes.CDLL(None)


def forget_what_is_freed() -> None:
    """For this process, where the C library is glibc; elsewhere nothing happens.

    Without it every thread has memory of its own, in which freed bodies lie until the same thread happens to write
    over them.
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt:
        mallopt(_ARENAS, 1)
        mallopt(_PERTURB, _OVER)
        mallopt(_MAPPED, _LARGE)


def give_back_what_is_freed() -> None:
    """To the system, after a large call: what is free in the middle of the heap stays with the process otherwise."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim:
        trim(0)
