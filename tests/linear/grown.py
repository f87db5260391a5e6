"""Real calls that grow at random: any lists and texts of the example requests made longer, one or several at once.

`python -m tests.linear.grown SEED NUMBER` tries so many, and prints those whose work grows more than their size;
`python -m tests.linear.grown` every two lists of a row.
"""

import copy
import json
import math
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import combinations
from random import Random

from cdshooks.ehr.shelf import request_names
from cdshooks.errors import BadRequest
from cdshooks.terms.codes import CodeIndex
from cdshooks.terms.remembered import Remembered
from tests.linear.calls import SERVICES, answer, body
from tests.linear.counting import counted, work
from tests.linear.shapes import KINDS, resource
from tests.serving import fixture
from tests.shipped import LIBRARY

# Where some type points to something else, any number of times.
POINTING = (
    "reasonReference", "usedReference", "used", "complicationDetail", "supportingInformation", "hasMember", "derivedFrom",
    "basedOn", "partOf", "evidence", "diagnosis", "replaces", "performer", "note",
)  # fmt: skip
EVERYTHING = "everything: "
FEW, MANY = 6, 24  # copies at first: of lists that lie in each other, and of others
MOST = 1.3  # with which power of the size work may grow; of n squared, beside a share that is linear, at least 1.4
SEPARATORS = (" ", ", ", ". ", "; ", "\n", "(", "no ", "1 ", "")
COPIES = ("alike", "own")  # copies are alike, or each has names of its own; what points to another points to its own
NAMING = ("id", "reference", "fullUrl")
_IN_ROW = ("prefetch", "key", "entry", 0, "resource")
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Growth:
    """What is made longer in a request, and how."""

    name: str
    places: tuple[Path, ...]
    kind: str
    separator: str

    @property
    def is_nested(self) -> bool:
        return any(a != b and b[: len(a)] == a for a in self.places for b in self.places)

    def of(self, copies: int) -> dict:
        """The request with so many copies of what stands at each place; what lies in another grows before that."""
        grown = request(self.name)
        for *inside, last in sorted(self.places, key=len, reverse=True):
            around = _at(grown, inside)
            around[last] = self._longer(around[last], copies)
        return grown

    def _longer(self, value: list | str, copies: int) -> list | str:
        if isinstance(value, str):
            return (value + self.separator) * copies * 4
        return value + [_copy(value[n % len(value)], n if self.kind == "own" else None) for n in range(copies)]

    def power(self) -> float:
        """With which power of the size the work grows; the lesser of two, for a bound that is passed is a step once."""
        first = FEW if self.is_nested else MANY
        sent = [self.of(first << doubled) for doubled in range(4)]
        _answer(sent[0])  # what is made once is made
        counts, sizes = [_work(one) for one in sent], [len(json.dumps(one)) for one in sent]
        return min(_power(sizes[at:], counts[at:]) for at in (0, 1))


def _power(sizes: list[int], counts: list[int]) -> float:
    """Of the first three."""
    less, more = counts[1] - counts[0], counts[2] - counts[1]
    # Where a thing that is added takes less than a step, nobody looks at it.
    if less <= 0 or more <= (sizes[2] - sizes[1]) / 100:
        return 0.0
    return math.log(more / less) / math.log((sizes[2] - sizes[1]) / (sizes[1] - sizes[0]))


def _work(sent: dict) -> int:
    """Steps of a call of which nothing is remembered: whether something is short enough to be would look like growth."""
    indexes = (each for each in vars(LIBRARY.concepts).values() if isinstance(each, CodeIndex))
    for held in (each for index in indexes for each in vars(index).values() if isinstance(each, Remembered)):
        held._values.clear()
    return work(lambda: _answer(counted(sent)))


def _answer(sent: dict) -> None:
    with suppress(BadRequest):  # an id of a thousand characters
        answer(sent)


def request(name: str) -> dict:
    """An example request, or one of a hook with a row of every type, which points to all that it can and holds something."""
    if not name.startswith(EVERYTHING):
        return json.loads(fixture(name))
    holding = {"contained": [{"resourceType": "Device", "id": "d"}]} | {each: [{"reference": "#none"}] for each in POINTING}
    rows = [resource(kind, number) | holding for kind in KINDS for number in (1, 2)]
    return body(name.removeprefix(EVERYTHING), rows, [resource("MedicationRequest", 3) | holding])


def growths(seed: int, number: int) -> Iterator[Growth]:
    """So many of them, by chance; the same for a seed."""
    random, rich = Random(seed), [EVERYTHING + hook for hook in SERVICES]
    names = [name for name in request_names() if request(name)["hook"] in SERVICES]
    for _ in range(number):
        name = random.choice(names if random.random() < 0.5 else rich)
        sent = request(name)
        lists, texts = list(_places(sent, list)), list(_places(sent, str))
        chosen = [random.choice(texts if random.random() < 0.2 else lists)]
        # What points to what mostly stands in one row.
        near = [place for place in lists if place[: len(_IN_ROW)] == chosen[0][: len(_IN_ROW)]] or lists
        chosen += [random.choice(near if random.random() < 0.8 else lists) for _ in range(random.choice((0, 1, 1, 2)))]
        yield Growth(name, tuple(dict.fromkeys(chosen)), random.choice(COPIES), random.choice(SEPARATORS))


def in_rows(one: str | None = None) -> Iterator[Growth]:
    """Two lists of a row, whatever type it is of: every two, or those of which one has this name."""
    for hook in ("patient-view", "order-sign"):
        lists = [place for place in _places(request(EVERYTHING + hook), list) if len(place) == len(_IN_ROW) + 1]
        for a, b in combinations(lists, 2):
            if a[:-1] == b[:-1] and a[3] != 1 and (one is None or one in (a[-1], b[-1])):
                yield Growth(EVERYTHING + hook, (a, b), "own", "")


def _places(value: object, kind: type, path: Path = ()) -> Iterator[Path]:
    """Where lists that hold something, or texts, stand in the context and the prefetch."""
    if isinstance(value, kind) and value and path[:1] not in ((), ("hook",), ("hookInstance",)):
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for at, each in inner:
        yield from _places(each, kind, (*path, at))


def _at(value, path: Path):
    for each in path:
        value = value[each]
    return value


def _copy(value: object, number: int | None) -> object:
    if number is None:
        return copy.deepcopy(value)
    if isinstance(value, dict):
        return {k: f"{v}-{number}" if k in NAMING and isinstance(v, str) else _copy(v, number) for k, v in value.items()}
    return [_copy(each, number) for each in value] if isinstance(value, list) else value


def main(seed: int | None = None, number: int = 0) -> None:
    tried = 0
    for tried, growth in enumerate(in_rows() if seed is None else growths(seed, number), 1):  # noqa: B007
        if (power := growth.power()) >= MOST:
            print(f"{power:.2f} {growth}", flush=True)
    print(f"{tried} were tried")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
