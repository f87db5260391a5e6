"""Access tokens by SMART Backend Services: a signed statement of who we are for a token that lasts some minutes."""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from cdshooks.bulk.words import explained, object_in
from cdshooks.errors import NotTrusted
from cdshooks.feed.server import Bearer
from cdshooks.reach.failure import Failure
from cdshooks.reach.transfer import Transfer

JSON = {"Accept": "application/json"}
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SHORTEST = 60.0  # seconds that a token must still have, to be shown once more
UNKNOWN = 300.0  # how long a token is used that does not say how long it lasts


class Tokens(Protocol):
    """Where tokens come from."""

    def auth(self) -> Bearer | None:
        """What puts a token on a request; None where none is needed."""

    def refused(self) -> bool:
        """The server did not take the token; will there be another?"""


class Given:
    """A token that somebody else has made, or none."""

    def __init__(self, token: str | None = None):
        self._token = token

    def auth(self) -> Bearer | None:
        return Bearer(self._token) if self._token else None

    def refused(self) -> bool:
        return False


class Backend:
    """Tokens from a token endpoint, each shown until shortly before it ends. `assertion` signs for an audience."""

    def __init__(
        self,
        transfer: Transfer,
        endpoint: str,
        assertion: Callable[[str], str],
        scope: str,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._transfer, self._endpoint, self._assertion, self._scope = transfer, endpoint, assertion, scope
        self._clock, self._token, self._ends = clock, None, 0.0

    def auth(self) -> Bearer:
        if self._token is None or self._clock() + SHORTEST > self._ends:
            self._token = self._new()
        return Bearer(self._token)

    def refused(self) -> bool:
        self._token = None
        return True

    def _new(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "scope": self._scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._assertion(self._endpoint),
        }
        try:
            answer = self._transfer.ask(self._endpoint, JSON, form=form)
        except Failure as failure:
            raise NotTrusted(f"the token endpoint {failure.says}") from None
        if answer.status != 200:
            raise NotTrusted(f"the token endpoint gives no token: {explained(answer)}")
        return self._read(answer.body)

    def _read(self, body: bytes) -> str:
        told = object_in(body)
        token = told.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise NotTrusted("the token endpoint answers without an access_token that can be used")
        lasts = told.get("expires_in")
        self._ends = self._clock() + (float(lasts) if isinstance(lasts, int | float) else UNKNOWN)
        return token


def smart_configuration(transfer: Transfer, base: str) -> Mapping:
    """What the server says of its authorisation; raises NotTrusted where it says nothing that helps."""
    try:
        answer = transfer.ask(f"{base}/.well-known/smart-configuration", JSON)
    except Failure as failure:
        raise NotTrusted(f"{base}/.well-known/smart-configuration: the server {failure.says}") from None
    told = object_in(answer.body) if answer.status == 200 else {}
    if not isinstance(told.get("token_endpoint"), str):
        raise NotTrusted(f"{base}/.well-known/smart-configuration names no token_endpoint; give it with --token-url")
    return told


def scope_of(configuration: Mapping) -> str:
    """Reading everything, in the words of the version of SMART that the server speaks.

    >>> scope_of({"capabilities": ["permission-v2"]}), scope_of({})
    ('system/*.rs', 'system/*.read')
    """
    able = configuration.get("capabilities")
    return "system/*.rs" if isinstance(able, list) and "permission-v2" in able else "system/*.read"
