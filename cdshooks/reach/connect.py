"""Connections to checked addresses only: looked up once, every address judged, and the judged one is connected to."""

import socket
import ssl
from collections.abc import Callable, Iterable
from functools import cache
from time import monotonic

from cdshooks.reach.addresses import Network, may_reach
from cdshooks.reach.failure import Failure, Kind

Resolve = Callable[[str, int], list[tuple]]


class _InAll:
    """A socket whose timeout is for all that comes until it is set again: a byte now and then does not renew it."""

    _ends: float | None = None

    def settimeout(self, seconds):
        self._ends = None if seconds is None else monotonic() + seconds
        super().settimeout(seconds)

    def recv_into(self, *args):
        if self._ends is not None:
            left = self._ends - monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            super().settimeout(left)
        return super().recv_into(*args)


class PlainSocket(_InAll, socket.socket):
    """Over TCP."""


class TlsSocket(_InAll, ssl.SSLSocket):
    """Over TLS."""


def look_up(host: str, port: int) -> list[tuple]:
    """Family and socket address of each address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


class Guard:
    """Opens connections where that is allowed; `networks` are opened beyond the public ones."""

    def __init__(self, networks: Iterable[Network] = (), resolve: Resolve = look_up):
        self.networks, self.resolve = tuple(networks), resolve

    def addresses(self, scheme: str, host: str, port: int) -> list[tuple]:
        """The addresses of a host, all of them allowed; raises Failure where one is not."""
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError):
            raise Failure(Kind.UNREACHABLE, "has a name that leads to no address") from None
        if not found or not all(may_reach(address[0], scheme, self.networks) for _, address in found):
            raise Failure(Kind.ADDRESS, "has an address that this service may not call")
        return found

    def connect(self, scheme: str, host: str, port: int, timeout: float) -> socket.socket:
        """A socket connected to the first address that answers."""
        ends = monotonic() + timeout
        found = self.addresses(scheme, host, port)
        timed_out = False
        for tried, (family, address) in enumerate(found):
            sock = PlainSocket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # Each gets its share of the time: one that swallows packets leaves some for the next.
                sock.settimeout(max(0.001, (ends - monotonic()) / (len(found) - tried)))
                sock.connect(address)
                return sock
            except OSError as fault:
                sock.close()
                timed_out = timed_out or isinstance(fault, TimeoutError)
        if timed_out:
            raise Failure(Kind.TIMEOUT, "did not answer in time")
        raise Failure(Kind.UNREACHABLE, "cannot be reached")


@cache
def tls_context() -> ssl.SSLContext:
    """Checks certificates and names, by the machine's store (or SSL_CERT_FILE) and Mozilla's list.

    Takes tens of milliseconds, so it is made once, and before the first call has to wait for it.
    """
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    context.sslsocket_class = TlsSocket
    return context
