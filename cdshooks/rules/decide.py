"""Decide one card for one chart: what is still possible, settled as soon as all that is possible says the same."""

from dataclasses import dataclass, replace

from cdshooks.chart.chart import Chart
from cdshooks.rules.answers import YES, Answer
from cdshooks.rules.asking import ask
from cdshooks.rules.cards import Card, Level, Possible


@dataclass(frozen=True, slots=True)
class Decision:
    """How a card may come out, and what was asked on the way. One possibility: it is decided."""

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
    decision = Decision(card, _distinct(possible), tuple(asked), table, modified, frozenset(missing))
    return replace(decision, missing=frozenset()) if decision.is_settled else decision


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
