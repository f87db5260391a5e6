"""A CDS client: who it is, and what it may do here."""

from dataclasses import dataclass
from pathlib import Path

from cdshooks.chart.spellings import Version

RECOMMENDED = ("ES384", "RS384")  # CDS Hooks, JWT Signing Algorithm
MAX_LIFETIME = 600  # seconds from iat to exp; clients are seen to use 300


@dataclass(frozen=True, slots=True)
class Client:
    """A trusted client as the clients file tells of it.

    `keys` (a file) or `jku` (an https URL) says where its JWK Set is. An empty `tenants` means that the claim is not
    looked at; an empty `fhir_servers` that nothing is fetched for this client; no `dated_prefetch` that nobody said
    whether it fills `today()` in.
    """

    name: str
    issuer: str
    jku: str | None = None
    keys: Path | None = None
    algorithms: tuple[str, ...] = RECOMMENDED
    tenants: tuple[str, ...] = ()
    max_lifetime: int = MAX_LIFETIME
    fhir_servers: tuple[str, ...] = ()
    fhir_version: Version | None = None
    may_explain: bool = False
    dated_prefetch: bool | None = None


def anyone(fhir_servers: tuple[str, ...] = ()) -> Client:
    """Whoever calls a service without a clients file. An open service also explains: only what its caller sent."""
    return Client("anyone", "", fhir_servers=fhir_servers, may_explain=True)
