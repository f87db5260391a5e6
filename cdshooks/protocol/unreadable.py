"""Rows of which nobody can know what they are about must not hush a card that speaks without them.

Such a row (an order with a number that is not known and no words, say) leaves each question open to which it could be
the answer. A card that is open for nothing else, and would speak if the row were none of its own, speaks as it does
where such a row may be one: "a prescription or dose is on record that could not be verified".
"""

from collections.abc import Sequence

from cdshooks.chart.chart import Chart
from cdshooks.chart.provided import Unread
from cdshooks.rules.decide import Decision, decide


def speaking(decisions: Sequence[Decision], chart: Chart) -> tuple[Decision, ...]:
    """The decisions, those that only such rows leave open decided once more."""
    if not any(held_up(decision, chart) for decision in decisions):
        return tuple(decisions)  # nearly every call
    none, perhaps_one = chart.taking_unread(Unread.NONE), chart.taking_unread(Unread.PERHAPS_ONE)
    return tuple(_all_the_same(d, none, perhaps_one) if held_up(d, chart) else d for d in decisions)


def held_up(decision: Decision, chart: Chart) -> bool:
    """Is it open for nothing but what nobody can know of rows that came?"""
    return not decision.is_settled and all(map(chart.is_all_there_is, decision.missing))


def _all_the_same(decision: Decision, none: Chart, perhaps_one: Chart) -> Decision:
    if not decide(decision.card, none).fires:
        return decision
    perhaps = decide(decision.card, perhaps_one)
    return perhaps if perhaps.fires else decision
