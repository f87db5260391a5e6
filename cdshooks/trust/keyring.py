"""The keys of one client, kept as long as they may be: read anew when old, or when a token names one we do not have."""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock

from cdshooks.trust.keys import BadKeys, Key, Keys, read_keys

log = logging.getLogger("cdshooks")

# Seconds. An issuer that rotates publishes the new key before it signs with it; one that revokes a key must wait until
# FRESH has passed at most, or MAX_AGE where its server does not answer.
FRESH = 300
MAX_AGE = 3600
INTERVAL = 5


class KeysUnavailable(Exception):
    """No keys can be had now, and what we had is too old."""


class Keyrings:
    """The key sets of one client by their address; a token that names the address of its set is judged by that one."""

    def __init__(self, rings: Mapping[str, "Keyring"]):
        self._rings = rings

    def find(self, kid: str, jku: object = None) -> list[Key]:
        """The keys of this id, none where there is no such; raises KeysUnavailable where one of the sets that may
        hold it cannot be read and none of the others does."""
        named = self._rings.get(jku) if isinstance(jku, str) else None
        found, unavailable = [], False
        for ring in [named] if named else self._rings.values():
            try:
                found += ring.find(kid)
            except KeysUnavailable:
                unavailable = True
        if unavailable and not found:
            raise KeysUnavailable
        return found


class Keyring:
    """A JWK Set behind `read`, which returns its bytes or raises; one thread reads it, others wait or use what we have.

    Never read twice within INTERVAL seconds, so that made-up key ids cannot be turned against the issuer.
    """

    def __init__(self, name: str, read: Callable[[], bytes], now: Callable[[], float] = time.monotonic):
        self._name, self._read, self._now = name, read, now
        self._reading = Lock()
        self._keys, self._since, self._tried = Keys(), None, None

    def find(self, kid: str) -> list[Key]:
        """The keys of this id, none where there is no such; raises KeysUnavailable."""
        if self._is_due(kid):
            self._refresh(kid)
        if not self._is_usable():
            raise KeysUnavailable
        return self._keys.find(kid)

    def _is_usable(self) -> bool:
        return self._since is not None and self._now() - self._since <= MAX_AGE

    def _is_due(self, kid: str) -> bool:
        if self._tried is not None and self._now() - self._tried < INTERVAL:
            return False
        return not self._is_usable() or self._now() - self._since > FRESH or not self._keys.find(kid)

    def _refresh(self, kid: str) -> None:
        """Read the set; where another thread is at it, wait only if we cannot do without."""
        must_wait = not self._is_usable() or not self._keys.find(kid)
        if not self._reading.acquire(blocking=must_wait):
            return
        try:
            if self._is_due(kid):  # else the thread that we waited for has read it
                self._read_once()
        finally:
            self._reading.release()

    def _read_once(self) -> None:
        try:
            keys = read_keys(self._read())
        except Exception as fault:
            # Whatever goes wrong there, what we have stays good until MAX_AGE. Its message may quote what was read.
            why = fault if isinstance(fault, BadKeys) else type(fault).__name__
            log.error("the keys of client %s cannot be read: %s; kept: %s", self._name, why, self._told())
        else:
            self._keys, self._since = keys, self._now()
            for fault in keys.faults:
                log.warning("JWK Set of client %s, %s", self._name, fault)
        finally:
            self._tried = self._now()

    def _told(self) -> str:
        if not self._is_usable():
            return "none, its tokens are refused"
        return f"{len(self._keys.usable)}, for {MAX_AGE - (self._now() - self._since):.0f} s more"
