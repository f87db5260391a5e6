"""What all verbs share: how an incomplete source widens what is still possible."""

from collections.abc import Callable, Iterable

from cdshooks.chart.chart import Chart, Coverage, Need
from cdshooks.rules.answers import ANY, NO, OR, UNSURE, YES, Answer, Reason

NOTHING_MISSING: frozenset[str] = frozenset()


def incomplete(chart: Chart, needs: Iterable[Need] | Callable[[], Iterable[Need]]) -> frozenset[str]:
    """The sources that were not provided, or only in part."""
    if chart.has_everything:
        return NOTHING_MISSING
    wanted = needs() if callable(needs) else needs
    return frozenset(need.source for need in wanted if chart.coverage(need.source) is not Coverage.COMPLETE)


def exists(question, chart: Chart, bits: int, seen: Iterable, reason: Reason | None = None) -> Answer:
    """An answer to "is there one?": what is there stays there, what is not there may still come."""
    seen = tuple(seen)
    if chart.doubting and bits not in (YES, NO, UNSURE):
        return Answer(bits, question, seen, Reason.NOT_UNDERSTOOD, missing=doubtful(seen))
    missing = frozenset() if bits == YES else incomplete(chart, question.needs)
    if missing:
        may_be_unsure = UNSURE if getattr(question, "may_be_unsure", False) else 0
        return Answer(bits | YES | may_be_unsure, question, tuple(seen), Reason.NOT_PROVIDED, missing=missing)
    if bits == NO and (perhaps := chart.perhaps_one(question.concept.name, (n.source for n in question.needs()))):
        return Answer(UNSURE, question, perhaps, Reason.NOT_UNDERSTOOD)
    if bits == UNSURE:
        reason = reason or Reason.NOT_UNDERSTOOD
    return Answer(bits, question, tuple(seen), reason if bits == UNSURE else None)


def unknown(question, chart: Chart, seen: Iterable = ()) -> Answer | None:
    """An answer to "which is the latest?" while a source is incomplete: anything may still come."""
    missing = incomplete(chart, question.needs)
    return Answer(ANY, question, tuple(seen), Reason.NOT_PROVIDED, missing=missing) if missing else None


def possibly_one(fact, chart: Chart) -> int:
    """Is this fact what is asked for? One that is not understood cannot be told; asked in doubt, it may be anything."""
    if not fact.doubt:
        return YES
    return ANY if chart.doubting else UNSURE


def doubtful(facts: Iterable) -> frozenset[str]:
    """The rows among these that are not understood."""
    return frozenset(fact.ref for fact in facts if getattr(fact, "doubt", ""))


def any_of(bits: Iterable[int]) -> int:
    """Yes if one is yes, else cannot tell if one cannot be told, else no; the same of sets of these."""
    found = NO
    for each in set(bits):
        found = OR[found][each]
    return found


def yes_or_no(value: bool) -> int:
    return YES if value else NO


def told(value: bool | None) -> int:
    return UNSURE if value is None else yes_or_no(value)
