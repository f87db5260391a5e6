"""Whatever one query meets, the call ends in a card, in an honest "could not check", or in 412; and in time."""

import pytest

from tests.real.fault_run import REFUSED, SAME, TOLD, run, staged
from tests.real.faults import FAULTS, HANGS

FEW = ("healthy", "folic-acid-low-b12")  # the run that docs/fetching.md tells of takes minutes, with six charts
GRACE = 5.0  # seconds beyond the deadline: for a machine that does much else, not for the program


@pytest.fixture(scope="module")
def stage(hapi):
    with staged(hapi, FEW) as stage:
        yield stage


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_said_wrongly_nothing_left_unsaid_and_what_hangs_is_given_up(stage, fault):
    runs = list(run(stage, fault))
    assert len(runs) > 5
    assert [r for r in runs if r.ending not in (SAME, TOLD, REFUSED)] == []
    assert [r.key for r in runs if not r.met] == [], "some calls never met the fault"
    assert [r for r in runs if r.seconds > r.deadline + GRACE] == []
    assert fault not in HANGS or any(r.seconds > r.deadline * 0.9 for r in runs), "nothing was waited for"


def test_a_failing_server_leads_to_every_kind_of_ending(stage):
    assert {r.ending for r in run(stage, "500")} == {SAME, TOLD, REFUSED}


def test_the_charts_are_of_two_hooks_and_there_is_a_chart_about_which_nothing_is_said(stage):
    _, _, charts = stage
    assert [chart.opening.name for chart in charts] == list(FEW)
    assert {chart.opening.hook for chart in charts} >= {"patient-view", "order-select"}
    assert "healthy" in [chart.opening.name for chart in charts if not chart.true]
