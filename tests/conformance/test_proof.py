"""The proof of the judge: the good service gives no finding, and each mutant its statement and no other.

A mutant that only says something else is judged from the good service's recorded run; test_proof_called.py calls these
too. Tried each time are one of these for every second statement (of the profile's, every sixth), and of those that must be
called a few that take what is absent, half or failed for nothing there; the others are long.
"""

import pytest
from cds_conformance.metronome import Metronome
from mutate import allowed, load
from proving import report_on, shown
from rejudge import can_be_rejudged, rejudged, the_good_report

SETTINGS = [(spec, auth, "") for spec in ("1.0", "2.0", "3.0") for auth in (False, True)] + [("2.0", False, "crd"), ("2.0", True, "crd")]
QUICK = [("2.0", False, ""), ("3.0", True, ""), ("2.0", False, "crd")]  # of the settings, those that are tried each time
MUTANTS, ALLOWED = load(), allowed()
SAID = [mutant for mutant in MUTANTS if can_be_rejudged(mutant)]
DONE = [mutant for mutant in MUTANTS if not can_be_rejudged(mutant)]

ONE_EACH = list({mutant.breaks: mutant for mutant in reversed(SAID)}.values())  # one for each statement
FIRST = [m for m in ONE_EACH if not m.profile][::2] + [m for m in ONE_EACH if m.profile][::6]
DEAREST = ("missing-data-is-silence", "half-the-data-and-an-error", "a-failing-server-is-silence", "null-is-412", "takes-none")
SOME = [mutant for mutant in DONE if mutant.id in DEAREST]


def quick(mutants: list, these: list) -> list:
    """These are tried each time; the others are marked `long`."""
    return [pytest.param(m, id=m.id, marks=[] if m in these else pytest.mark.long) for m in mutants]


@pytest.mark.parametrize(("spec", "auth", "profile"), [pytest.param(*s, marks=[] if s in QUICK else pytest.mark.long) for s in SETTINGS])
def test_the_good_service_gives_no_finding(spec, auth, profile):
    report = the_good_report(spec, auth, profile)
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("variation", quick(ALLOWED, ALLOWED[:1]))
def test_what_the_standard_allows_gives_no_finding(variation):
    report = report_on(variation)
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("mutant", quick(SAID, FIRST))
def test_a_mutant_that_says_something_else_shows_in_its_statement_and_in_no_other(mutant):
    report = rejudged(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)


@pytest.mark.parametrize("mutant", quick(DONE, SOME))
def test_a_mutant_that_acts_otherwise_shows_in_its_statement_and_in_no_other(mutant, monkeypatch):
    # A mutant that waits does so by intention: other tests on this machine do not excuse it.
    monkeypatch.setattr(Metronome, "_pressed", lambda self, since: False)
    report = report_on(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)
