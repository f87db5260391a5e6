"""A hostile service costs a probe, not the run: every way to misbehave ends in a report with the right exit code.

That nobody waits for it is told by the service: what hangs or drips goes on until the judge is done, and notes where it
came to its own end. How many silences are borne is counted.
"""

import cds_conformance
import pytest
from cds_conformance.metronome import Metronome
from hostile import WAYS, breaks_off, drips, hangs, hostile_service, sends_fifty_megabytes

QUICK = (drips, breaks_off)  # of the ways, those that are always tried at one endpoint; the others are long
pytestmark = pytest.mark.usefixtures("_quiet_machine")
MOST_SILENCES = 6  # of one run that are waited for at all; after that nothing is sent any more


@pytest.fixture
def _quiet_machine(monkeypatch):
    """Whoever is late here is late by intention: that this machine is busy with other tests excuses nobody."""
    monkeypatch.setattr(Metronome, "busy", lambda self, since: False)


def silences(report) -> int:
    """The requests whose time ran out."""
    return sum("no answer within" in (exchange["response"]["fault"]) for exchange in report.exchanges)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_service_whose_discovery_cannot_be_read_cannot_be_judged(way):
    with hostile_service(way, "/cds-services") as (base, waited_out):
        report = cds_conformance.judge(base, timeout=0.5)
        assert waited_out == []
    assert (report.exit_code, bool(report.problem)) == (2, True)
    assert silences(report) <= MOST_SILENCES


@pytest.mark.parametrize("way", [pytest.param(w, id=w.__name__, marks=[] if w in QUICK else pytest.mark.long) for w in WAYS])
def test_one_endpoint_that_misbehaves_leaves_the_others_judged(way):
    with hostile_service(way, "/visit-opening") as (base, waited_out):
        report = cds_conformance.judge(base, timeout=1.5)
        assert waited_out == []
    assert (report.exit_code, report.problem) == (1, "")
    assert report.statements["card-1"].result == "pass"  # the cards of the others were seen
    assert [finding for _, finding in report.findings if "visit-opening" not in finding.at] == []
    assert silences(report) <= MOST_SILENCES


def test_a_service_that_is_listed_first_and_hangs_costs_the_others_nothing():
    with hostile_service(hangs, "/problem-list") as (base, _):
        report = cds_conformance.judge(base, spec="2.0", timeout=1.5, only=("req-1", "card-1"))
    assert {finding.at.split()[1] for _, finding in report.findings} == {"problem-list"}
    assert report.statements["card-1"].result == "pass"
    late = [e["service"] for e in report.exchanges if "no answer within" in e["response"]["fault"]]
    assert late.count("problem-list") <= MOST_SILENCES


def test_a_large_answer_is_not_kept():
    with hostile_service(sends_fifty_megabytes, "/visit-opening") as (base, _):
        report = cds_conformance.judge(base, timeout=2.0)
    assert max(len(str(exchange)) for exchange in report.exchanges) < 10_000_000
