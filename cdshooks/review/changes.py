"""How a question can be changed a little: every small change of one of its parts, with the words that tell it."""

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import get_args

from cdshooks.chart.chart import Chart
from cdshooks.rules.answers import NO, YES, Answer
from cdshooks.rules.asking import Question
from cdshooks.rules.logic import And, Or, Turned, TwoOf
from cdshooks.rules.words import COMPARISONS, Comparison, Window

Path = tuple[tuple[str, int | None], ...]

TURNED = {"below": "at least", "at least": "below", "at most": "above", "above": "at most"}
INCLUSIVE = {"below": "at most", "at most": "below", "at least": "above", "above": "at least"}
# A window that a verb must have cannot be left out; then it reaches back further than any record.
NO_LIMIT = {"days": 36525, "months": 1200}


@dataclass(frozen=True)
class Always(Question):
    """A question whose answer is fixed."""

    can: int

    def needs(self) -> tuple:
        return ()

    def ask(self, chart: Chart) -> Answer:
        return Answer(self.can, self)

    def words(self) -> str:
        return "always yes" if self.can == YES else "always no"


@dataclass(frozen=True)
class Change:
    """A question changed in one place: the words, the part that is asked before and after, and the whole after."""

    says: str
    before: object
    after: object
    whole: object


def changes(question, only_yes: bool = False) -> Iterator[Change]:
    """Every small change of a question: of itself, and of each of its parts down to clauses and numbers.

    Where only yes counts, a `surely` that is not inside another such word is there for the reader: it is not tried
    without it, because "no" instead of "cannot tell" comes to the same.
    """
    for path, part in places(question):
        around = [at(question, path[:n]) for n in range(len(path) + 1)]
        inside = _asked_by_itself(around)
        for changed, says in [*_fixed(question, path, part), *_variants(part, around[inside])]:
            if only_yes and _is_surely(part) and changed is part.question and not any(map(_turns, around[:-1])):
                continue
            whole = put(question, path, changed)
            if whole.words() == question.words():
                continue  # what the words do not tell, such as the window of an inner question, no author can change
            yield Change(says, around[inside], at(whole, path[:inside]), whole)


def _asked_by_itself(around: list) -> int:
    """How deep the innermost question lies that is asked; one in a clause is what another is compared with."""
    asking = [hasattr(outer, "ask") for outer in around]
    return max(n for n in range(len(asking)) if asking[n] and all(asking[:n]))


def _is_surely(part) -> bool:
    return _turns(part) and part.form == "surely"


def _turns(part) -> bool:
    return isinstance(part, Turned)


# --- walking a tree of frozen dataclasses -----------------------------------------------------------------------


def is_part(value: object) -> bool:
    """Questions, clauses and comparisons are parts: frozen, and able to say their own words."""
    return is_dataclass(value) and callable(getattr(value, "words", None))


def places(part, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every part of a question with the way to it, the question itself first."""
    yield path, part
    for field in fields(part):
        value = getattr(part, field.name)
        if is_part(value):
            yield from places(value, (*path, (field.name, None)))
        for index, inner in enumerate(value if isinstance(value, tuple) else ()):
            if is_part(inner):
                yield from places(inner, (*path, (field.name, index)))


def at(whole, path: Path):
    """What stands at this place."""
    for name, index in path:
        whole = getattr(whole, name) if index is None else getattr(whole, name)[index]
    return whole


def put(whole, path: Path, part):
    """The same whole, with another part at this place."""
    if not path:
        return part
    (name, index), rest = path[0], path[1:]
    old = getattr(whole, name)
    if index is None:
        return replace(whole, **{name: put(old, rest, part)})
    return replace(whole, **{name: (*old[:index], put(old[index], rest, part), *old[index + 1 :])})


# --- the changes ------------------------------------------------------------------------------------------------


def _fixed(question, path: Path, part) -> Iterator[tuple[object, str]]:
    """Always yes and always no; but not where that comes to the same as fixing the question around it."""
    around = at(question, path[:-1]) if path else None
    if not hasattr(part, "ask") or isinstance(around, Turned) or (path and not hasattr(around, "ask")):
        return
    if not isinstance(around, Or):
        yield Always(YES), f"'{part.words()}' were always yes" if path else "always held"
    if not isinstance(around, And):
        yield Always(NO), f"'{part.words()}' were always no" if path else "never held"


def _variants(part, asked) -> Iterator[tuple[object, str]]:
    for way in (_joined, _turned, _word, _amount, _whole_numbers, _classes, _clauses):
        for changed, says in way(part):
            yield changed, f"{says} in '{asked.words()}'"


def _joined(part) -> Iterator[tuple[object, str]]:
    if isinstance(part, And):
        yield Or(part.questions), "'and' were 'or'"
    if isinstance(part, Or):
        yield And(part.questions), "'or' were 'and'"
    if isinstance(part, TwoOf):
        yield Or(part.questions), "'two of' were 'one of'"
        yield And(part.questions), "'two of' were 'all of'"


def _turned(part) -> Iterator[tuple[object, str]]:
    if not isinstance(part, Turned):
        return
    yield part.question, f"'{part.form}' were missing"
    other = {"surely": "possibly", "possibly": "surely"}.get(part.form)
    if other:
        yield replace(part, form=other), f"'{part.form}' were '{other}'"


def _word(part) -> Iterator[tuple[object, str]]:
    """The direction of a comparison turned, and its border put on the other side."""
    word = getattr(part, "word", None)
    if word in COMPARISONS:
        for other in (TURNED[word], INCLUSIVE[word]):
            yield replace(part, word=other), f"'{word}' were '{other}'"


def _amount(part) -> Iterator[tuple[object, str]]:
    """The number of a comparison a little down and a little up."""
    if not hasattr(part, "number") or not hasattr(part, "limit"):
        return
    number = Decimal(part.number)
    for other in nudged(number):
        changed = replace(part, number=f"{other:f}", limit=part.limit * other / number)
        yield changed, f"'{part.words()}' were '{changed.words()}'"


def nudged(number: Decimal) -> tuple[Decimal, ...]:
    """A number one step down and one up: the last place that is written, but at most a tenth of the number.

    >>> [str(n) for n in nudged(Decimal("8.0")) + nudged(Decimal("1")) + nudged(Decimal("365"))]
    ['7.9', '8.1', '0.9', '1.1', '364', '366']
    """
    if not number:
        return ()
    step = Decimal(1).scaleb(min(number.as_tuple().exponent, number.adjusted() - 1, 0))
    return number - step, number + step


def _whole_numbers(part) -> Iterator[tuple[object, str]]:
    """Each window by one day (month, year) shorter and longer, and dropped."""
    for field in fields(part):
        value = getattr(part, field.name)
        if type(value) is not int or isinstance(part, Always):
            continue
        unit = getattr(part, "unit", field.name)
        for other in (value - 1, value + 1):
            yield replace(part, **{field.name: other}), f"'{value} {unit}' were '{other} {unit}'"
        if unit in NO_LIMIT and (hasattr(part, "ask") or hasattr(part, "unit")):
            dropped = None if _may_be_missing(field) else NO_LIMIT[unit]
            yield replace(part, **{field.name: dropped}), f"'{value} {unit}' were no limit"


def _may_be_missing(field: Field) -> bool:
    return type(None) in get_args(field.type)


def _classes(part) -> Iterator[tuple[object, str]]:
    classes = getattr(part, "classes", ())
    for gone in classes if len(classes) > 1 else ():
        yield replace(part, classes=tuple(c for c in classes if c != gone)), f"'{gone}' were missing"


def _clauses(part) -> Iterator[tuple[object, str]]:
    """Each clause left out: a part that is not a question of its own, where there need not be one."""
    for field in fields(part):
        value = getattr(part, field.name)
        for index, inner in enumerate(value if isinstance(value, tuple) else ()):
            if is_part(inner) and not hasattr(inner, "ask"):
                left = (*value[:index], *value[index + 1 :])
                yield replace(part, **{field.name: left}), f"'{inner.words().strip()}' were missing"
        # A comparison is what is asked, and a window has been dropped with its number.
        if is_part(value) and _may_be_missing(field) and not isinstance(value, Comparison | Window):
            yield replace(part, **{field.name: None}), f"'{value.words().strip()}' were missing"
