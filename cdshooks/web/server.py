"""The service behind gunicorn: workers that share what was loaded, and a master that reloads for all of them."""

import contextlib
import gc
import logging
from collections.abc import Callable
from concurrent.futures import Future
from socket import socket

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from cdshooks.config import Settings
from cdshooks.observe.shared import SharedCounts
from cdshooks.protocol import wire
from cdshooks.web.app import create_app
from cdshooks.web.channel import Channel
from cdshooks.web.current import Current, load
from cdshooks.web.memory import forget_what_is_freed
from cdshooks.web.metrics import metrics_of
from cdshooks.web.reload import Reloader, follow
from cdshooks.web.sockets import MOST_HEAD, TimedSocket, is_readable, timed

# Threads wait for callers; how many calls are worked on at once is another number (web/places.py). A silent caller
# holds none, a dripping one as long as web/sockets.py lets him.
_THREADS, _CONNECTIONS = 1_500, 4_000


log = logging.getLogger("cdshooks")


class GunicornLog(Logger):
    """What gunicorn has to say goes where everything else goes."""

    def setup(self, cfg):
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Worker(ThreadWorker):
    """gunicorn's worker with threads, that refuses what is no HTTP in our form, and repeats nothing of it."""

    def enqueue_req(self, conn):
        if isinstance(conn.sock, TimedSocket):
            return super().enqueue_req(conn)
        conn.sock = timed(conn.sock)
        if self.alive and not is_readable(conn.sock):
            return self._wait_without_thread(conn)
        return super().enqueue_req(conn)

    def _wait_without_thread(self, conn):
        """As gunicorn does with one that was silent for 5 s: a thousand silent ones would start as many threads."""
        silent = Future()
        silent.set_result(_DEFER)
        self.finish_request(conn, silent)

    def handle_error(self, req, client, addr, exc):
        said = _Said()
        if isinstance(exc, ParseException):  # also those that gunicorn does not know as the sender's fault
            log.warning("not HTTP: %s", type(exc).__name__)
            said.text = _TOO_LONG.get(type(exc), b"")
        else:
            super().handle_error(None, said, addr, exc)
        with contextlib.suppress(OSError):
            client.sendall(refusal(said.text))


_TOO_LONG = {
    LimitRequestLine: b"HTTP/1.1 414 URI Too Long",
    LimitRequestHeaders: b"HTTP/1.1 431 Request Header Fields Too Large",
}


_LINE, _HEADERS, _HEADER = 4_094, 100, 32_768
_MEND = {
    b"414": f"the line with method and address is longer than {_LINE} bytes; send what is to be judged as the body",
    b"431": f"more than {_HEADERS} headers, one of more than {_HEADER} bytes, or {MOST_HEAD} bytes of them; send less",
}


class _Said:
    """Stands in for the connection, to learn which status gunicorn would have answered."""

    text = b""

    def gettimeout(self) -> float:
        return 0.0

    def sendall(self, text: bytes) -> None:
        self.text += text


def refusal(said: bytes) -> bytes:
    """The status line of what gunicorn would have said, with an OperationOutcome."""
    line = said.partition(b"\r\n")[0] or b"HTTP/1.1 400 Bad Request"
    words = _MEND.get(line[9:12], "this is not HTTP that can be read")
    told = {"severity": "error", "code": "structure", "diagnostics": words}
    body = wire.encode({"resourceType": "OperationOutcome", "issue": [told]})
    head = f"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return line + b"\r\n" + head.encode() + body


class Master(Arbiter):
    """gunicorn's master, but SIGHUP changes the cards below running workers instead of replacing the workers."""

    reloader: Reloader

    def handle_hup(self):
        self.reloader.ask()

    def murder_workers(self):
        """Once in each round of the master's loop, at least every second."""
        super().murder_workers()
        self.reloader.tick(self.WORKERS)

    def spawn_worker(self):
        pid = super().spawn_worker()  # returns in the master only
        self.reloader.forked(pid)
        return pid


class Server(BaseApplication):
    """What gunicorn calls an application: an app that is there already, and how it is served."""

    def __init__(self, app, options: dict, reloader: Reloader):
        self._app, self._options, self._reloader = app, options, reloader
        super().__init__()

    def load_config(self):
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self):
        return self._app

    def run(self):
        master = Master(self)
        master.reloader = self._reloader
        master.run()


def serve(settings: Settings, listen: Callable[[], list[socket]], ready: Callable[[int, int], None]) -> None:
    """Run until told to stop; a SIGTERM lets the calls in flight finish.

    Cards are loaded before anything listens, and before the workers fork, so these share them. `ready` is told port and
    number of cards when calls are answered. `listen` opens the socket of the service and, where metrics have an address
    of their own, that one.
    """
    shared = SharedCounts(settings.metrics != "off")
    channel = Channel()
    current = Current(load(settings), channel.live)
    metrics = metrics_of(settings)
    app = create_app(settings, current=current, metrics=metrics)

    def in_service():
        offer = current.now()
        metrics.cards_loaded(offer.generation, len(offer.library.cards), offer.loaded.timestamp())

    def reloaded(outcome):
        metrics.reload(outcome)
        if outcome == "done":
            in_service()

    def begun(_master, _worker):
        forget_what_is_freed()
        follow(current, channel)

    def stop(_master):
        channel.close()
        shared.remove()

    in_service()
    # What is loaded stays. The workers share it as long as no garbage collector writes into it.
    gc.collect()
    gc.freeze()
    listeners = listen()
    port, cards = listeners[0].getsockname()[1], len(current.now().library.cards)
    # gunicorn closes the numbers it is given and goes on with copies: it must be the only owner.
    options = _options([listener.detach() for listener in listeners], settings) | {
        "when_ready": lambda _master: ready(port, cards),
        "post_fork": begun,
        "child_exit": lambda _master, worker: shared.forget(worker.pid),
        "on_exit": stop,
    }
    Server(app, options, Reloader(settings, current, channel, reloaded)).run()


def _options(descriptors: list[int], settings: Settings) -> dict:
    return {
        "bind": [f"fd://{descriptor}" for descriptor in descriptors],
        "workers": settings.workers,
        "worker_class": "cdshooks.web.server.Worker",
        "threads": _THREADS,
        "worker_connections": _CONNECTIONS,
        # No header of a caller says where this service lies.
        "forwarder_headers": "",
        "limit_request_line": _LINE,
        "limit_request_fields": _HEADERS,
        "limit_request_field_size": _HEADER,
        "graceful_timeout": 30,
        "keepalive": 15,
        "loglevel": "warning",
        "logger_class": GunicornLog,
        "control_socket_disable": True,
        "proc_name": "cdshooks",
    }
