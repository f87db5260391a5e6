"""What own fetching gave for one call: resources and Bundles by prefetch key, and reasons where they are not whole."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from cdshooks.reading.spellings import Version


@dataclass(frozen=True)
class Fetched:
    """What was fetched by prefetch key, and for what could not be had whole the reason, in plain words.

    `version` is what the server said of its FHIR version, where it is known.
    """

    values: Mapping[str, Mapping] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    version: Version | None = None

    def __or__(self, more: "Fetched") -> "Fetched":
        return Fetched({**self.values, **more.values}, {**self.why, **more.why}, more.version or self.version)


NOTHING = Fetched()
# Gets some prefetch keys for one call.
Fetch = Callable[[Collection[str]], Fetched]
