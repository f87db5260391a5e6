"""What is written: feedback entries, each once, and cards shown; and what of a client's text is never written."""

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite

from cdshooks.store.database import WRITE_SOON, Database
from cdshooks.store.entry import Entry
from cdshooks.store.shown import Shown
from cdshooks.store.tables import feedback, lost, shown

LONGEST_COMMENT = 10_000


def keep_feedback(
    database: Database, client: str, service: str, entries: Iterable[Entry], now: datetime, with_comments: bool = False
) -> int:
    """Write all entries or none, each once; how many were new. On return they are on disk.

    Raises StoreUnavailable. Without `with_comments` only the length of a comment is kept.
    """
    rows = [_row(entry, client, service, now, with_comments) for entry in entries]
    with database.write() as connection:
        return _insert(connection, feedback, rows)


def keep_shown(database: Database, rows: list[Shown], count_lost: int) -> None:
    """Write cards shown, and how many could not be; one shown again by the same call is the same card."""
    with database.unguarded(WRITE_SOON) as connection:
        _insert(connection, shown, [row._asdict() | {"day": row.shown_at.date()} for row in rows])
        if count_lost:
            connection.execute(insert(lost).values(day=rows[-1].shown_at.date(), cards=count_lost))


def _insert(connection, table, rows) -> int:
    """Insert what is not there yet; how many that were."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # One statement for all rows: building one with thousands of values would take longer than to run it.
    put = dialect.insert(table).on_conflict_do_nothing()
    return connection.execute(put, rows, execution_options={"preserve_rowcount": True}).rowcount


def _row(entry: Entry, client: str, service: str, now: datetime, with_comments: bool) -> dict:
    comment = entry.comment
    row = {
        "client": client,
        "card": entry.card,
        "service": service,
        "outcome": entry.outcome,
        "outcome_at": entry.outcome_at,
        "suggestions": " ".join(entry.suggestions) or None,
        "reason_code": entry.reason_code,
        "reason_system": entry.reason_system,
        "comment_length": None if comment is None else len(comment),
        # PostgreSQL cannot hold NUL in a text.
        "comment": comment[:LONGEST_COMMENT].replace("\0", "") if comment and with_comments else None,
    }
    said = json.dumps([str(value) for value in row.values()])
    return row | {"digest": sha256(said.encode()).hexdigest(), "received_at": now, "day": now.date()}
