"""Who is late while this machine is busy is not accused; who is late twice in quiet is."""

import time

from cds_conformance.client import Client
from cds_conformance.evidence import Evidence
from cds_conformance.metronome import LATE, Metronome
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
