"""The mutants are told as data that can be trusted: every name leads somewhere, and every one changes something."""

import pytest
from behaviours import BEHAVIOURS
from mutate import allowed, load

MUTANTS = load()
USED = [*MUTANTS, *allowed()]


def test_no_two_mutants_have_one_name():
    names = [mutant.id for mutant in MUTANTS]
    assert sorted(names) == sorted(set(names))


def test_there_are_more_than_four_hundred():
    assert len(MUTANTS) >= 400


def test_every_behaviour_is_used_and_every_one_named_is_there():
    assert {mutant.behaviour for mutant in USED if mutant.behaviour} == set(BEHAVIOURS)


@pytest.mark.parametrize("mutant", USED, ids=lambda mutant: mutant.id)
def test_what_else_shows_has_its_reason_and_every_one_changes_something(mutant):
    assert bool(mutant.also) == bool(mutant.because)
    assert mutant.how
    assert bool(mutant.change) != bool(mutant.behaviour)
