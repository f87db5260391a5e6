"""Rows of which nobody can know what they are about must not hush a card that speaks without them.

Such a row (an order with a number that is not known and no words, say) leaves each question open to which it could be
the answer. A card that is open for nothing else, and would speak if the row were none of its own, speaks as it does
where such a row may be one: "a prescription or dose is on record that could not be verified".
"""

from collections.abc import Iterable, Iterator

from cdshooks.chart.chart import Chart
from cdshooks.chart.provided import Unread
from cdshooks.rules.decide import Decision, decide


def speaking(decisions: Iterable[Decision], chart: Chart) -> Iterator[Decision]:
    """The decisions, those that only such rows leave open decided once more."""
    for decision in decisions:
        yield _all_the_same(decision, chart) if held_up(decision, chart) else decision


def held_up(decision: Decision, chart: Chart) -> bool:
    """Is it open for nothing but what nobody can know of rows that came?"""
    return not decision.is_settled and all(map(chart.is_all_there_is, decision.missing))


def without(decision: Decision, chart: Chart) -> Decision:
    """The same card, if those rows were none of its own."""
    return decide(decision.card, chart.taking_unread(Unread.NONE))


def _all_the_same(decision: Decision, chart: Chart) -> Decision:
    if not without(decision, chart).fires:
        return decision
    perhaps = decide(decision.card, chart.taking_unread(Unread.PERHAPS_ONE))
    return perhaps if perhaps.fires else decision
