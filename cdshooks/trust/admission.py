"""Who is let in: from an Authorization header and the URL that is called to a trusted client, or NotTrusted."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cdshooks.errors import NotTrusted
from cdshooks.trust.checks import CHECKS, SKEW, Asked
from cdshooks.trust.client import Client
from cdshooks.trust.keyring import Keyring, Keyrings
from cdshooks.trust.keys import MAX_BYTES
from cdshooks.trust.seen import Seen
from cdshooks.trust.token import Token, bearer, read_token

Fetch = Callable[[str], bytes]
Known = Mapping[str, tuple[Client, Keyrings]]


class Refused(NotTrusted):
    """NotTrusted that knows for whom the token was; both are only said by the token where nothing was verified."""

    def __init__(self, says: str, client: Client, kid: str):
        super().__init__(says)
        self.client, self.kid = client, kid


@dataclass(frozen=True)
class Admission:
    """The trusted clients with their keys, and the memory of used tokens. `now` gives seconds since the epoch."""

    known: Known
    seen: Seen
    now: Callable[[], float] = time.time

    def admit(self, authorization: str | None, endpoint: str) -> Client:
        """The client that calls this URL with this header, once; raises NotTrusted or StoreUnavailable."""
        token = read_token(bearer(authorization))
        client, keyring = client_of(token, self.known)
        asked = Asked(token, client, keyring, endpoint, self.now())
        for check in CHECKS.values():
            if no := check(asked):
                raise Refused(no.says, client, token.kid)
        # Twice the skew: another instance may see the token as good for that much longer than this one does.
        until = token.claims["exp"] + 2 * SKEW
        if not self.seen.first_time(client.issuer, token.claims["jti"], until):
            raise Refused("the token was used before", client, token.kid)
        return client


def known_clients(clients: Iterable[Client], fetch: Fetch) -> Known:
    """By issuer; `fetch` returns the body behind a URL, or raises. Nothing is read yet."""
    return {client.issuer: (client, keyrings_of(client, fetch)) for client in clients}


def keyrings_of(client: Client, fetch: Fetch) -> Keyrings:
    return Keyrings({place: Keyring(client.name, read) for place, read in readers_of(client, fetch).items()})


def client_of(token: Token, known: Known) -> tuple[Client, Keyrings]:
    """Whose token this says it is; raises NotTrusted."""
    issuer = token.claims.get("iss")
    if not isinstance(issuer, str) or issuer not in known:
        raise NotTrusted("iss is none of the trusted clients")
    return known[issuer]


def readers_of(client: Client, fetch: Fetch) -> dict[str, Callable[[], bytes]]:
    """What reads its JWK Sets, by where they are: from the file where there is one, else from each jku."""
    if client.keys:
        return {str(client.keys): partial(_read, client.keys)}
    return {jku: partial(fetch, jku) for jku in client.jku}


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
