"""The first tables: cards shown, feedback, cards lost, token ids seen."""

import sqlalchemy as sa
from alembic import op

from cdshooks.store.tables import UtcTime

revision, down_revision = "0001", None

_Counted = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade():
    _shown()
    _feedback()
    op.create_table(
        "lost",
        sa.Column("id", _Counted, primary_key=True, autoincrement=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("cards", sa.Integer, nullable=False),
    )
    op.create_table(
        "tokens_seen",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("until", UtcTime, nullable=False),
    )
    op.create_index("tokens_by_end", "tokens_seen", ["until"])


def _shown():
    op.create_table(
        "shown",
        sa.Column("client", sa.String(255), primary_key=True),
        sa.Column("card", sa.String(64), primary_key=True),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("hook", sa.String(100), nullable=False),
        sa.Column("hook_instance", sa.String(64), nullable=False),
        sa.Column("indicator", sa.String(20), nullable=False),
        sa.Column("shown_at", UtcTime, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("patient", sa.String(64)),
    )
    op.create_index("shown_by_day", "shown", ["day"])
    op.create_index("shown_by_patient", "shown", ["patient", "topic"])


def _feedback():
    op.create_table(
        "feedback",
        sa.Column("id", _Counted, primary_key=True, autoincrement=True),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("card", sa.String(64), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("outcome_at", UtcTime, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("suggestions", sa.Text),
        sa.Column("reason_code", sa.String(64)),
        sa.Column("reason_system", sa.String(255)),
        sa.Column("comment_length", sa.Integer),
        sa.Column("comment", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("client", "digest", name="feedback_once"),
    )
    op.create_index("feedback_by_card", "feedback", ["client", "card"])
    op.create_index("feedback_by_day", "feedback", ["day"])
