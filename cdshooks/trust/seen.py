"""Which tokens were used before: what admission asks of a store that all workers and instances share."""

from typing import Protocol


class Seen(Protocol):
    """Remembers token ids until they cannot be used any more."""

    def first_time(self, issuer: str, jti: str, until: float) -> bool:
        """Is this the first time? Asked several times at once, by anybody anywhere, exactly one hears yes.

        From `until` on (seconds since the epoch) the token can be forgotten. Raises StoreUnavailable.
        """
        ...
