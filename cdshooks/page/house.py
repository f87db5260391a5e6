"""What every view is given: the settings, what is served now, what is kept, and the door to fire through."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, request

from cdshooks.config import Settings, clock
from cdshooks.content.library import Library
from cdshooks.ehr.client import in_process, over_http
from cdshooks.page.many import Cohort, cohort_of
from cdshooks.page.register import Parted
from cdshooks.protocol.discovery import Service
from cdshooks.screen.wanted import wanted
from cdshooks.terms.dates import Clock

# Calls to ourselves at the same time, of a process: fewer than it has threads, so that there is one to answer them.
_OWN_CALLS = 4
PAGES = (
    ("play", "/", "Patients"),
    ("cards", "/cards", "Cards"),
    ("cohort", "/cohort", "Cohort"),
    ("feed", "/feed", "Feed"),
    ("feedback", "/feedback", "Feedback"),
    ("bench", "/bench", "Bench"),
    ("judge", "/judge", "Judge"),
)
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True)
class House:
    """The service as the page sees it."""

    app: Flask
    settings: Settings
    current: object
    kept: object
    started: Library
    verdicts: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    _parted: dict[tuple, Parted] = field(default_factory=dict)
    _parting: threading.Lock = field(default_factory=threading.Lock)
    _own: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_OWN_CALLS))

    @property
    def pages(self) -> tuple[tuple[str, str, str], ...]:
        """What the head of each page leads to: name, path, words."""
        return PAGES

    @property
    def commands(self) -> set[str]:
        """The commands of this program that a page may point to."""
        from importlib.util import find_spec

        return {name for name in ("sign", "survey") if find_spec(f"cdshooks.cli.{name}")}

    @property
    def views(self) -> set[str]:
        return {rule.endpoint.removeprefix("page.") for rule in self.app.url_map.iter_rules()}

    @property
    def own_url(self) -> str:
        """Where this service can be called, for one who wants to try something on it."""
        return own_address(request.environ) or request.host_url.rstrip("/")

    @property
    def library(self) -> Library:
        return self.current.of_call().library

    def clock(self) -> Clock:
        return clock(self.settings)

    def service(self, hook: str) -> Service | None:
        """The service that answers a hook."""
        offered = self.current.of_call().services
        return next((one for ones in offered.values() for one in ones if one.hook == hook), None)

    def cohort(self) -> Cohort:
        """The patients of the cohort that was named, or the bundled ones; a register is parted at the first call."""
        return cohort_of(self.settings.cohort, self._part)

    def _part(self, paths: tuple[Path, ...]) -> Parted:
        """The register in these files; only the last one is kept, for one state of the files and of the cards."""
        offer = self.current.of_call()
        key = (offer.generation, *((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths))
        with self._parting:
            if key not in self._parted:
                self._parted.clear()
                asked = (one for ones in offer.services.values() for one in ones)
                self._parted[key] = Parted(paths, wanted(asked, offer.library.concepts))
            return self._parted[key]

    def through_the_door(self, talk):
        """`talk(client)` as any client of this service talks to it: over HTTP where this server can answer itself.

        A server that answers one call at a time cannot; there the same app is called in this process.
        """
        url = own_address(request.environ)
        if url and self._own.acquire(blocking=False):
            try:
                return talk(over_http(url))
            finally:
                self._own.release()
        return talk(in_process(self.app))


def own_address(environ: dict) -> str | None:
    """Where this very server listens, by what it says itself: never by a header, which the caller writes."""
    if "gunicorn.socket" not in environ or not environ.get("wsgi.multithread"):
        return None
    host = _ANYWHERE.get(environ["SERVER_NAME"], environ["SERVER_NAME"])
    return f"http://{f'[{host}]' if ':' in host else host}:{environ['SERVER_PORT']}"
