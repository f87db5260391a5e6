"""Which FHIR version a server speaks, as its CapabilityStatement says; remembered for a time."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from threading import Lock
from time import monotonic

from cdshooks.protocol.versions import version_told
from cdshooks.reach.failure import Failure
from cdshooks.reading.read import as_dict, as_list
from cdshooks.reading.spellings import Version

TOLD, NOT_TOLD = 3600, 300  # seconds for which an answer holds, and for which a server without one is left alone
MOST_SERVERS = 1000


class Dialects:
    """What the servers said; shared by all calls of a process."""

    def __init__(self):
        self._said: dict[str, tuple[float, Version | None]] = {}
        self._asking: dict[str, Future] = {}
        self._lock = Lock()

    def is_open(self, base: str) -> bool:
        """Is it time to ask this server?"""
        until, _ = self._said.get(base, (0.0, None))
        return monotonic() >= until

    def of(self, base: str) -> Version | None:
        """What the server said; None where it did not say, or it was a version that we do not speak."""
        return self._said.get(base, (0.0, None))[1]

    def question(self, base: str, submit: Callable[[], Future]) -> Future | None:
        """The question that is under way to this server, by whichever call, or a new one; None while none is due."""
        with self._lock:
            if not self.is_open(base):
                return None
            pending = self._asking.get(base)
            if pending is None or pending.done():
                pending = self._asking[base] = submit()
            return pending

    def ask(self, base: str, get: Callable[[str], Mapping]) -> Version | None:
        """One small read; whatever goes wrong, only the version stays unknown."""
        try:
            said = version_told(get(f"{base}/metadata"))
        except Failure:
            said = None
        with self._lock:
            if len(self._said) >= MOST_SERVERS:
                self._said.clear()
                self._asking.clear()
            # What was known stays known when a later question fails.
            said = said or self.of(base)
            self._said[base] = (monotonic() + (TOLD if said else NOT_TOLD), said)
        return said


def resources_in(prefetch: Mapping) -> Iterable[Mapping]:
    """Every resource that a prefetch holds, in Bundles or by itself."""
    for value in map(as_dict, prefetch.values()):
        entries = [as_dict(entry).get("resource") for entry in as_list(value.get("entry"))]
        yield from (resource for resource in (value, *entries) if isinstance(resource, dict))
