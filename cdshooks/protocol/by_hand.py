"""Drafts that no action can name, for they have no id or lie inside another resource: what is to be done by hand."""

from collections.abc import Iterable, Mapping

from cdshooks.chart.chart import Chart
from cdshooks.content.orders import Suggestion
from cdshooks.protocol.groups import INSIDE
from cdshooks.protocol.markdown import escaped, harmless
from cdshooks.reading.facts import Order

NO_ID = "/?"  # ends the reference of a draft that has no id


def drafts_named(chart: Chart, drugs: Iterable[str]) -> Mapping[str, Order]:
    """The judged drafts of some drugs that an action can name, by reference."""
    return {ref: draft for ref, draft in _drafts(chart, drugs) if not _nameless(ref)}


def left_by_hand(chart: Chart, suggestion: Suggestion) -> list[str]:
    """A sentence for each draft that a suggestion would remove or change, and cannot."""
    told = [("Remove", suggestion.remove), ("Change", suggestion.change)]
    found = [_says(verb, *each) for verb, drugs in told for each in _drafts(chart, drugs) if _nameless(each[0])]
    return list(dict.fromkeys(found))


def shown(draft: Order) -> str:
    return harmless(draft.shown or draft.label, 80)


def _drafts(chart: Chart, drugs: Iterable[str]) -> list[tuple[str, Order]]:
    return [(draft.ref, draft) for drug in drugs for draft in chart.drafts(drug)]


def _nameless(ref: str) -> bool:
    return ref.endswith(NO_ID) or INSIDE in ref


def _says(verb: str, ref: str, draft: Order) -> str:
    why = "it lies inside another resource" if INSIDE in ref else "it came without an id"
    return f"**By hand:** {verb} the draft {escaped(shown(draft))}: {why}, so that no suggestion can do it."
