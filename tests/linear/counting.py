"""How much work a call is: lines that run, and comparisons of what came, which C code makes where no line shows them."""

import math
import sys
from collections.abc import Callable


class Work:
    """The count; one at a time, for the types below report to it."""

    done = 0


class Text(str):
    __slots__ = ()

    def __eq__(self, other):
        Work.done += 1
        return str.__eq__(self, other)

    def __ne__(self, other):
        Work.done += 1
        return str.__ne__(self, other)

    __hash__ = str.__hash__


class Thing(dict):
    def __eq__(self, other):
        Work.done += 1
        return dict.__eq__(self, other)

    def __ne__(self, other):
        Work.done += 1
        return dict.__ne__(self, other)

    __hash__ = None


def counted(value: object) -> object:
    """The same JSON, made of texts and objects that tell when they are compared."""
    if isinstance(value, dict):
        return Thing({key: counted(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return [counted(inner) for inner in value]
    return Text(value) if type(value) is str else value


def work(call: Callable[[], object]) -> int:
    """Lines and comparisons that a call takes."""
    Work.done = 0

    def trace(_frame, _event, _argument):
        Work.done += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return Work.done


def exponent(sizes: tuple[int, int, int], counts: list[int]) -> float:
    """With which power of its size the work grows; each size is twice the one before, and what is constant cancels out.

    Work that does not grow at all, because nobody looks at it, has the power 0.
    """
    first, second = counts[1] - counts[0], counts[2] - counts[1]
    if second <= sizes[2] - sizes[1]:  # less than one step for each thing that was added
        return 0.0
    return math.log2(second / max(first, 1))
