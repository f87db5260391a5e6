"""Connections that end in time: a caller who drips his request, or does not read the answer, is cut off."""

import errno
from socket import socket
from time import monotonic

HEAD = 10.0  # seconds for the first bytes and all headers
RATE = 20_000  # bytes a second: a body that comes slower than this, on the whole, is not waited for
SENDING = 30.0  # seconds for the answer


class TimedSocket(socket):
    """A socket whose exchange has an end: so long after it was made blocking, and longer as bytes come.

    When the time is over the connection counts as reset: nothing that came is worth an answer.
    """

    _until: float | None = None

    def setblocking(self, blocking: bool) -> None:
        """gunicorn makes a connection blocking when it begins to read a request."""
        super().setblocking(blocking)
        self._until = monotonic() + HEAD if blocking else None

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


def _over() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, "the time for this exchange is over")
