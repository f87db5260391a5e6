"""A service that behaves well but for some of its answers, which it spoils on the wire in every way we know."""

import contextlib
import threading

from reference.service import Reference
from reference.wire import Call, Handler, Server

PATIENCE = 300  # seconds after which a hostile answer that nobody lets go ends by itself
LET_GO = threading.Event()  # set when the test is done with the service
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class WaitedOut(Exception):
    """Somebody waited for this answer until it ended by itself."""


def hangs(out):
    if not LET_GO.wait(PATIENCE):
        raise WaitedOut


def drips(out):
    out.write(HEAD + b"Content-Length: 10000\r\n\r\n")
    _drip(out)


def drips_without_a_length(out):
    out.write(HEAD + b"\r\n")
    _drip(out)


def _drip(out):
    for _ in range(PATIENCE * 5):
        out.write(b" ")
        out.flush()
        if LET_GO.wait(0.2):
            return
    raise WaitedOut


def closes(out):
    """Ends the connection without a word."""


def breaks_off(out):
    out.write(HEAD + b'Content-Length: 10000\r\n\r\n{"cards": [')


def is_not_http(out):
    out.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def sends_fifty_megabytes(out):
    out.write(HEAD + b'Content-Length: 50000014\r\n\r\n{"cards": [')
    for _ in range(50):
        out.write(b" " * 1_000_000)
    out.write(b"]} ")


def sends_headers_without_end(out):
    out.write(HEAD)
    for number in range(100_000):
        out.write(b"X-%d: x\r\n" % number)


def redirects(out):
    out.write(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n")


def redirects_to_itself(out):
    out.write(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /cds-services\r\nContent-Length: 0\r\n\r\n")


def lies_about_its_length(out):
    out.write(HEAD + b'Content-Length: -5\r\n\r\n{"cards": []}')


def sends_broken_gzip(out):
    out.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\x00")


def nests_very_deep(out):
    body = b"[" * 200_000 + b"]" * 200_000
    out.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def sends_bytes(out):
    out.write(HEAD + b"Content-Length: 6\r\n\r\n\xff\xfe\x00{}\x80")


def sends_a_huge_number(out):
    body = b'{"services": [], "cards": [' + b"9" * 10_000 + b"]}"
    out.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


WAYS = [
    hangs, drips, drips_without_a_length, closes, breaks_off, is_not_http, sends_fifty_megabytes, sends_headers_without_end, redirects,
    redirects_to_itself, lies_about_its_length, sends_broken_gzip, nests_very_deep, sends_bytes, sends_a_huge_number,
]  # fmt: skip


class HostileHandler(Handler):
    def send(self, answer):
        if not callable(answer):
            return super().send(answer)
        self.close_connection = True
        with contextlib.suppress(OSError):
            answer(self.wfile)
        return None


@contextlib.contextmanager
def hostile_service(way, path_ends: str):
    """A reference service that answers in this way wherever the path ends so, and well elsewhere.

    Gives its base URL, and a list to which each answer is added that was waited for until it ended by itself.
    """
    service, waited_out = Reference(), []

    def spoil(out):
        try:
            way(out)
        except WaitedOut:
            waited_out.append(way.__name__)

    def answer(call: Call):
        return spoil if call.path.endswith(path_ends) and call.method != "OPTIONS" else service.answer(call)

    LET_GO.clear()
    with Server(answer, HostileHandler) as base:
        service.base = base
        try:
            yield base, waited_out
        finally:
            LET_GO.set()
