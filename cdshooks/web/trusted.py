"""Which callers are trusted by the settings: the clients file put together with keys, memory and network."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cdshooks.config import Settings
from cdshooks.errors import SettingsError
from cdshooks.reach.get import Reach
from cdshooks.trust.client import Client, anyone

Admit = Callable[[str | None, str], Client]


def clients_of(settings: Settings) -> tuple[Client, ...]:
    """Who may call; anyone where no clients are configured. Raises SettingsError with every fault."""
    if settings.clients is None:
        return (anyone(settings.fhir_servers),)
    from cdshooks.trust.clients import load_clients

    faults, clients = _faults_of_address(settings) + _faults_beside(settings), ()
    try:
        clients = load_clients(settings.clients)
    except SettingsError as error:
        faults += error.issues
    if faults:
        raise SettingsError(*faults)
    return clients


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """What the gate asks, and whether it can let anybody in at this moment."""

    admit: Admit
    can_let_in: Callable[[], bool]


def gatekeeper(settings: Settings, clients: Callable[[], tuple[Client, ...]], reach: Reach) -> Gatekeeper | None:
    """None where anyone may call. `clients` are those of the call: a reload may change them."""
    if settings.clients is None:
        return None
    # With the libraries for keys, which an open service does without.
    from cdshooks.trust.admission import Admission, known_clients
    from cdshooks.trust.fetch import key_fetcher

    seen, fetch, last = _seen(settings), key_fetcher(reach), ((), {})

    def known():
        """Their keys; those of a client that is as before are not fetched anew."""
        nonlocal last
        trusted, before = clients(), last
        if before[0] is not trusted:
            made = known_clients(trusted, fetch)
            kept = {iss: old for iss, old in before[1].items() if iss in made and made[iss][0] == old[0]}
            last = before = (trusted, made | kept)
        return before[1]

    return Gatekeeper(lambda authorization, url: Admission(known(), seen).admit(authorization, url), seen.answers)


def _seen(settings: Settings):
    """The memory of used tokens: connections of its own, so that feedback in trouble keeps no caller out."""
    from cdshooks.store.database import Database
    from cdshooks.store.place import place
    from cdshooks.store.seen import Seen

    return Seen(Database(place(settings.database)))


def _faults_beside(settings: Settings) -> list[str]:
    """What does not go together with a clients file."""
    faults = []
    if settings.fhir_servers:
        faults.append("fhir_servers: with trusted clients each has its own; move them to the clients file")
    if settings.database == "none":
        faults.append("database: with trusted clients used tokens must be remembered; give another than none")
    return faults


def _faults_of_address(settings: Settings) -> list[str]:
    from cdshooks.trust.clients import LOOPBACK

    if not settings.public_url:
        return [
            "public_url: tokens are made for one address, and this service cannot know which; "
            "give --public-url, the address before /cds-services that clients call"
        ]
    url = urlsplit(settings.public_url)
    if url.scheme == "http" and url.hostname not in LOOPBACK and not settings.insecure:
        return [f"public_url: {settings.public_url} is not https, so tokens and patients' data can be read on the way"]
    return []
