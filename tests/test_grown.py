"""The work of a call grows as its size does, whatever of it grows: lists and texts of real calls, chosen by chance."""

import pytest

from cdshooks.chart.chart import Chart
from tests.linear.calls import SERVICES
from tests.linear.grown import EVERYTHING, MOST, Growth, growths, in_rows


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))])
def test_work_grows_as_the_size_whatever_is_made_longer(seed):
    powers = [(growth.power(), growth) for growth in growths(seed, 25)]
    assert [told for told in powers if told[0] >= MOST] == []
    assert sum(power > 0.5 for power, _ in powers) > 5  # of most that grows something is read


@pytest.mark.long
def test_work_grows_as_the_size_where_a_row_points_often_to_what_lies_inside_it():
    powers = [(growth.power(), growth) for growth in in_rows("contained")]
    assert [told for told in powers if told[0] >= MOST] == []
    assert len(powers) > 200


def test_work_that_grows_squared_would_be_seen(monkeypatch):
    key = next(query.key for query in SERVICES["patient-view"].queries if query.resource == "Observation")
    growth = Growth(EVERYTHING + "patient-view", (("prefetch", key, "entry"),), "own", "")
    assert growth.power() < MOST
    real = Chart.__init__

    def squared(self, concepts, clock, patient_id, hook, provided, *more, **names):
        real(self, concepts, clock, patient_id, hook, provided, *more, **names)
        assert sum(1 for row in provided.rows if row in provided.rows)

    monkeypatch.setattr(Chart, "__init__", squared)
    assert growth.power() > MOST
