"""The breaker lets one probe through; the budget counts seconds and bytes for all reads of a call together."""

import threading

import pytest

from cdshooks.reach.breaker import Breaker, Breakers
from cdshooks.reach.budget import Budget
from cdshooks.reach.failure import Failure, Kind, of_status


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def broken(clock, failures=3) -> Breaker:
    breaker = Breaker(failures, rest=10, clock=clock)
    for _ in range(failures):
        assert breaker.enter()
        breaker.report(Kind.TIMEOUT)
    return breaker


def test_after_some_failures_in_a_row_the_server_is_left_alone(clock):
    assert not broken(clock).enter()


@pytest.mark.parametrize("well", [Kind.OK, Kind.STATUS_4XX, Kind.TOO_LARGE])
def test_a_server_that_answers_at_all_starts_the_count_anew(clock, well):
    breaker = Breaker(2, clock=clock)
    for outcome in (Kind.TIMEOUT, well, Kind.TIMEOUT):
        breaker.report(outcome)
    assert breaker.enter()


def test_an_address_that_was_refused_says_nothing_of_the_server(clock):
    breaker = Breaker(2, clock=clock)
    for outcome in (Kind.TIMEOUT, Kind.ADDRESS, Kind.TIMEOUT):
        breaker.report(outcome)
    assert not breaker.enter()


def test_after_the_rest_exactly_one_of_many_goes_through(clock):
    breaker, entered, start = broken(clock), [], threading.Barrier(20)
    clock.now += 10

    def ask():
        start.wait()
        if breaker.enter():
            entered.append(1)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 1


def test_the_probe_decides_for_all(clock):
    breaker = broken(clock)
    clock.now += 10
    assert breaker.enter()
    breaker.report(Kind.STATUS_5XX)
    assert not breaker.enter()
    clock.now += 10
    assert breaker.enter()
    breaker.report(Kind.OK)
    assert [breaker.enter() for _ in range(3)] == [True] * 3


def test_a_probe_that_never_reports_costs_one_more_rest_only(clock):
    breaker = broken(clock)
    clock.now += 10
    assert breaker.enter()
    assert not breaker.enter()
    clock.now += 10
    assert breaker.enter()


def test_each_server_has_its_own_breaker(clock):
    breakers = Breakers(failures=1, clock=clock)
    breakers.of("a").report(Kind.BROKEN)
    assert (breakers.of("a").enter(), breakers.of("b").enter()) == (False, True)


def test_a_budget_ends_for_all_at_once(clock):
    budget = Budget(0.4, 10, 10, clock)
    clock.now += 0.3
    assert budget.require() == pytest.approx(0.1)
    clock.now += 0.2
    assert budget.left() == 0
    with pytest.raises(Failure, match="within 400 ms"):
        budget.require()


def test_bytes_are_counted_for_each_answer_and_for_all():
    budget = Budget(1, each=10, total=15)
    budget.spend(10, of_this_answer=10)
    with pytest.raises(Failure) as refusal:
        budget.spend(6, of_this_answer=6)
    assert refusal.value.kind is Kind.TOO_LARGE
    with pytest.raises(Failure):
        Budget(1, each=10, total=100).spend(1, of_this_answer=11)


@pytest.mark.parametrize(("status", "kind"), [(200, "ok"), (404, "status-4xx"), (503, "status-5xx"), (302, "status-other"), (204, "status-other"), (999, "status-other")])
def test_each_status_has_a_kind(status, kind):
    assert of_status(status) == kind
