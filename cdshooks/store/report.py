"""What became of the cards, counted: by card, client, reason and week; and the reasons that repeat."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import and_, desc, func, select

from cdshooks.store.database import Database
from cdshooks.store.tables import feedback, lost, shown

UNKNOWN = "(unknown card)"
NO_REASON = "(no reason)"
GROUPS = ("card", "client", "reason", "week")


class Showing(NamedTuple):
    """So many cards of one topic were shown to one client on one day."""

    card: str
    client: str
    day: date
    count: int


class Outcome(NamedTuple):
    """So many cards came out so; of a card that was told of several times its last word counts."""

    card: str
    client: str
    day: date
    outcome: str
    reason: str
    count: int


class Counts(NamedTuple):
    """The report. `rows` by group, the most overridden first; `repeated` holds the reasons given more than once."""

    since: date | None
    until: date | None
    repeated: list[dict]
    rows: dict[str, list[dict]]
    lost: int


def count(database: Database, since: date | None = None, until: date | None = None) -> Counts:
    """Count what happened from `since` to the day before `until` (UTC days). Raises StoreUnavailable."""
    with database.read() as connection:
        showings = [Showing(*row) for row in connection.execute(_showings(since, until))]
        outcomes = [_outcome(row) for row in connection.execute(_outcomes(since, until))]
        not_kept = connection.scalar(_within(select(func.sum(lost.c.cards)), lost.c.day, since, until)) or 0
    rows = {group: _grouped(group, showings, outcomes) for group in GROUPS}
    return Counts(since, until, _repeated(showings, outcomes), rows, not_kept)


def _showings(since, until):
    found = select(shown.c.topic, shown.c.client, shown.c.day, func.count())
    return _within(found, shown.c.day, since, until).group_by(shown.c.topic, shown.c.client, shown.c.day)


def _outcomes(since, until):
    """The last word on each card, joined with the card, which may be unknown."""
    order = func.row_number().over(
        partition_by=(feedback.c.client, feedback.c.card), order_by=(desc(feedback.c.outcome_at), desc(feedback.c.id))
    )
    words = select(feedback, order.label("nth")).subquery()
    card = and_(shown.c.client == words.c.client, shown.c.card == words.c.card)
    day = func.coalesce(shown.c.day, words.c.day)
    keys = (shown.c.topic, words.c.client, shown.c.day, words.c.day, words.c.outcome, words.c.reason_code)
    found = select(*keys, func.count()).select_from(words.outerjoin(shown, card)).where(words.c.nth == 1)
    return _within(found, day, since, until).group_by(*keys)


def _within(query, day, since, until):
    query = query.where(day >= since) if since else query
    return query.where(day < until) if until else query


def _outcome(row) -> Outcome:
    topic, client, shown_on, told_on, outcome, reason, number = row
    return Outcome(topic or UNKNOWN, client, shown_on or told_on, outcome, reason or NO_REASON, number)


# --- counting -----------------------------------------------------------------------------------------------------


def _grouped(group: str, showings: Iterable[Showing], outcomes: Iterable[Outcome]) -> list[dict]:
    """A row for each value of the group. Reasons are of overrides only, so for them nothing else is counted."""
    counts: dict[str, Counter] = {}
    for key, what, number in _events(group, showings, outcomes):
        counts.setdefault(key, Counter())[what] += number
    columns = ("overridden",) if group == "reason" else ("shown", "accepted", "overridden")
    rows = [{group: key, **{what: counted[what] for what in columns}} for key, counted in counts.items()]
    if group == "week":
        return sorted(rows, key=lambda row: row["week"])
    return sorted(rows, key=lambda row: (-row["overridden"], row[group]))


def _events(group, showings, outcomes) -> Iterator[tuple[str, str, int]]:
    if group == "reason":
        yield from ((o.reason, "overridden", o.count) for o in outcomes if o.outcome == "overridden")
        return
    yield from ((_key(group, s), "shown", s.count) for s in showings)
    yield from ((_key(group, o), o.outcome, o.count) for o in outcomes)


def _key(group: str, event: Showing | Outcome) -> str:
    if group == "week":
        return _week(event.day)
    return event.card if group == "card" else event.client or "(any client)"


def _week(day: date) -> str:
    """The Monday of its week."""
    return (day - timedelta(days=day.weekday())).isoformat()


def _repeated(showings, outcomes) -> list[dict]:
    """The reasons that override the same card again and again, the most frequent first; `share` is of the shown."""
    times, seen = Counter(), Counter()
    for showing in showings:
        seen[showing.card] += showing.count
    for outcome in outcomes:
        if outcome.outcome == "overridden" and outcome.card != UNKNOWN:
            times[outcome.card, outcome.reason] += outcome.count
    return [
        {"card": card, "reason": reason, "overridden": number, "shown": seen[card],
         "share": round(number / seen[card], 3) if seen[card] else None}
        for (card, reason), number in sorted(times.items(), key=lambda item: (-item[1], item[0]))
        if number > 1 and reason != NO_REASON
    ]  # fmt: skip
