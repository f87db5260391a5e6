"""Quiet periods: a card that was overridden for a reason it takes for an answer is not shown again for a while.

The decision stays what it is; only whether it is shown changes, and the trace says until when.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Decision


class Override(NamedTuple):
    """The last word on a card for this patient: why it was overridden, how loud it was then, and when we heard."""

    reason: str
    level: Level
    at: datetime


def quiet(decisions: Iterable[Decision], overrides: Mapping[str, Override], now: datetime) -> dict[str, datetime]:
    """Topic -> until when, for the cards that fire and stay quiet now; `overrides` by topic, of this patient.

    A card speaks all the same when it is, or may be, critical or louder than the one that was overridden, and when it
    stands in for a louder card.
    """
    if not overrides:
        return {}
    decisions = tuple(decisions)
    found = {}
    for decision in decisions:
        override = overrides.get(decision.card.topic)
        until = override and decision.fires and _until(decision, override)
        if until and now < until and not _stands_in_for_a_louder_one(decision, decisions):
            found[decision.card.topic] = until
    return found


def _until(decision: Decision, override: Override) -> datetime | None:
    rule = decision.card.quiet
    if rule is None or override.reason not in rule.reasons:
        return None
    loudest = max(possible.level for possible in decision.possible)
    if loudest >= Level.CRITICAL or loudest > override.level:
        return None
    return override.at + timedelta(days=rule.days)


def _stands_in_for_a_louder_one(decision: Decision, decisions: tuple[Decision, ...]) -> bool:
    """A card that this one replaces was never seen by who overrode this one."""
    return any(
        other.card.topic in decision.card.replaces and other.may_fire and other.least.level > decision.least.level
        for other in decisions
    )
