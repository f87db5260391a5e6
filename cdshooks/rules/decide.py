"""Decide one card for one chart: what is still possible, settled as soon as all that is possible says the same."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate

from cdshooks.chart.chart import Chart
from cdshooks.rules.answers import YES, Answer
from cdshooks.rules.asking import Situation, ask, leaves
from cdshooks.rules.cards import Card, Criterion, Level, Possible


@dataclass(slots=True)
class Decision:
    """How a card may come out, and what was asked on the way. One possibility: it is decided.

    Never changed once it is made; not frozen, which costs a function call for each field, in each card of each call.
    """

    card: Card
    possible: tuple[Possible, ...]
    asked: tuple = ()
    table: tuple = ()
    modified: tuple = ()
    missing: frozenset = frozenset()

    @property
    def is_settled(self) -> bool:
        """All that is still possible says the same: it is equally loud."""
        return len(self.possible) == 1 or len({p.level for p in self.possible}) == 1

    @property
    def fires(self) -> bool:
        """It comes out as a card, whatever else may come (how loud may still be open)."""
        return Level.SILENT not in {p.level for p in self.possible}

    @property
    def may_fire(self) -> bool:
        return {p.level for p in self.possible} != _SILENT

    @property
    def least(self) -> Possible:
        """Of what is possible the quietest, and of equals the last, which claims least: as much as is certain."""
        return min(reversed(self.possible), key=lambda p: p.level)


_SILENT = {Level.SILENT}


def decide(card: Card, chart: Chart) -> Decision:
    """How the card comes out; where the chart holds nothing that could make it speak, as it was found to be before."""
    sleep = card.asleep
    if sleep is None or chart.held is None:
        return decide_awake(card, chart)
    told = ask(sleep.situation, chart).told
    outcome = sleep.known.get(told)
    # Of 15 cards that look at somebody whom none concerns 14 sleep: 8 function calls each, where 13 to 165 were needed.
    if outcome and outcome.names.isdisjoint(chart.held):
        return Silent(card, outcome, chart)
    decision = decide_awake(card, chart)
    if outcome is None:
        sleep.learn(told, decision, chart.held)
    return decision


# --- what needs no deciding -----------------------------------------------------------------------------------------


class Outcome:
    """That a card is silent in one situation, and the concepts whose rows could change that. Of content alone."""

    __slots__ = ("names", "possible", "reason")

    def __init__(self, possible: tuple[Possible, ...], names: frozenset[str]):
        self.possible, self.names = possible, names
        self.reason: object = self  # why it could not be told (rules/doubt); itself until somebody asks


class Sleep:
    """When a card need not be decided: in this situation a criterion silenced it, and no row of the chart concerns it.

    What is kept says no more of a patient than that somebody was, for instance, an adult: the yes or no of questions.
    """

    MOST = 500  # situations, of some 200 bytes each; our cards know 40

    def __init__(self, card: Card, situation: Situation):
        self.situation = situation
        self.known: dict[tuple, Outcome] = {}
        # Up to each criterion, for those behind the one that silences are not asked.
        self._names = tuple(accumulate(map(_waking, card.criteria), frozenset.union))

    def learn(self, told: tuple, decision: Decision, held: frozenset[str]) -> None:
        if decision.may_fire or decision.table:
            return
        names = self._names[len(decision.asked) - 1]
        if names.isdisjoint(held):
            if len(self.known) >= self.MOST:
                self.known.clear()
            self.known[told] = Outcome(decision.possible, names)


def _waking(criterion: Criterion) -> frozenset[str]:
    return frozenset().union(*(leaf.wakes() or () for leaf in leaves([criterion.question])))


class Silent(Decision):
    """The decision of a card that sleeps: what was asked on the way is asked when somebody wants to know it."""

    __slots__ = ("_chart", "outcome")

    is_settled, fires, may_fire = True, False, False
    table = modified = ()
    missing = frozenset()

    def __init__(self, card: Card, outcome: Outcome, chart: Chart):
        self.card, self.outcome, self._chart = card, outcome, chart
        self.possible = outcome.possible

    @property
    def asked(self) -> tuple:
        return self.awake().asked

    def awake(self) -> Decision:
        """The same, decided question by question."""
        return decide_awake(self.card, self._chart)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.possible == other.possible and _awake(self) == _awake(other)

    __hash__ = None


def _awake(decision: Decision) -> Decision:
    return decision.awake() if isinstance(decision, Silent) else decision


def let_sleep(cards: Iterable[Card]) -> None:
    """Say of each card what wakes it; once, when its questions are answered beforehand."""
    cards = tuple(cards)
    about = [leaf for leaf in leaves(c.question for card in cards for c in card.criteria) if leaf.wakes() is None]
    situation = Situation(tuple(about))
    for card in cards:
        object.__setattr__(card, "asleep", Sleep(card, situation))  # as of questions, and before anybody asks


# --- question by question -------------------------------------------------------------------------------------------


def decide_awake(card: Card, chart: Chart) -> Decision:
    """Ask the criteria in order, stop at the first that silences the card; then the table, then the modifiers."""
    asked: list = []
    open_by: list[str] = []
    missing: set[str] = set()
    for criterion in card.criteria:
        answer = ask(criterion.question, chart)
        asked.append((criterion, answer))
        verdict = criterion.verdict(answer.can)
        if verdict is False:
            return Decision(card, (Possible(Level.SILENT, "", criterion.id),), tuple(asked))
        if verdict is None:
            open_by.append(criterion.id)
            missing |= answer.missing
    outcomes, table, lacking = _by_matrix(card, chart) if card.matrix else _by_rows(card, chart)
    outcomes, modified, lacking_too = _modify(card, chart, outcomes)
    possible = [p for p, _ in outcomes]
    if open_by and any(p.level is not Level.SILENT for p in possible):
        possible.append(Possible(Level.SILENT, "", open_by[0]))
    missing |= lacking | lacking_too
    decision = Decision(card, _distinct(possible), tuple(asked), table, modified)
    return decision if decision.is_settled else replace(decision, missing=frozenset(missing))


def _distinct(possible: list[Possible]) -> tuple[Possible, ...]:
    """Each possibility once; silent is silent, whatever decided it."""
    silent = [p for p in possible if p.level is Level.SILENT][:1]
    return tuple(dict.fromkeys([p for p in possible if p.level is not Level.SILENT] + silent))


def _by_rows(card: Card, chart: Chart):
    """The first row that holds; a row that may still hold leaves open what the rows below it say."""
    found, table, missing = [], [], set()
    for row in card.rows:
        answer = ask(row.question, chart) if row.question else None
        table.append((row, answer))
        if answer is None or answer.can & YES:
            found.append((Possible(row.level, row.text, row.id), ""))
        if answer is None or answer.can == YES:
            return found, tuple(table), missing
        if answer.can & YES:
            missing |= answer.missing
    return [*found, (Possible(Level.SILENT, "", "no row holds"), "")], tuple(table), missing


def _by_matrix(card: Card, chart: Chart):
    matrix = card.matrix
    down, across = ask(matrix.down, chart), ask(matrix.across, chart)
    found = []
    for row in down.classes:
        for column in across.classes:
            level = matrix.cells.get((row, column), Level.SILENT)
            text = matrix.texts.get(column, "") if level else ""
            found.append((Possible(level, text, f"{row}.{column}"), column))
    return found, (down, across), set(down.missing | across.missing)


def _modify(card: Card, chart: Chart, outcomes: list):
    """Each modifier in order, on what is left; one that may hold leaves both open."""
    modified: list[tuple[object, Answer]] = []
    missing: set[str] = set()
    for modifier in card.modifiers:
        if all(p.level is Level.SILENT for p, _ in outcomes):
            break
        answer = ask(modifier.question, chart)
        modified.append((modifier, answer))
        if not answer.can & YES or (answer.can != YES and not modifier.lowers):
            continue  # a paragraph that changes no level is said only where it surely holds
        applied = [(modifier.apply(p, column), column) for p, column in outcomes]
        outcomes = applied if answer.can == YES else list(dict.fromkeys([*outcomes, *applied]))
        missing |= answer.missing
    return outcomes, tuple(modified), missing
