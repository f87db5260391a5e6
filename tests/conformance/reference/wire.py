"""An HTTP call and its answer as plain data, with a threaded loopback server that turns sockets into them."""

import json
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGEST_BODY = 8_000_000  # bytes; real prefetch with a long history stays below 2 MB


@dataclass(frozen=True)
class Call:
    """What came in; `body` is None where it was larger than LARGEST_BODY and was not kept."""

    method: str
    path: str
    headers: Message
    body: bytes | None


@dataclass
class Answer:
    """What goes out; `body` is sent as JSON, `raw` as it is, and both None means no body at all."""

    status: int = 200
    body: object = None
    headers: dict = field(default_factory=dict)
    raw: bytes | None = None

    def content(self) -> bytes:
        if self.raw is not None or self.body is None:
            return self.raw or b""
        return json.dumps(self.body).encode()


class Refused(Exception):
    """The call cannot be answered: an HTTP status, and everything that is wrong, each fault with its place."""

    def __init__(self, status: int, *faults: str, headers: dict | None = None):
        super().__init__(status, *faults)
        self.status, self.faults, self.headers = status, faults, headers or {}

    def answer(self) -> Answer:
        issues = [{"severity": "error", "code": "processing", "diagnostics": fault} for fault in self.faults]
        return Answer(self.status, {"resourceType": "OperationOutcome", "issue": issues}, self.headers)


class Server:
    """`with Server(answer) as base_url:` serves `answer(call)` on a free loopback port until the block ends."""

    def __init__(self, answer, handler=None):
        handler = type("Handler", (handler or Handler,), {"answer_call": staticmethod(answer)})
        self.http = _Threads(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    def __enter__(self) -> str:
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self.url

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A caller that hung up is no fault of ours, and nothing to print."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def do_POST(self):
        call = Call(self.command, self.path, self.headers, self._body())
        self.send(self.answer_call(call))

    do_GET = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = do_POST

    def _body(self) -> bytes | None:
        if "Transfer-Encoding" in self.headers:
            return self._chunked()
        length = int(self.headers.get("Content-Length") or 0)
        if length <= LARGEST_BODY:
            return self.rfile.read(length)
        self.close_connection = True
        left = min(length, 10 * LARGEST_BODY)
        while left and (taken := self.rfile.read(min(left, 1 << 16))):  # dropped: who still sends reads no answer
            left -= len(taken)
        return None

    def _chunked(self) -> bytes | None:
        body = b""
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline(10)
            if len(body) > LARGEST_BODY:
                self.close_connection = True
                return None
        self.rfile.readline(10)
        return body

    def send(self, answer: Answer):
        content = answer.content()
        headers = {"Content-Length": str(len(content)), **answer.headers}
        if content and answer.raw is None:
            headers = {"Content-Type": "application/json", **headers}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()  # one write for head and body would be quicker still; Nagle is off, so nothing waits
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass
