"""The proof of the judge: the good service gives no finding, and each mutant its statement and no other.

A mutant that only says something else is judged from the good service's recorded run; test_proof_called.py calls these
too. Tried each time are one of these for each statement (of the profile's, every third), and of those that must be called
a few that take what is absent, half or failed for nothing there; the others are long.
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
FIRST = [m for m in ONE_EACH if not m.profile] + [m for m in ONE_EACH if m.profile][::3]
DEAREST = ("missing-data-is-silence", "half-the-data-and-an-error", "a-failing-server-is-silence", "null-is-412", "takes-none")
SOME = [mutant for mutant in DONE if mutant.id in DEAREST]
# Of these every mutant must be called, or their like is tried: only the long proof tries them.
ONLY_LONG = (
    "crd-2 crd-3 crd-4 crd-5 crd-6 crd-7 crd-8 crd-9 crd-10 crd-12 crd-13 crd-15 crd-16 crd-18 crd-19 crd-21 crd-22 "
    "crd-24 crd-25 crd-27 crd-28 crd-30 crd-31 crd-33 crd-34 crd-36 crd-37 crd-39 crd-40 crd-42 crd-43 crd-45 "
    "crd-46 crd-48 crd-52 crd-55 crd-56 crd-58 crd-59 crd-64 crd-65 crd-67 disc-1 disc-4 disc-5 disc-6 disc-7 "
    "disc-8 disc-11 fb-1 fb-2 fb-3 fb-4 fb-5 pre-1 pre-2 pre-3 pre-4 pre-5 pre-6 pre-10 pre-11 pre-12 pre-13 req-1 "
    "req-2 req-3 req-4 req-5 req-6 req-7 req-8 req-9 req-10 req-11 req-12 req-13 req-14 sec-2 sec-3 sec-5 sec-6 "
    "sec-7 sec-8 sec-10"
)


def quick(mutants: list, these: list) -> list:
    """These are tried each time; the others are marked `long`."""
    return [pytest.param(m, id=m.id, marks=[] if m in these else pytest.mark.long) for m in mutants]


def test_the_statements_that_only_the_long_proof_tries_are_named_here():
    assert {m.breaks for m in MUTANTS} - {m.breaks for m in (*FIRST, *SOME)} == set(ONLY_LONG.split())


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
