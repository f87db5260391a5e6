"""What is too old to be kept, thrown away."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, delete, exists

from cdshooks.store.database import Database
from cdshooks.store.tables import feedback, lost, shown, tokens_seen


class Pruned(NamedTuple):
    """How many rows went."""

    shown: int
    feedback: int


def prune(database: Database, before: datetime, now: datetime) -> Pruned:
    """Delete what came before that moment. A card stays as long as younger feedback speaks of it.

    Raises StoreUnavailable.
    """
    spoken_of = exists().where(
        and_(feedback.c.client == shown.c.client, feedback.c.card == shown.c.card, feedback.c.received_at >= before)
    )
    with database.write() as connection:
        entries = connection.execute(delete(feedback).where(feedback.c.received_at < before)).rowcount
        cards = connection.execute(delete(shown).where(shown.c.shown_at < before, ~spoken_of)).rowcount
        connection.execute(delete(lost).where(lost.c.day < before.date()))
        connection.execute(delete(tokens_seen).where(tokens_seen.c.until < now))
    return Pruned(cards, entries)
