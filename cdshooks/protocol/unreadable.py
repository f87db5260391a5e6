"""Rows of which nobody can know what they are about must not hush a card that speaks without them.

Such a row (an order with a number that is not known and no words, say) leaves each question open to which it could be
the answer. A card that is open for nothing else, and would speak if the row were none of its own, speaks as it does
where such a row may be one: "a prescription or dose is on record that could not be verified".

Drafts are such rows, too. One that points to a drug which did not come is asked for first; `asked` says that nothing
more can be had.
"""

from collections.abc import Sequence
from dataclasses import replace

from cdshooks.chart.chart import Chart
from cdshooks.chart.provided import Unread
from cdshooks.rules.decide import Decision, decide


def speaking(decisions: Sequence[Decision], chart: Chart, asked: bool = False) -> tuple[Decision, ...]:
    """The decisions, those that only such rows leave open decided once more."""
    if not any(held_up(decision, chart, asked) for decision in decisions):
        return tuple(decisions)  # nearly every call
    none, perhaps_one = chart.taking_unread(Unread.NONE), chart.taking_unread(Unread.PERHAPS_ONE)
    return tuple(_all_the_same(d, none, perhaps_one) if held_up(d, chart, asked) else d for d in decisions)


def held_up(decision: Decision, chart: Chart, asked: bool = False) -> bool:
    """Is it open for nothing but what nobody can know of rows that came?"""
    if decision.is_settled:
        return False
    unread = chart.unread_drafts(judged_only=False) if asked else frozenset()
    return all(source in unread or chart.is_all_there_is(source) for source in decision.missing)


def _all_the_same(decision: Decision, none: Chart, perhaps_one: Chart) -> Decision:
    without = decide(decision.card, none)
    if not without.fires:
        return decision
    perhaps = decide(decision.card, perhaps_one)
    if not perhaps.fires:
        return decision
    drafted = not decision.missing.isdisjoint(perhaps_one.unread_drafts(judged_only=False))
    return _at_least_as_loud(perhaps, without) if drafted else perhaps


def _at_least_as_loud(decision: Decision, other: Decision) -> Decision:
    """What is drafted beside it and is not known lowers nothing: it says what may be so, as loud as without it."""
    least = max(possible.level for possible in other.possible)
    return replace(decision, possible=tuple(replace(p, level=max(p.level, least)) for p in decision.possible))
