"""Feedback entry by entry, as it is kept, each with the card that it speaks of where that is known."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, select

from cdshooks.store.database import Database
from cdshooks.store.tables import feedback, shown


class Row(NamedTuple):
    """One entry. What is of the card is None where it was never recorded here; `comment` only where a site keeps it."""

    client: str
    card: str
    service: str
    topic: str | None
    version: str | None
    hook: str | None
    indicator: str | None
    shown_at: object
    outcome: str
    outcome_at: object
    received_at: object
    suggestions: str | None
    reason_code: str | None
    reason_system: str | None
    comment_length: int | None
    comment: str | None


def entries(database: Database, since: date | None = None, until: date | None = None) -> Iterator[Row]:
    """What came in from `since` to the day before `until` (UTC days), the oldest first; raises StoreUnavailable."""
    card = and_(shown.c.client == feedback.c.client, shown.c.card == feedback.c.card)
    of_card = (shown.c.topic, shown.c.version, shown.c.hook, shown.c.indicator, shown.c.shown_at)
    ours, words = feedback.c, (feedback.c.client, feedback.c.card, feedback.c.service)
    told = (ours.outcome, ours.outcome_at, ours.received_at, ours.suggestions, ours.reason_code, ours.reason_system)
    found = select(*words, *of_card, *told, ours.comment_length, ours.comment)
    found = found.select_from(feedback.outerjoin(shown, card)).order_by(ours.id)
    found = found.where(ours.day >= since) if since else found
    found = found.where(ours.day < until) if until else found
    with database.read() as connection:
        for row in connection.execution_options(yield_per=1000).execute(found):
            yield Row(*row)
