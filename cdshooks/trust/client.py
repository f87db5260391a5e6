"""A CDS client: who it is, and what it may do here."""

from dataclasses import dataclass
from pathlib import Path

from cdshooks.reading.spellings import Version

RECOMMENDED = ("ES384", "RS384")  # CDS Hooks, JWT Signing Algorithm
MAX_LIFETIME = 900  # seconds from iat to exp: what Epic documents; others are seen to use 300


@dataclass(frozen=True, slots=True)
class Client:
    """A trusted client as the clients file tells of it.

    `keys` (a file) or `jku` (https URLs) says where its JWK Sets are. `aud` holds what its tokens may say instead of
    the endpoint that is called, for clients on trial. `lenient`: what is wrong with its requests and not needed is
    made up for. It is shown `max_cards` (None: any number), and with `say_once` at order-sign none that order-select
    has shown; critical ones always. An empty `tenants` means that the claim is not looked at; an empty `fhir_servers`
    that nothing is fetched for this client; no `dated_prefetch` that nobody said whether it fills `today()` in.
    """

    name: str
    issuer: str
    jku: tuple[str, ...] = ()
    keys: Path | None = None
    algorithms: tuple[str, ...] = RECOMMENDED
    tenants: tuple[str, ...] = ()
    max_lifetime: int = MAX_LIFETIME
    fhir_servers: tuple[str, ...] = ()
    fhir_version: Version | None = None
    may_explain: bool = False
    dated_prefetch: bool | None = None
    aud: tuple[str, ...] = ()
    lenient: bool = False
    max_cards: int | None = None
    say_once: bool = False


def anyone(fhir_servers: tuple[str, ...] = ()) -> Client:
    """Whoever calls a service without a clients file. An open service also explains: only what its caller sent."""
    return Client("anyone", "", fhir_servers=fhir_servers, may_explain=True)
