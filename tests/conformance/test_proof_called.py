"""The longest proof: mutants that only say something else show the same when they are called, one by one."""

import pytest
from mutate import load
from proving import report_on, shown
from rejudge import can_be_rejudged

pytestmark = pytest.mark.long


@pytest.mark.parametrize("mutant", [m for m in load() if can_be_rejudged(m)], ids=lambda mutant: mutant.id)
def test_a_mutant_that_says_something_else_shows_so_when_it_is_called_too(mutant):
    report = report_on(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)
