"""What own fetching gave for one call: resources and Bundles by prefetch key, and reasons where they are not whole."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fetched:
    """What was fetched by prefetch key, and for what could not be had whole the reason, in plain words."""

    values: Mapping[str, Mapping] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, more: "Fetched") -> "Fetched":
        return Fetched({**self.values, **more.values}, {**self.why, **more.why})


NOTHING = Fetched()
# Gets some prefetch keys for one call.
Fetch = Callable[[Collection[str]], Fetched]
