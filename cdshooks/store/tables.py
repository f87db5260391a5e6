"""The tables: what is kept, column by column, and why nothing in them names a patient."""

from datetime import UTC

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator):
    """A moment in UTC, aware in Python. SQLite has no time zones: there it is written without one, and read as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


metadata = MetaData()
# SQLite counts rows by itself only where the key is an INTEGER.
_Counted = BigInteger().with_variant(Integer, "sqlite")

# Which card was shown to whom and when. `patient` is a keyed hash, and empty unless a quiet period needs it.
shown = Table(
    "shown",
    metadata,
    Column("client", String(255), primary_key=True),
    Column("card", String(64), primary_key=True),
    Column("topic", String(100), nullable=False),
    Column("version", String(64), nullable=False),
    Column("service", String(100), nullable=False),
    Column("hook", String(100), nullable=False),
    Column("hook_instance", String(64), nullable=False),
    Column("indicator", String(20), nullable=False),
    Column("shown_at", UtcTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("patient", String(64)),
    Index("shown_by_day", "day"),
    Index("shown_by_patient", "patient", "topic"),
)

# What became of a card, an entry a row. Whether the card is known is seen by joining it with `shown`: feedback may be
# here first. Free text (a comment, the words of a reason) may name the patient; of it only the length is kept, unless
# the site wants comments.
feedback = Table(
    "feedback",
    metadata,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    Column("client", String(255), nullable=False),
    Column("card", String(64), nullable=False),
    Column("service", String(100), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("outcome_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("suggestions", Text),
    Column("reason_code", String(64)),
    Column("reason_system", String(255)),
    Column("comment_length", Integer),
    Column("comment", Text),
    # The same entry sent again gives the same digest, and is not kept twice.
    Column("digest", String(64), nullable=False),
    UniqueConstraint("client", "digest", name="feedback_once"),
    Index("feedback_by_card", "client", "card"),
    Index("feedback_by_day", "day"),
)

# Cards that were shown but could not be recorded: so that a report can say what it does not know.
lost = Table(
    "lost",
    metadata,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    Column("day", Date, nullable=False),
    Column("cards", Integer, nullable=False),
)

# Token ids that were used, as digests, until the token would have expired anyway.
tokens_seen = Table(
    "tokens_seen",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("until", UtcTime, nullable=False),
    Index("tokens_by_end", "until"),
)
