"""The service behind gunicorn: workers that share what was loaded, and a master that reloads for all of them."""

from collections.abc import Callable
from socket import socket

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from cdshooks.config import Settings
from cdshooks.web.app import create_app
from cdshooks.web.channel import Channel
from cdshooks.web.current import Current, load
from cdshooks.web.reload import Reloader, follow

_THREADS = 8


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


def serve(settings: Settings, listen: Callable[[], socket], ready: Callable[[int, int], None]) -> None:
    """Run until told to stop; a SIGTERM lets the calls in flight finish.

    Cards are loaded before anything listens, and before the workers fork, so these share them. `ready` is told port and
    number of cards when calls are answered.
    """
    channel = Channel()
    current = Current(load(settings), channel.live)
    app = create_app(settings, current=current)
    listener = listen()
    port, cards = listener.getsockname()[1], len(current.now().library.cards)
    # gunicorn closes the number it is given and goes on with a copy: it must be the only owner.
    options = _options(listener.detach(), settings) | {
        "when_ready": lambda _master: ready(port, cards),
        "post_fork": lambda _master, _worker: follow(current, channel),
        "on_exit": lambda _master: channel.close(),
    }
    Server(app, options, Reloader(settings, current, channel)).run()


def _options(descriptor: int, settings: Settings) -> dict:
    return {
        "bind": f"fd://{descriptor}",
        "workers": settings.workers,
        "worker_class": "gthread",
        "threads": _THREADS,
        "graceful_timeout": 30,
        "keepalive": 15,
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "cdshooks",
    }
