"""Token ids that were used: a token is good once, whichever worker or instance sees it first."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from cdshooks.errors import StoreUnavailable
from cdshooks.store.database import Database
from cdshooks.store.tables import tokens_seen

_SWEEP_EVERY = 500


class Seen:
    """Remembers token ids, as digests, until their tokens have expired. `now` gives seconds since the epoch."""

    def __init__(self, database: Database, now: Callable[[], float] = time.time):
        self._database, self._now = database, now
        self._calls = 0

    def first_time(self, issuer: str, jti: str, until: float) -> bool:
        """Whether this is the first use; of several who ask at once, anywhere, exactly one hears yes.

        `until` (seconds since the epoch) is when the token can be forgotten. Raises StoreUnavailable.
        """
        now = datetime.fromtimestamp(self._now(), UTC)
        end = datetime.fromtimestamp(until, UTC)
        with self._database.write(durable=False) as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            put = dialect.insert(tokens_seen).values(token=fingerprint(issuer, jti), until=end)
            again = put.on_conflict_do_update(
                index_elements=["token"], set_={"until": put.excluded.until}, where=tokens_seen.c.until < now
            )
            first = connection.execute(again.returning(tokens_seen.c.token)).first() is not None
            self._calls += 1
            if self._calls % _SWEEP_EVERY == 0:
                connection.execute(delete(tokens_seen).where(tokens_seen.c.until < now))
        return first


    def answers(self) -> bool:
        """Can token ids be remembered now? It writes one that is nobody's, and expired at once."""
        try:
            self.first_time("", "is it there", self._now() - 1)
        except StoreUnavailable:
            return False
        return True


def fingerprint(issuer: str, jti: str) -> str:
    """What is kept of a token id: enough to know it again, and nothing that could be read."""
    parts = (part.encode("utf-8", "surrogatepass") for part in (issuer, jti))
    return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()
