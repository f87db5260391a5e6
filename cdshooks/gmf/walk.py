"""A person's walk through a module, from birth to the end of the story."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from cdshooks.gmf.logic import holds, only_grows
from cdshooks.gmf.module import Module
from cdshooks.gmf.person import Person
from cdshooks.gmf.states import ACTS

STEP = timedelta(days=7)  # how often a Guard is asked
LONGEST = 10_000  # states in one life: a module that goes in circles without a Delay ends here


def walk(module: Module, person: Person) -> Person:
    """From `Initial` until a Terminal, death, or the end of the time that is told."""
    name = "Initial"
    for _ in range(LONGEST):
        state = module.states[name]
        if state["type"] == "Guard" and not _let_through(state["allow"], person):
            break
        before = person.now
        ACTS[state["type"]](name, state, person)
        if person.now > person.end or (person.death and person.death <= person.now):
            _take_back(person, before)
            break
        person.visited[name] = person.now
        if state["type"] == "Terminal":
            break
        name = following(state, person)
    return person


def _take_back(person: Person, before: datetime) -> None:
    """What would only happen after the end is not in the record."""
    limit = min(person.end, person.death or person.end)
    person.entries = [entry for entry in person.entries if entry.start <= limit]
    person.now = before


def _let_through(allow: Mapping, person: Person) -> bool:
    """Waits until it holds, as Synthea does in whole weeks. False: it never comes to pass."""
    begun, last = person.now, (person.end - person.now) // STEP
    weeks = range(last + 1)
    if only_grows(allow):  # then the first week in which it holds is found by halving, not by living through them
        weeks = weeks[bisect_left(weeks, True, key=lambda week: _holds_in(week, allow, person, begun)) :]
    return any(_holds_in(week, allow, person, begun) for week in weeks)  # leaves the person in that week


def _holds_in(week: int, allow: Mapping, person: Person, begun: datetime) -> bool:
    person.now = begun + week * STEP
    return holds(allow, person)


def following(state: Mapping, person: Person) -> str:
    """The next state; where no condition holds the last one, as in Synthea."""
    if "direct_transition" in state:
        return state["direct_transition"]
    if "distributed_transition" in state:
        return _drawn(state["distributed_transition"], person)
    rows = state.get("conditional_transition") or state["complex_transition"]
    row = next((row for row in rows if "condition" not in row or holds(row["condition"], person)), rows[-1])
    return row["transition"] if "transition" in row else _drawn(row["distributions"], person)


def _drawn(rows: list, person: Person) -> str:
    """By chance; what is left to 1 goes to the last."""
    at = person.chance.random()
    for row in rows[:-1]:
        share = row["distribution"]
        if isinstance(share, dict):
            share = person.attributes.get(share["attribute"], share["default"])
        if at < share:
            return row["transition"]
        at -= share
    return rows[-1]["transition"]


def people(module: Module, seed: int, count: int, end: datetime, ages: tuple[int, int]) -> Iterator[Person]:
    """So many persons, each made by a chance of its own, so that person 7 is the same whatever `count` is."""
    for number in range(count):
        origin = f"{seed}/{number}"
        chance = Random(origin)
        years = chance.uniform(*ages)
        birth = (end - timedelta(days=years * 365.25)).replace(hour=8, minute=0, second=0, microsecond=0)
        sex = chance.choice("FM")
        yield walk(module, Person(chance, sex, birth, end, number, origin, birth))
