"""Servers of our own on loopback: a FHIR server that hears who asks for what, and a stranger that nobody should ask."""

import contextlib
import json
import ssl
import sys
import threading
import time
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from cds_conformance.ehr.certificate import made_certificate
from cds_conformance.ehr.search import answer
from cds_conformance.ehr.shelf import Chart
from cds_conformance.errors import BadOption

HANGS = 3.0
MOST_HEARD = 20_000_000  # characters of requests that a server of ours keeps, so that no service can fill the memory
LONGEST_SEARCH = 1_000_000  # bytes of a search that is POSTed
SLOW = 1.2


@dataclass
class Scene:
    """What one access token opens: a patient, a page size, and perhaps a fault of the server.

    `fault` is a name of FAULTS, or "fails halfway" (after the first page), or "is slow" (answers well, after SLOW).
    """

    chart: Chart
    page: int = 0
    fault: str = ""


class _Quiet(ThreadingHTTPServer):
    distrusted = 0  # connections that were broken off for our certificate

    def handle_error(self, request, client_address):
        """Who breaks off is told by what does not arrive; who does not trust us is counted."""
        self.distrusted += isinstance(sys.exc_info()[1], ssl.SSLError)


class Loopback:
    """A server on 127.0.0.1 in a thread; `log` holds what it heard, in plain data and without tokens."""

    def __init__(self, name: str, handle, port: int = 0, context=None):
        self.name, self.log, self.room = name, [], MOST_HEARD
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"
            timeout = 10

            def respond(self):
                with contextlib.suppress(OSError):
                    handle(owner, self)

            do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_DELETE = respond

            def log_message(self, *_):
                """Nothing to the terminal; `log` keeps what counts."""

        self.http = _Quiet(("127.0.0.1", port), Handler)
        self.http.daemon_threads = True
        if context:  # the handshake waits for the handler's thread, so that nobody holds up others
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def hear(self, request, **more):
        path = unquote(urlsplit(request.path).path)
        self.room -= len(path) + len(more.get("query", "")) + 400
        if self.room > 0:
            self.log.append({"server": self.name, "method": request.command, "path": path} | more)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def send(request, status: int, body: dict | bytes, kind="application/fhir+json", **headers):
    """Answers one request."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request.send_response(status)
    for name, value in ({"Content-Type": kind, "Content-Length": str(len(data))} | headers).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(data)


class FhirServer:
    """Serves charts by access token: what a token opens is said in its Scene; without a known token: 401.

    Over https where a file for its certificate is given; the certificate is made and written there.
    """

    def __init__(self, port: int = 0, certificate=None):
        self.scenes: dict[str, Scene] = {}
        self.stranger = Loopback("stranger", _stranger(self))
        context = made_certificate(certificate) if certificate else None
        try:
            self.loop = Loopback("fhir", self._answer, port, context)
        except OSError as trouble:
            raise BadOption(f"--fhir-port {port}: the judge cannot listen there: {trouble}") from trouble
        self.base = f"{self.loop.url}/fhir"

    @property
    def logs(self) -> list[list]:
        return [self.loop.log, self.stranger.log]

    def close(self):
        self.loop.close()
        self.stranger.close()

    def token_kind(self, request) -> str:
        """Whose token a request carries: ours, none, or another."""
        held = request.headers.get("Authorization", "")
        if not held:
            return "none"
        return "ours" if held.removeprefix("Bearer ").strip() in self.scenes else "other"

    def _answer(self, loop: Loopback, request):
        query = urlsplit(request.path).query
        if request.command == "POST":
            length = min(int(request.headers.get("Content-Length") or 0), LONGEST_SEARCH)
            query = request.rfile.read(length).decode("utf-8", "replace")
        kind = self.token_kind(request)
        scene = self.scenes.get(request.headers.get("Authorization", "").removeprefix("Bearer ").strip())
        loop.hear(request, query=query, token=kind, fault=scene.fault if scene else "")
        path = unquote(urlsplit(request.path).path).removeprefix("/fhir").strip("/").removesuffix("/_search")
        if path == "metadata":
            send(request, 200, CAPABILITY)
        elif scene is None:
            send(request, 401, outcome("login", "a known access token is needed"))
        elif scene.fault == "fails halfway":
            _fail(self, request) if "_from=" in query else self._serve(request, replace(scene, page=1), path, query)
        elif scene.fault in FAULTS:
            FAULTS[scene.fault](self, request)
        elif scene.fault:
            time.sleep(SLOW)
            self._serve(request, scene, path, query)
        else:
            self._serve(request, scene, path, query)

    def _serve(self, request, scene: Scene, path: str, query: str):
        wanted = parse_qs(query)
        at = int(wanted.pop("_from", ["0"])[0])
        asked = "&".join(f"{name}={value}" for name, values in wanted.items() for value in values)
        found = answer(f"{path}?{asked}" if "/" not in path else path, scene.chart)
        if found is None:
            send(request, 404, outcome("not-found", f"{path} is not here"))
        else:
            send(request, 200, self.paged(found, scene.page, f"{path}?{asked}", at))

    def paged(self, found: dict, size: int, query: str, at: int = 0) -> dict:
        """One page of a searchset, with the link to the next; all that is left where the size is 0."""
        if found.get("resourceType") != "Bundle":
            return found
        entries = found.get("entry", [])
        size = size or len(entries)
        links = [{"relation": "self", "url": f"{self.base}/{query}"}]
        if at + size < len(entries):
            links.append({"relation": "next", "url": f"{self.base}/{query}&_from={at + size}"})
        page = {"entry": entries[at : at + size]} if entries[at : at + size] else {}
        return {name: held for name, held in found.items() if name != "entry"} | {"link": links} | page


def _stranger(fhir: FhirServer):
    def handle(loop: Loopback, request):
        loop.hear(request, token=fhir.token_kind(request))
        send(request, 200, {"resourceType": "Bundle", "type": "searchset", "total": 0})

    return handle


def _hang(fhir, request):
    time.sleep(HANGS)


def _fail(fhir, request):
    send(request, 500, outcome("exception", "this server fails on purpose"))


def _nonsense(fhir, request):
    send(request, 200, b"<html>not FHIR</html>", kind="text/html")


def _redirect(fhir, request):
    send(request, 307, b"", Location=f"{fhir.stranger.url}/taken{request.path}")


def _forbid(fhir, request):
    send(request, 403, outcome("forbidden", "this user may not see that"))


def _err_with_200(fhir, request):
    send(request, 200, outcome("exception", "this server fails on purpose, with a status that does not tell"))


FAULTS = {
    "hangs": _hang, "fails": _fail, "sends nonsense": _nonsense, "redirects": _redirect, "forbids": _forbid,
    "answers errors with 200": _err_with_200,
}  # fmt: skip


def outcome(code: str, text: str) -> dict:
    """An OperationOutcome with one error."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]}


CAPABILITY = {
    "resourceType": "CapabilityStatement",
    "status": "active",
    "date": "2026-01-01",
    "kind": "instance",
    "fhirVersion": "4.0.1",
    "format": ["json"],
    "rest": [{"mode": "server"}],
}
