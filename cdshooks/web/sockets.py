"""Connections that end in time and hold little: a caller who drips, or sends a head without end, is cut off."""

import errno
import select
from socket import socket
from time import monotonic

from gunicorn.http.errors import LimitRequestHeaders

HEAD = 10.0  # seconds for the first bytes and all headers
RATE = 20_000  # bytes a second: a body that comes slower than this, on the whole, is not waited for
SENDING = 30.0  # seconds for the answer
MOST_HEAD = 65_536  # bytes of request line and headers, with the first of the body; room for two long tokens
LARGE_HEAD, LARGE_HEADS = 16_384, 100  # of heads above so many bytes, which hardly any caller sends, so many at once

_large: set["TimedSocket"] = set()  # that are reading such a head now


class TimedSocket(socket):
    """A socket whose exchange has an end: so long after it was made blocking, and longer as bytes come.

    When the time is over the connection counts as reset: nothing that came is worth an answer. `came` is how many bytes
    there were in this exchange; how many may come after the head is for who reads the body to say.
    """

    _until: float | None = None
    _in_head = False
    came = 0

    def setblocking(self, blocking: bool) -> None:
        """gunicorn makes a connection blocking when it begins to read a request."""
        super().setblocking(blocking)
        self._until = monotonic() + HEAD if blocking else None
        self.head_is_read()
        self._in_head, self.came = blocking, 0

    def head_is_read(self) -> None:
        """What comes from now on is the body."""
        self._in_head = False
        _large.discard(self)

    def close(self) -> None:
        self.head_is_read()
        super().close()

    def recv(self, size: int, flags: int = 0) -> bytes:
        if self._until is None:
            return super().recv(size, flags)
        left = self._until - monotonic()
        if left <= 0:
            raise _over()
        self.settimeout(left)
        try:
            came = super().recv(size, flags)
        except TimeoutError:
            raise _over() from None
        self._until += len(came) / RATE
        self.came += len(came)
        if self._in_head and self.came > LARGE_HEAD:
            _large.add(self)
            if self.came > MOST_HEAD or len(_large) > LARGE_HEADS:
                raise LimitRequestHeaders("all headers together")
        return came

    def sendall(self, data: bytes, flags: int = 0) -> None:
        self.settimeout(SENDING)
        try:
            super().sendall(data, flags)
        except TimeoutError:
            raise _over() from None


def timed(plain: socket) -> TimedSocket:
    """The same connection as a TimedSocket."""
    return TimedSocket(plain.family, plain.type, plain.proto, plain.detach())


def is_readable(connection: socket) -> bool:
    """Did anything come, or did the caller hang up?"""
    waiting = select.poll()
    waiting.register(connection, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(0))


def _over() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "the time for this exchange is over")
