"""The only sender: every request to the service goes through here, bounded, counted and kept.

Python's own http.client, not requests: it alone lets go of a socket that drips one byte a second when time is up.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from urllib.parse import urlsplit

from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.metronome import Metronome
from cds_conformance.patience import TOO_MANY, wait_for

LARGEST_ANSWER = 5_000_000
LARGEST_HEADERS = 64_000  # bytes; most clients take no more than 8,000
KEPT = 40_000_000  # bytes of bodies and answers; after that, large ones are judged no more and kept no more
LARGE = 20_000
PACKED = ("gzip", "x-gzip", "deflate")
MOST_REQUESTS = 1_000
MOST_SILENCES = 6
AGENT = "cds-conformance"


class Answer(http.client.HTTPResponse):
    """Passes over every answer that only comes before the answer: Python's own passes over 100, not over 103."""

    def begin(self):
        super().begin()
        while 101 < self.status < 200:
            self.headers = None
            super().begin()


class Client:
    """Sends to one base URL and notes every exchange in the evidence.

    `timeout` bounds one request in seconds, connect to last byte; `budget` bounds them all.
    A service that is silent three times in a row is given two seconds a request, and after six none; where another was
    given up, one that never answered is given two requests.
    Who is late once is asked again, when this machine is quiet; late while the machine is busy is nobody's fault.
    Who answers 429, or 502 to 504, is asked again as `patience` says; what is 429 to the end is not judged.
    `headers` go with every request and are kept nowhere; `context` checks certificates.
    """

    def __init__(
        self, base: str, evidence: Evidence, *, timeout=10.0, budget=180.0, progress: Callable | None = None,
        headers: dict[str, str] | None = None, context: ssl.SSLContext | None = None, discovery="/cds-services",
    ):  # fmt: skip
        self.base, self.evidence, self.timeout = base.rstrip("/"), evidence, timeout
        self.own_headers, self.context, self.discovery = headers or {}, context, discovery
        self.metronome, self.kept = Metronome(), 0
        self.ends = time.monotonic() + budget
        self.listeners: list[list] = []
        self.authorise: Callable[[str], dict] = lambda url: {}
        self.silent: dict[str, int] = {}  # by service: how often in a row
        self.spoke: set[str] = set()  # services that answered once
        self.progress = progress or (lambda exchange: None)

    def send(self, probe, method, path, *, body=b"", headers=None, service="", hook="", detail=None, token=True):
        """One request and its answer; never raises for what the service does."""
        url = path if path.startswith(("http://", "https://")) else self.base + path
        given = _beside(self.own_headers, {"User-Agent": AGENT, "Accept": "application/json"}) | (headers or {})

        def once() -> Exchange:
            signed = self.authorise(url) if token and "Authorization" not in given else {}
            number = len(self.evidence.exchanges) + 1
            made = Exchange(number, probe, method, url, given | signed, body, service, hook, dict(detail or {}))
            self._try(made)
            return made

        exchange = once()
        if exchange.late and self.silent.get(service, 0) < 3 and self.ends - time.monotonic() > self.timeout:
            exchange.probe = f"{probe}-late"
            self.metronome.wait_for_quiet(2.0)
            exchange = once()
        if exchange.late and exchange.busy:
            exchange.fault = f"not judged: {exchange.fault}, but this machine was busy"
        return self._when_it_is_ready(exchange, once)

    def _when_it_is_ready(self, exchange: Exchange, once: Callable[[], Exchange]) -> Exchange:
        """The answer of a service that put the request off, after the wait that it asks for."""
        probe, tries = exchange.probe, 1
        while (wait := wait_for(exchange, tries)) is not None and wait < (self.ends - time.monotonic()) / 4:
            exchange.probe = f"{probe}-put-off"
            time.sleep(wait)
            exchange, tries = once(), tries + 1
        if exchange.status == TOO_MANY and not exchange.fault:
            exchange.fault = "not judged: it answers 429, too many requests"
        return exchange

    def close(self):
        self.metronome.stop()

    def _try(self, exchange: Exchange):
        before, began = [len(log) for log in self.listeners], time.monotonic()
        self._fill(exchange)
        exchange.busy = self.metronome.busy(began)
        exchange.heard = [entry for log, old in zip(self.listeners, before, strict=True) for entry in log[old:]]
        self._keep(exchange)
        self.evidence.exchanges.append(exchange)
        self.progress(exchange)

    def _keep(self, exchange: Exchange):
        """Large bodies and answers are let go when enough are kept."""
        if self.kept > KEPT and len(exchange.answer) > LARGE:
            exchange.answer, exchange.fault = b"", "not judged: enough large answers were kept before"
        if self.kept > KEPT and len(exchange.body) > LARGE:
            exchange.body = b""
        self.kept += len(exchange.body) + len(exchange.answer)

    def _fill(self, exchange: Exchange):
        left, name = self.ends - time.monotonic(), exchange.service
        silent = self.silent.get(name, 0)
        if silent >= self._patience(name) or left <= 0 or exchange.number > MOST_REQUESTS:
            exchange.fault = "not sent: the service was silent too often, or the time for the whole run was up"
            return
        limit = min(left, self.timeout if silent < 3 else min(2.0, self.timeout))
        started = time.monotonic()
        try:
            _exchange_bytes(exchange, limit, self.own_headers, self.context)
        except (OSError, http.client.HTTPException, ValueError) as trouble:
            late = time.monotonic() - started >= limit
            exchange.fault = f"no answer within {limit:.0f} s" if late else f"no answer: {_words(trouble)}"
        exchange.ms = round((time.monotonic() - started) * 1000, 1)
        self.silent[name] = silent + 1 if exchange.fault.startswith("no answer within") else 0
        self.spoke |= {name} if exchange.status else set()

    def _patience(self, service: str) -> int:
        """How many silences in a row are borne of one service."""
        gone = any(times >= MOST_SILENCES for name, times in self.silent.items() if name != service)
        return 2 if gone and service not in self.spoke else MOST_SILENCES


def _words(trouble: Exception) -> str:
    if isinstance(trouble, ConnectionRefusedError):
        return "nothing listens there (connection refused); is the service started, and is this its port?"
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({trouble.verify_message}); give --ca FILE, or --insecure-tls"
    if isinstance(trouble, socket.gaierror):
        return f"the name of the host is not known ({trouble.strerror})"
    return f"{type(trouble).__name__} {trouble}".strip()[:160]


def connect(url: str, limit: float, context: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
    """An open connection to the host of a URL, with certificates checked for https."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        made = http.client.HTTPSConnection(parts.netloc, timeout=limit, context=context or ssl.create_default_context())
    else:
        made = http.client.HTTPConnection(parts.netloc, timeout=limit)
    made.response_class = Answer
    made.connect()
    return made


def _exchange_bytes(exchange: Exchange, limit: float, own_headers: dict, context):
    """Sends and reads; when time is up the socket is shut, whatever it is doing."""
    link = connect(exchange.url, limit, context)
    exchange.detail.setdefault("tls", getattr(link.sock, "version", lambda: "")()) if "https" in exchange.url else None
    up = threading.Event()
    alarm = threading.Timer(limit, _shut, [link.sock, up])
    alarm.daemon = True
    alarm.start()
    try:
        parts = urlsplit(exchange.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        _write(link, exchange, target, own_headers)
        answer = link.getresponse()
        exchange.status = answer.status
        _read_headers(answer, exchange)
        _read_all(answer, exchange)
        if up.is_set():  # a body of no announced length ends for us where the socket was shut
            raise TimeoutError
        _unpack(exchange)
    finally:
        alarm.cancel()
        link.close()


def _write(link, exchange, target, own_headers):
    """A service may answer and close before it has read a large body; then its answer still counts."""
    headers = _beside(exchange.headers, own_headers) | exchange.headers | {"Connection": "close"}
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        link.request(exchange.method, target, exchange.body or None, headers)


def _beside(these: dict, others: dict) -> dict:
    """Of other headers, those that are not among these, in whatever letters they are written."""
    names = {name.lower() for name in these}
    return {name: value for name, value in others.items() if name.lower() not in names}


def _read_headers(answer: http.client.HTTPResponse, exchange: Exchange):
    exchange.answer_headers = {name.lower(): value for name, value in answer.getheaders()}
    size = sum(len(name) + len(value) for name, value in exchange.answer_headers.items())
    if size > LARGEST_HEADERS:
        exchange.answer_headers = {}
        raise http.client.HTTPException(f"its headers have {size:,} bytes; clients take no more than some thousands")


def _read_all(answer: http.client.HTTPResponse, exchange: Exchange):
    chunks, size = [], 0
    while chunk := answer.read1(65536):
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            exchange.fault = f"the answer is larger than {LARGEST_ANSWER:,} bytes; the rest was not read"
            return
    exchange.answer = b"".join(chunks)
    announced = exchange.answer_headers.get("content-length", "")
    if announced and not announced.isdigit():
        exchange.fault = f"the answer announces a Content-Length of {announced[:20]!r}"
    elif announced.isdigit() and exchange.method != "HEAD" and int(announced) > size:
        exchange.fault = f"the answer broke off after {size} of {announced} bytes"


def _unpack(exchange: Exchange):
    """Reads an answer that was packed though we ask for none packed, as browsers would; what cannot be read stays."""
    if exchange.fault or exchange.answer_headers.get("content-encoding", "").lower() not in PACKED:
        return
    with contextlib.suppress(zlib.error):
        unpacked = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(exchange.answer, LARGEST_ANSWER + 1)
        exchange.detail["packed"] = True
        if len(unpacked) > LARGEST_ANSWER:
            exchange.fault, unpacked = f"the answer unpacks to more than {LARGEST_ANSWER:,} bytes", b""
        exchange.answer = unpacked


def _shut(sock, up: threading.Event):
    up.set()
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
