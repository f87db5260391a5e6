"""Who is late while this machine is busy is not accused; who is late twice in quiet is."""

import threading
import time

import pytest
from cds_conformance import judge, metronome
from cds_conformance.client import Client
from cds_conformance.evidence import Evidence
from cds_conformance.metronome import LATE, Metronome
from cds_conformance.report.badge import badge_of
from cds_conformance.report.forms import FORMS
from reference.wire import Answer, Server


class Beats:
    """A metronome that says what the test says."""

    def __init__(self, *busy: bool):
        self.said = list(busy)

    def busy(self, since):
        return self.said.pop(0)

    def wait_for_quiet(self, most):
        return True


def sent_to(answer, *busy: bool):
    """What came of one request, and all exchanges that it took."""
    with Server(answer) as base:
        client = Client(base, Evidence(base, "now"), timeout=0.3, budget=30)
        client.close()
        client.metronome = Beats(*busy)
        return client.send("good", "GET", "/"), client.evidence.exchanges


def never(call):
    time.sleep(1.5)
    return Answer(200, {})


def late_once():
    calls = []

    def answer(call):
        calls.append(call)
        return never(call) if len(calls) == 1 else Answer(200, {})

    return answer


def test_who_is_late_once_is_asked_again_and_the_second_answer_counts():
    said, every = sent_to(late_once(), False, False)
    assert (said.ok, [e.probe for e in every]) == (True, ["good-late", "good"])


def test_who_is_late_twice_in_quiet_gave_no_answer():
    said, _ = sent_to(never, False, False)
    assert (said.late, said.untried) == (True, False)


def test_who_is_late_while_this_machine_is_busy_is_not_judged():
    said, _ = sent_to(never, True, True)
    assert said.untried
    assert "this machine was busy" in said.fault


def test_a_service_of_which_nothing_is_known_because_this_machine_was_busy_is_not_passed(monkeypatch):
    monkeypatch.setattr(Metronome, "busy", lambda self, since: True)
    monkeypatch.setattr(Metronome, "wait_for_quiet", lambda self, most: False)
    let_go = threading.Event()

    def answer(call):
        if call.path != "/cds-services":
            let_go.wait(60)
        return Answer(200, {"services": [{"hook": "patient-view", "id": "s", "title": "S", "description": "d"}]})

    with Server(answer) as base:
        report = judge(base, spec="2.0", timeout=0.3)
        let_go.set()
    assert (report.counts["fail"], report.exit_code) == (0, 2)
    assert "Nothing is known of s: late while this machine was busy" in report.verdict
    assert badge_of(report)[1] == "not judged"
    assert '<error message="It breaks nothing that a service SHALL do' in FORMS["junit"](report)


def test_the_metronome_tells_a_machine_that_was_late_itself():
    metronome = Metronome()
    metronome.stop()
    now = time.monotonic()
    metronome.beats.clear()
    metronome.beats.extend([(now, 0.001), (now, 0.002)])
    assert not metronome.busy(now - 0.01)
    metronome.beats.append((now, LATE * 2))
    assert metronome.busy(now - 0.01)
    assert not metronome.busy(now + 1)


@pytest.mark.parametrize(("share", "busy"), [(0.95, True), (0.3, False)])
def test_a_machine_that_wakes_sleepers_in_time_is_busy_all_the_same_when_others_wait_for_it(share, busy):
    metronome = Metronome()
    metronome.stop()
    now = time.monotonic()
    metronome.beats.clear()
    metronome.waits.clear()
    metronome.waits.extend((now + i, i * share) for i in range(5))
    assert metronome.busy(now - 0.01) is busy


def test_the_waiting_is_read_as_linux_tells_it_and_guessed_by_the_load_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "cpu").write_text("some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 total=0\n")
    monkeypatch.setattr(metronome, "PRESSURE", str(tmp_path / "cpu"))
    assert metronome.waited() == 2.5
    monkeypatch.setattr(metronome, "PRESSURE", str(tmp_path / "none"))
    monkeypatch.setattr(metronome.os, "getloadavg", lambda: (1000.0, 0, 0))
    assert metronome.waited() > 0
    monkeypatch.setattr(metronome.os, "getloadavg", lambda: (0.0, 0, 0))
    assert metronome.waited() == 0
