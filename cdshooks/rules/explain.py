"""A decision in words: what was asked, answered and seen, read off the answers and never kept by hand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cdshooks.rules.answers import NO, UNSURE, YES, Answer, Classed, Reason
from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Decision
from cdshooks.rules.logic import And, Or, Turned, TwoOf
from cdshooks.rules.verbs.notion import NotionIs

SHOWN_FACTS = 4
TOGETHER = {And: "all of these", Or: "one of these", TwoOf: "two of these"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a trace: how deep, the verdict, the sentence, what was seen, and in which resources."""

    depth: int
    verdict: str
    says: str
    saw: str = ""
    refs: tuple[str, ...] = ()


def explain(decision: Decision) -> list[Line]:
    """The whole trace of one card."""
    lines: list[Line] = []
    for criterion, answer in decision.asked:
        lines += _criterion(criterion, answer)
    lines += _table(decision)
    for modifier, answer in decision.modified:
        lines += _said(modifier.say, answer, 0)
    if decision.missing:
        lines.append(Line(0, "open", "what could not be checked", ", ".join(sorted(decision.missing))))
    return lines


def outcome(decision: Decision) -> str:
    """How it came out: a level, or the levels still possible."""
    words = [p.level.word for p in decision.possible]
    return words[0] if decision.is_settled else "cannot tell yet: " + " or ".join(dict.fromkeys(words))


def _criterion(criterion, answer: Answer) -> list[Line]:
    said = f"unless: {criterion.say}" if criterion.unless else criterion.say
    return _said(said, answer, 0)


def _said(say: str, answer: Answer, depth: int) -> list[Line]:
    """A sentence with its verdict; where the question has parts, these stand below it."""
    inner = _opened(answer)
    if isinstance(inner.question, Turned):
        return [Line(depth, inner.word, say, _reason(inner)), *_turned(inner, depth + 1)]
    if isinstance(inner.question, And | Or | TwoOf):
        return [Line(depth, inner.word, say, _reason(inner)), *_parts(inner, depth + 1)]
    if isinstance(inner.question, NotionIs):
        return [Line(depth, inner.word, say, _reason(inner)), *_below(inner, depth + 1)]
    return [Line(depth, inner.word, say, saw(inner), refs(inner))]


def _opened(answer: Answer) -> Answer:
    """Past the wrappers that repeat the answer of a notion without classes."""
    while len(answer.parts) == 1 and isinstance(answer.parts[0], Answer):
        inner = answer.parts[0]
        if inner.can != answer.can or isinstance(answer.question, And | Or | TwoOf | Turned):
            break
        answer = inner
    return answer


def _parts(answer: Answer, depth: int) -> list[Line]:
    return [line for part in answer.parts for line in _part(part, depth)]


def _part(answer: Answer, depth: int) -> list[Line]:
    question = answer.question
    if isinstance(question, NotionIs):
        notion = question.notion
        words = f" is {' or '.join(question.classes)}" if question.classes else ""
        if question.classes:
            return [Line(depth, answer.word, f"{notion.say}{words}", _reason(answer)), *_below(answer, depth + 1)]
        return _said(notion.say, answer.parts[0], depth)
    if isinstance(question, And | Or | TwoOf):
        return _parts(answer, depth)
    if isinstance(question, Turned):
        return _turned(answer, depth)
    return [Line(depth, answer.word, question.words(), saw(answer), refs(answer))]


def _turned(answer: Answer, depth: int) -> list[Line]:
    """`not`, `surely` or `possibly` before what it turns; of several parts it stands on a line of its own."""
    form, inner = answer.question.form, answer.parts[0]
    together = next((words for kind, words in TOGETHER.items() if isinstance(inner.question, kind)), None)
    if together:
        return [Line(depth, answer.word, f"{form}: {together}"), *_parts(inner, depth + 1)]
    first, *rest = _part(inner, depth)
    return [Line(first.depth, answer.word, f"{form}: {first.says}", first.saw, first.refs), *rest]


def _below(answer: Answer, depth: int) -> list[Line]:
    inner = answer.parts[0]
    return _classed(inner, depth) if isinstance(inner, Classed) else _part(inner, depth)


def _classed(answer: Classed, depth: int) -> list[Line]:
    lines = []
    for row, asked in answer.parts:
        if asked is None:
            lines.append(Line(depth, "else", row.say))
        else:
            lines += _said(row.say, asked, depth)
    return lines


def _table(decision: Decision) -> list[Line]:
    if not decision.table:
        return []
    if not decision.card.matrix:
        return [line for row, answer in decision.table for line in _row(row, answer)]
    down, across = decision.table
    lines = []
    for answer in (down, across):
        lines.append(Line(0, "class", answer.question.say, " or ".join(answer.classes)))
        lines += _classed(answer, 1)
    cells = decision.card.matrix.cells
    for row in down.classes:
        for column in across.classes:
            level = cells.get((row, column), Level.SILENT)
            lines.append(Line(0, "matrix", f"{row} x {column}", level.word))
    return lines


def _row(row, answer: Answer | None) -> list[Line]:
    return [Line(0, "else", row.say, row.level.word)] if answer is None else _said(row.say, answer, 0)


# --- what was seen ------------------------------------------------------------------------------------------------


def saw(answer: Answer) -> str:
    """What a question saw, and why it cannot be told where it cannot."""
    facts = [fact if isinstance(fact, str) else fact.describe() for fact in answer.seen[:SHOWN_FACTS]]
    more = f" and {len(answer.seen) - SHOWN_FACTS} more" if len(answer.seen) > SHOWN_FACTS else ""
    reason = _reason(answer)
    told = "; ".join(facts) + more
    if told and reason:
        return f"{told} ({reason})"
    return told or reason or getattr(answer.question, "NOTHING", "nothing of that kind is recorded")


def refs(answer: Answer) -> tuple[str, ...]:
    """The resources behind what a question shows that it saw."""
    return tuple(dict.fromkeys(fact.ref for fact in answer.seen[:SHOWN_FACTS] if hasattr(fact, "ref")))


def _reason(answer: Answer) -> str:
    if answer.missing:
        return f"{Reason.NOT_PROVIDED}: {', '.join(sorted(answer.missing))}"
    return str(answer.reason) if answer.can == UNSURE and answer.reason else ""


def facts(answers: Iterable, wanted: int = YES) -> Iterator:
    """The facts behind answers, each once; of an `or` those of the parts that hold."""
    seen: dict[int, object] = {}
    for answer in answers:
        _facts(answer, wanted, seen)
    return iter(seen.values())


def behind(decision: Decision) -> Iterator:
    """The facts behind the criteria that hold, and behind the row or the cell that decided."""
    answers = [answer for criterion, answer in decision.asked if not criterion.unless]
    answers += decision.table if decision.card.matrix else [answer for _, answer in decision.table[-1:]]
    return facts(answers)


def deciding(decision: Decision) -> str:
    """The signed sentence that decided: of a silent card what silenced it, of a matrix those of row and column."""
    table, by = decision.table, decision.least.by
    silenced = next((criterion for criterion, _ in decision.asked if criterion.id == by), None)
    if silenced:
        return silenced.say if silenced.unless else f"Not: {silenced.say}"
    if decision.card.matrix:
        return "; ".join(
            next(row.say for row, _ in classed.parts if row.name == classed.classes[-1]) for classed in table
        )
    return next((row.say for row, _ in table if row.id == by), by)


def _facts(answer, wanted: int, seen: dict[int, object]) -> None:
    """Adds those of an answer to what was seen, by identity; of classes those of the row that decided."""
    if answer is None:
        return
    if answer.__class__ is Classed:
        for _, asked in answer.parts[-1:]:
            _facts(asked, YES, seen)
    elif answer.parts:
        turned = answer.question.__class__ is Turned and answer.question.form == "not"
        for part in answer.parts:
            asleep = part.question.asleep
            # What was answered beforehand saw nothing of anybody: two thirds of what would be gone through.
            if asleep is None or part is not asleep.answer:
                _facts(part, NO if turned and wanted == YES else wanted, seen)
    elif answer.can & (wanted | UNSURE):
        for fact in answer.seen:
            seen.setdefault(id(fact), fact)
