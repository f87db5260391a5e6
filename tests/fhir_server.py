"""FHIR servers on loopback, down to the bytes: good ones over a record, and all kinds of bad ones."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, unquote

from cdshooks.ehr.search import answer
from cdshooks.protocol.wire import encode

FHIR = "application/fhir+json"


@dataclass
class Asked:
    """One request that came in; `path` with its query, unescaped."""

    path: str
    headers: dict[str, str]
    number: int


Behave = Callable[[Asked, socket.socket], object]


@dataclass
class Server:
    """Listens while it is entered; what `behave` returns as bytes is sent, and None ends the connection."""

    behave: Behave
    tls: object = None
    seen: list[Asked] = field(default_factory=list)
    connections: int = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}/fhir"
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with closing(one), _quiet():
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while not self._stopped.is_set():
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(one)
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        with _quiet(), closing(self.tls.wrap_socket(one, server_side=True) if self.tls else one) as one:
            while head := _head(one):
                asked = Asked(unquote(head[0].split(" ")[1]), _headers(head[1:]), len(self.seen) + 1)
                self.seen.append(asked)
                sent = self.behave(asked, one)
                if sent is None:
                    return
                one.sendall(sent)


class _quiet:
    """Servers of tests break off as they like, and clients hang up on them."""

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        return kind is not None and issubclass(kind, OSError | ValueError)


def _head(one) -> list[str]:
    got = b""
    while b"\r\n\r\n" not in got:
        part = one.recv(65536)
        if not part:
            return []
        got += part
    return got.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")


def _headers(lines) -> dict[str, str]:
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


# --- answers ------------------------------------------------------------------------------------------------------


def http(status: int, body: bytes = b"", kind: str = FHIR, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def ok(resource: object, **headers: str) -> bytes:
    return http(200, encode(resource), **headers)


def always(sent: bytes) -> Behave:
    return lambda asked, one: sent


def in_turn(*behaviours: Behave) -> Behave:
    """The first for the first request, and so on; the last for all that follow."""
    return lambda asked, one: behaviours[min(asked.number, len(behaviours)) - 1](asked, one)


def hang(asked, one):
    one.recv(1)  # until the client gives up


def reset(asked, one):
    """A connection reset in the middle of the body."""
    one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{")
    time.sleep(0.02)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(data: bytes) -> Behave:
    """One byte every 50 ms."""

    def behave(asked, one):
        for byte in data:
            one.sendall(bytes([byte]))
            time.sleep(0.05)

    return behave


def searchset(*resources: dict, next_url: str | None = None, **more) -> dict:
    links = [{"relation": "next", "url": next_url}] if next_url else []
    return {"resourceType": "Bundle", "type": "searchset", "link": links, **more} | (
        {"entry": [{"resource": resource} for resource in resources]} if resources else {}
    )


def chart(record, page_size: int | None = None) -> Behave:
    """A good server over one patient's record, in pages where a size is given."""

    def behave(asked, one):
        path, _, query = asked.path.removeprefix("/fhir").lstrip("/").partition("?")
        offset, given = 0, parse_qs(query)
        full = f"{path}?{query}" if query else path
        if "_getpages" in given:
            full, offset = unquote(given["_getpages"][0]), int(given["_getpagesoffset"][0])
        found = answer(record, full)
        if found is None:
            return http(404)
        if page_size is None or found["resourceType"] != "Bundle":
            return ok(found)
        entries, after = found.pop("entry", []), offset + page_size
        page = {**found, "link": [], "entry": entries[offset:after]}
        if after < len(entries):
            url = f"http://{asked.headers['host']}/fhir?_getpages={quote(quote(full, ''), '')}&_getpagesoffset={after}"
            page["link"] = [{"relation": "next", "url": url}]
        return ok(page)

    return behave
