"""Feedback entry by entry, the latest first, each with the card that it is about."""

from datetime import date

from sqlalchemy import and_, desc, select

from cdshooks.store.database import Database
from cdshooks.store.tables import feedback, shown


def entries(
    database: Database, since: date | None = None, until: date | None = None, start: int = 0, most: int = 100
) -> list[dict]:
    """Entries from `since` to the day before `until` (UTC days). `topic` and `indicator` are None for an unknown card.

    Raises StoreUnavailable.
    """
    card = and_(shown.c.client == feedback.c.client, shown.c.card == feedback.c.card)
    found = select(
        feedback.c.outcome_at.label("told_at"), feedback.c.service, shown.c.topic, shown.c.indicator,
        feedback.c.outcome, feedback.c.reason_code, feedback.c.suggestions, feedback.c.comment_length,
        feedback.c.comment, feedback.c.client, feedback.c.card,
    ).select_from(feedback.outerjoin(shown, card))  # fmt: skip
    found = found.where(feedback.c.day >= since) if since else found
    found = found.where(feedback.c.day < until) if until else found
    found = found.order_by(desc(feedback.c.outcome_at), desc(feedback.c.id)).offset(start).limit(most)
    with database.read() as connection:
        return [dict(row) for row in connection.execute(found).mappings()]
