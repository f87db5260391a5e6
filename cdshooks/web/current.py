"""What is served at this moment: one offer, taken when a call begins and kept until it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from flask import g

from cdshooks.config import Settings
from cdshooks.content.library import Library
from cdshooks.content.passed import load_checked
from cdshooks.protocol import wire
from cdshooks.protocol.discovery import Service, services
from cdshooks.reading.spellings import Version
from cdshooks.trust.client import Client
from cdshooks.web.trusted import clients_of


@dataclass(frozen=True)
class Offer:
    """All that changes together: the cards, the services that they make and their discovery document; who may call."""

    library: Library
    services: dict[str, tuple[Service, ...]]
    discovery: bytes
    clients: tuple[Client, ...] = ()
    generation: int = 1
    loaded: datetime = field(default_factory=lambda: datetime.now(UTC))

    def numbered(self, generation: int) -> "Offer":
        return replace(self, generation=generation)


def make_offer(library: Library, settings: Settings, clients: tuple[Client, ...] = ()) -> Offer:
    offered = services(library, settings)
    return Offer(library, offered, discovery_of(offered), clients)


def discovery_of(
    offered: dict[str, tuple[Service, ...]], version: Version | None = None, dated: bool | None = None
) -> bytes:
    """The discovery document; with the templates in a client's own FHIR version, and with days if it can fill them."""
    services = [one.for_client(dated) for ones in offered.values() for one in ones]
    return wire.encode({"services": [one.as_discovery(version) for one in services]})


def load(settings: Settings) -> Offer:
    """Everything that a reload reads anew, from disk; raises CdsError with every fault and then changes nothing."""
    return make_offer(load_checked(settings.cards, settings.site), settings, clients_of(settings))


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the last reload changed nothing: when it was tried, what was wrong, and the generation that was kept."""

    at: datetime
    issues: tuple[str, ...]
    kept: int


class Current:
    """Which offer holds. `live` is where its generation stands: in memory that all workers share, if there are any.

    Every process may hold several offers; the number alone says which one counts. Whoever writes it switches all.
    """

    def __init__(self, offer: Offer, live: Sequence[int] | None = None):
        self.live = [offer.generation] if live is None else live
        self.offers = {offer.generation: offer}
        self.last_fault: Fault | None = None

    def now(self) -> Offer:
        while True:
            try:
                return self.offers[self.live[0]]
            except KeyError:  # the switch came between the two looks
                continue

    def of_call(self) -> Offer:
        """The offer of the call that is being answered: the same from its first line to its last."""
        if "offer" not in g:
            g.offer = self.now()
        return g.offer

    def keep_only_live(self) -> None:
        """Forget what nobody can ask for any more; calls in flight keep what they have taken."""
        for generation in [one for one in list(self.offers) if one < self.live[0]]:
            self.offers.pop(generation, None)

    @property
    def fault(self) -> Fault | None:
        """What was wrong with the last reload, while that is still how things stand."""
        fault = self.last_fault
        return fault if fault and fault.kept == self.live[0] else None
