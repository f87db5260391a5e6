"""Hostile calls, generated anew from seeds: no fault of ours, no answer without a body that says why."""

from datetime import date

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from tests.fuzz.campaign import BATCH, fault_of, run
from tests.fuzz.hostile import Call
from tests.shipped import LIBRARY

CLIENT = create_app(Settings(today=date(2026, 1, 15)), LIBRARY).test_client()


def send(one: Call) -> tuple[int, bytes]:
    with CLIENT.open(one.path, method=one.method, data=one.body, headers=one.headers) as answer:
        return answer.status_code, answer.get_data()


SEEDS = range(1, 2_000, BATCH)


@pytest.mark.proves("req-12", "resp-2")
@pytest.mark.parametrize("first_seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.long) for seed in SEEDS[1:])])
def test_hostile_calls_are_answered(first_seed):
    """The documented run has many more of them, over HTTP; see docs/robustness.md."""
    tally = run(send, first_seed)
    assert tally.faults == []
    assert tally.statuses.total() == BATCH
    assert {200, 400, 422} <= set(tally.statuses)


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (200, b"[]"), (200, b"<html>"), (404, b'{"error": 1}'), (0, b"")]
)
def test_an_answer_that_must_never_be_is_seen(status, body):
    assert fault_of(Call("POST", "/cds-services/x", b"{}"), status, body)
