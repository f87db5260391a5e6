"""A Bulk Data server on loopback with SMART Backend Services: it checks what it is shown, and fails as it is told to."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt

CLIENT = "register-screening"


@dataclass
class Bulk:
    """What the server has, what it wants, and what it was asked."""

    files: dict[str, list[bytes]]  # type -> NDJSON files
    public: dict | None = None  # a JWK Set; None: open to all
    busy: int = 1  # answers "not yet" so often
    retry_after: str = "7"
    faults: dict = field(default_factory=dict)  # path -> (status, headers, body) each used once, in turn
    manifest: dict = field(default_factory=dict)  # laid over the manifest
    asked: list = field(default_factory=list)  # (method, path with query, headers)
    tokens: list = field(default_factory=list)
    base: str = ""
    exports: int = 0

    def of(self, path: str) -> list:
        return [one for one in self.asked if urlsplit(one[1]).path == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def bulk(self) -> Bulk:
        return self.server.bulk

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.bulk.asked.append(("POST", self.path, dict(self.headers)))
        if not self._fault():
            self._token({name: values[0] for name, values in parse_qs(body).items()})

    def do_GET(self):
        self.bulk.asked.append(("GET", self.path, dict(self.headers)))
        path = urlsplit(self.path).path
        if self._fault():
            return
        if path == "/fhir/.well-known/smart-configuration":
            self._send(200, {"token_endpoint": f"{self.bulk.base}/token", "capabilities": ["permission-v2"]})
        elif self.bulk.public and self.headers.get("Authorization") != f"Bearer {(self.bulk.tokens or [None])[-1]}":
            self._send(401, {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "who are you?"}]})
        elif path.endswith("/$export"):
            self._begin()
        elif path.startswith("/fhir/status/"):
            self._status()
        else:
            self._file(path)

    def _token(self, form):
        key = jwt.PyJWKSet.from_dict(self.bulk.public).keys[0]
        try:
            told = jwt.decode(
                form["client_assertion"], key.key, ["ES384"], audience=f"{self.bulk.base}/token", issuer=CLIENT,
                options={"require": ["exp", "sub", "jti"], "verify_iat": False},
            )  # fmt: skip
            assert told["sub"] == CLIENT
            assert form["grant_type"] == "client_credentials"
            assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        except (jwt.PyJWTError, KeyError, AssertionError):
            self._send(400, {"error": "invalid_client"})
            return
        self.bulk.tokens.append(f"secret-{len(self.bulk.tokens)}")
        self._send(200, {"access_token": self.bulk.tokens[-1], "token_type": "bearer", "expires_in": 300, "scope": form["scope"]})

    def _begin(self):
        if self.headers.get("Prefer") != "respond-async":
            self._send(400, {})
            return
        self.bulk.exports += 1
        self._send(202, None, **{"Content-Location": f"{self.bulk.base}/fhir/status/{self.bulk.exports}"})

    def _status(self):
        if not self.path.endswith(f"/{self.bulk.exports}"):
            self._send(404, {})
        elif self.bulk.busy:
            self.bulk.busy -= 1
            self._send(202, None, **{"Retry-After": self.bulk.retry_after, "X-Progress": "half\x1b[31m way"})
        else:
            rows = [
                {"type": kind, "url": f"{self.bulk.base}/fhir/files/{kind}/{n}", "count": file.count(b"\n")}
                for kind, files in self.bulk.files.items()
                for n, file in enumerate(files)
            ]
            told = {"transactionTime": "2026-01-15T00:00:00Z", "request": self.path, "requiresAccessToken": bool(self.bulk.public)}
            self._send(200, told | {"output": rows, "error": []} | self.bulk.manifest)

    def _file(self, path):
        kind, number = path.removeprefix("/fhir/files/").split("/")
        self._raw(200, self.bulk.files[kind][int(number)], {"Content-Type": "application/fhir+ndjson"})

    def _fault(self) -> bool:
        path = urlsplit(self.path).path
        if not self.bulk.faults.get(path):
            return False
        status, headers, body = self.bulk.faults[path].pop(0)
        self._raw(status, body, headers)
        return True

    def _send(self, status, told, **headers):
        self._raw(status, b"" if told is None else json.dumps(told).encode(), {"Content-Type": "application/json", **headers})

    def _raw(self, status, body, headers):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if int(headers.get("Content-Length", len(body))) != len(body):
            self.close_connection = True


@contextmanager
def serving(bulk: Bulk):
    """The server, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.bulk = True, bulk
    bulk.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield bulk
    finally:
        server.shutdown()
        server.server_close()
