"""What the cards would say if what is not understood were what it says: of these topics the answer must speak."""

from collections.abc import Iterable, Mapping, Sequence

from cdshooks.chart.chart import Chart
from cdshooks.chart.provided import Unread
from cdshooks.protocol.render import told_facts
from cdshooks.protocol.unreadable import held_up
from cdshooks.reading.facts import Result
from cdshooks.rules.answers import Answer
from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Decision, decide
from cdshooks.rules.explain import behind
from cdshooks.rules.verbs.results import Unusable


def in_doubt(decisions: Sequence[Decision], chart: Chart) -> list[Decision]:
    """Settled decisions that would be louder if a row that is not understood were what it says, asked once more so.

    Results that a card shows as unusable are told already. Most charts hold no doubt, and nothing is asked twice.
    """
    if not chart.has_doubts:
        return []
    replaced = {topic for d in decisions if d.fires for topic in d.card.replaces}
    told = _told(decisions)
    asked_again, found = chart.doubted(), []
    strange = _strange(chart) | (chart.unread_results() - told.keys())
    for decision in decisions:
        if decision.is_settled and decision.card.topic not in replaced:
            perhaps = decide(decision.card, asked_again)
            if decision.fires and strange.isdisjoint(perhaps.missing):
                continue  # what might make it louder says nothing, or a card shows it already
            level = _loudest(perhaps)
            if level > _loudest(decision) and not _is_told(perhaps.missing, level, told):
                found.append(perhaps)
    return found


def _strange(chart: Chart) -> set[str]:
    """The rows that may be ours, and the results of ours without a number of which nobody knows what they say."""
    return {doubt.ref for doubt in chart.doubts} | chart.unread_statuses()


def _is_told(refs: frozenset[str], level: Level, told: Mapping[str, Level]) -> bool:
    return bool(refs) and all(told.get(ref, Level.SILENT) >= level for ref in refs)


def in_what_came(undecided: Iterable[Decision], chart: Chart) -> list[Decision]:
    """Of the open decisions those that would come, for what stands in it, if the part that came were all."""
    undecided = list(undecided)
    as_if = chart.as_far_as_it_came() if undecided and chart.came_partly else None
    perhaps = [decide(each.card, as_if) for each in undecided] if as_if else []
    return [each for each in perhaps if each.fires and any(_came_in_part(fact, chart) for fact in told_facts(each))]


def _came_in_part(fact: object, chart: Chart) -> bool:
    ref, concept = getattr(fact, "ref", ""), getattr(fact, "concept", "")
    return bool(ref) and chart.came_in_part(ref, concept)


def _loudest(decision: Decision) -> Level:
    return max(possible.level for possible in decision.possible)


def loudness(undecided: Iterable[Decision], doubtful: Iterable[Decision], chart: Chart) -> Level:
    """How loud *Could not check* is: as its loudest topic, if the rows that are not understood are what they say, and
    those of which nobody can know what they are about are something else.

    Three things are information only. What was not sent: the sender can be asked for it, and else each call of a client
    that cannot answer one query would warn. A danger that hangs on the strength of a product that is not known: else
    each order of such a product would. And a number that cannot be used beside a card that speaks without it.
    """
    strange = {doubt.ref for doubt in chart.doubts}
    hidden = [decision for decision in undecided if not strange.isdisjoint(decision.missing)]
    may_be = _strange(chart)
    hidden += [d for d in doubtful if not may_be.isdisjoint(d.missing) or not decide(d.card, chart).fires]
    unread = [decision for decision in undecided if held_up(decision, chart)]
    if not hidden and not unread:
        return Level.INFO
    others = chart.taking_unread(Unread.NONE)
    perhaps = others.doubted(of_any_strength=False)
    found = [decide(decision.card, perhaps) for decision in hidden]
    found += [w for d in unread if (w := decide(d.card, others)).is_settled]
    return max((Level.INFO, *map(_loudest, found)))


def _asked(decision: Decision) -> Iterable[Answer]:
    """What a card asked itself, and of its classes the rows that hold: "one is there that cannot be used"."""
    yield from (answer for _, answer in decision.asked)
    for each in decision.table if decision.card.matrix else ():
        yield from (answer for _, answer in each.parts if answer and answer.holds)


def _told(decisions: Iterable[Decision]) -> dict[str, Level]:
    """The results that a card speaks of, and up to which level nothing more need be said of them: where it fires for
    one, its own; where it says that one cannot be used, any.
    """
    found: dict[str, Level] = {}
    firing = [decision for decision in decisions if decision.fires]
    for each in firing:
        for fact in behind(each):
            if isinstance(fact, Result):
                found[fact.ref] = max(_loudest(each), found.get(fact.ref, Level.SILENT))
    answers = [answer for each in firing for answer in _asked(each)]
    while answers:
        answer = answers.pop()
        answers += [part for part in answer.parts if isinstance(part, Answer)]
        if isinstance(answer.question, Unusable):
            found |= dict.fromkeys((fact.ref for fact in answer.seen), max(Level))
    return found
