"""Whether a call is still worth its work: it took too long, or the caller has hung up."""

from collections.abc import Callable
from socket import MSG_DONTWAIT, MSG_PEEK, socket
from time import monotonic

from cdshooks.errors import CallerGone, TookTooLong
from cdshooks.web.sockets import is_readable

LOOK, EVERY = 0.25, 0.1  # seconds after which the connection is looked at, and how often then


def pulse(seconds: float, connection=None, clock: Callable[[], float] = monotonic) -> Callable[[], None]:
    """What is to be called between the steps of the work; raises TookTooLong or CallerGone.

    `connection` is the caller's socket. One who has closed it, or only his side of it, can be told only by what he no
    longer sends; so short calls are not looked at.
    """
    begun = clock()
    ends, look = begun + seconds, begun + LOOK

    def beat() -> None:
        nonlocal look
        now = clock()
        if now > ends:
            raise TookTooLong(f"not judged within {seconds * 1000:.0f} ms")
        if connection is not None and now > look:
            look = now + EVERY
            if _is_gone(connection):
                raise CallerGone("the caller hung up before the answer")

    return beat


def _is_gone(connection) -> bool:
    try:
        # More bytes would be the next request: then he is there.
        return is_readable(connection) and socket.recv(connection, 1, MSG_PEEK | MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
