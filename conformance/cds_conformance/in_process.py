"""Serves a WSGI or ASGI application of this process on loopback while it is judged, and judges it."""

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import ThreadingMixIn
from urllib.parse import unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from cds_conformance.judge import judge
from cds_conformance.report.model import Report

STARTS_WITHIN = 30  # seconds


def judge_app(app: Callable, path: str = "", **options) -> Report:
    """Judges an application object; `path` is where in it the service is mounted, options are those of `judge`."""
    with serving(app) as base:
        return judge(base + path, **options)


@contextlib.contextmanager
def serving(app: Callable):
    """The base URL of an application while it is served on a free port of 127.0.0.1."""
    with serving_asgi(app) if is_asgi(app) else serving_wsgi(app) as base:
        yield base


def is_asgi(app: Callable) -> bool:
    """ASGI 3: it, or its __call__, is a coroutine function of three arguments."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)


class _Wsgi(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietWsgi(WSGIRequestHandler):
    def log_message(self, *_):
        """The report tells what was asked."""


@contextlib.contextmanager
def serving_wsgi(app: Callable):
    server = _Wsgi(("127.0.0.1", 0), _QuietWsgi)
    server.set_app(app)
    with _running(server) as base:
        yield base


@contextlib.contextmanager
def _running(server):
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def serving_asgi(app: Callable):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    lifespan = Lifespan(app, loop)
    try:
        lifespan.step("startup")
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Asgi,), {"app": staticmethod(app), "loop": loop})
        )
        server.daemon_threads = True
        with _running(server) as base:
            yield base
        lifespan.step("shutdown")
    finally:
        asyncio.run_coroutine_threadsafe(lifespan.end(), loop).result(STARTS_WITHIN)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(STARTS_WITHIN)
        loop.close()


class Lifespan:
    """The application's own beginning and end; one that knows of none is served all the same."""

    def __init__(self, app: Callable, loop):
        self.loop, self.asks, self.told = loop, asyncio.Queue(), asyncio.Queue()
        self.task = asyncio.run_coroutine_threadsafe(self._run(app), loop)

    async def end(self):
        """Everything that still runs is cancelled, so that nothing outlives the judging."""
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _run(self, app):
        with contextlib.suppress(Exception):
            await app({"type": "lifespan", "asgi": {"version": "3.0"}}, self.asks.get, self.told.put)
        for _ in ("startup", "shutdown"):  # whichever may still be asked about
            await self.told.put({"type": "lifespan.none"})

    def step(self, name: str):
        """Asks for startup or shutdown and waits; raises where the application says that it failed."""

        async def ask():
            await self.asks.put({"type": f"lifespan.{name}"})
            return await self.told.get()

        said = asyncio.run_coroutine_threadsafe(ask(), self.loop).result(STARTS_WITHIN)
        if said["type"].endswith("failed"):
            raise RuntimeError(f"the application's {name} failed: {said.get('message', '')}")


class _Asgi(BaseHTTPRequestHandler):
    app: Callable
    loop: asyncio.AbstractEventLoop

    def respond(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent = asyncio.run_coroutine_threadsafe(self._call(body), self.loop).result()
        start = next((m for m in sent if m["type"] == "http.response.start"), {"status": 500})
        content = b"".join(m.get("body", b"") for m in sent if m["type"] == "http.response.body")
        self.send_response(start["status"])
        for name, value in start.get("headers", ()):
            if name.lower() != b"content-length":
                self.send_header(name.decode("latin-1"), value.decode("latin-1"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_OPTIONS = do_HEAD = do_PUT = do_DELETE = respond

    async def _call(self, body: bytes) -> list[dict]:
        """What the application sends for this request; one that raises is a 500, as with its own server."""
        parts, waiting, sent = urlsplit(self.path), [{"type": "http.request", "body": body, "more_body": False}], []
        whole = asyncio.Event()

        async def receive():
            if not waiting:  # the caller stays until the answer is whole; what is streamed may watch for its going
                await whole.wait()
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                whole.set()

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": self.command, "scheme": "http",
            "path": unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
            "root_path": "", "client": self.client_address, "server": self.server.server_address,
            "headers": [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in self.headers.items()],
        }  # fmt: skip
        try:
            await self.app(scope, receive, send)
        except Exception:
            return [{"type": "http.response.start", "status": 500}]
        return sent

    def log_message(self, *_):
        """The report tells what was asked."""
