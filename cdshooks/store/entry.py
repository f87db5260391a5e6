"""One entry of feedback, as it is kept: what became of a card."""

from datetime import datetime
from typing import NamedTuple


class Entry(NamedTuple):
    """`outcome` is accepted or overridden, `outcome_at` the client's word for when. `comment` is free text."""

    card: str
    outcome: str
    outcome_at: datetime
    suggestions: tuple[str, ...] = ()
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = None
