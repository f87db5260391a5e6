"""The proof of the judge: the good service gives no finding, and each mutant its statement and no other.

A mutant that only says something else is judged from the good service's recorded run. All of them, called one by one,
are the long proof.
"""

import pytest
from cds_conformance.metronome import Metronome
from mutate import allowed, load
from proving import report_on, shown
from rejudge import can_be_rejudged, rejudged, the_good_report

SETTINGS = [(spec, auth, "") for spec in ("1.0", "2.0", "3.0") for auth in (False, True)] + [("2.0", False, "crd"), ("2.0", True, "crd")]
QUICK = [("2.0", False, ""), ("3.0", True, ""), ("2.0", False, "crd")]  # of the settings, those that are tried each time
MUTANTS = load()
SAID = [mutant for mutant in MUTANTS if can_be_rejudged(mutant)]
DONE = [mutant for mutant in MUTANTS if not can_be_rejudged(mutant)]


def some(mutants: list, step: int) -> list:
    """Every so-many-th is tried each time; the others are marked `long`."""
    return [pytest.param(m, id=m.id, marks=[] if i % step == 0 else pytest.mark.long) for i, m in enumerate(mutants)]


@pytest.mark.parametrize(("spec", "auth", "profile"), [pytest.param(*s, marks=[] if s in QUICK else pytest.mark.long) for s in SETTINGS])
def test_the_good_service_gives_no_finding(spec, auth, profile):
    report = the_good_report(spec, auth, profile)
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("variation", some(allowed(), 10))
def test_what_the_standard_allows_gives_no_finding(variation):
    report = report_on(variation)
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("mutant", some(SAID, 15))
def test_a_mutant_that_says_something_else_shows_in_its_statement_and_in_no_other(mutant):
    report = rejudged(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)


@pytest.mark.parametrize("mutant", some(DONE, 25))
def test_a_mutant_that_acts_otherwise_shows_in_its_statement_and_in_no_other(mutant, monkeypatch):
    # A mutant that waits does so by intention: other tests on this machine do not excuse it.
    monkeypatch.setattr(Metronome, "_pressed", lambda self, since: False)
    report = report_on(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)


@pytest.mark.long
@pytest.mark.parametrize("mutant", SAID, ids=lambda mutant: mutant.id)
def test_a_mutant_that_says_something_else_shows_so_when_it_is_called_too(mutant):
    report = report_on(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)
