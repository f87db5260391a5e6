"""The proof of the judge: the good service gives no finding, and each mutant its statement and no other."""

import pytest
from mutate import allowed, load
from proving import report_on, shown, the_good_service

SETTINGS = [(spec, auth, "") for spec in ("1.0", "2.0", "3.0") for auth in (False, True)] + [("2.0", False, "crd"), ("2.0", True, "crd")]


@pytest.mark.parametrize(("spec", "auth", "profile"), SETTINGS)
def test_the_good_service_gives_no_finding(spec, auth, profile):
    report = report_on(the_good_service(spec, auth, profile))
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("variation", allowed(), ids=lambda variation: variation.id)
def test_what_the_standard_allows_gives_no_finding(variation):
    report = report_on(variation)
    assert (shown(report), report.problem, report.exit_code) == ({}, "", 0)


@pytest.mark.parametrize("mutant", load(), ids=lambda mutant: mutant.id)
def test_a_mutant_shows_in_its_statement_and_in_no_other(mutant):
    report = report_on(mutant)
    assert set(shown(report)) == {mutant.breaks, *mutant.also}, shown(report)
