"""Real Synthea patients through all three hooks: no failure, and no card that their records do not justify."""

import pytest

from tests.conftest import shared
from tests.tools.run_synthea import run

# No shared Synthea patient has any vitamin B12 result: a card that speaks of one would have misread the record.
NEED_A_RESULT = {"b12-deficiency", "b12-indeterminate", "b12-retest-old-low", "b12-result-unusable"}


@pytest.fixture(scope="module")
def opened():
    return list(run(shared("synthea")))


def test_every_patient_is_answered_on_every_hook(opened):
    assert len(opened) == 3 * 108
    assert {o.status for o in opened} == {200}


def test_no_card_speaks_of_a_result_that_is_not_there(opened):
    assert [(o.file.name, o.cards) for o in opened if NEED_A_RESULT & {topic for topic, _ in o.cards}] == []


def test_nothing_is_said_of_deceased_patients(opened):
    dead = [o for o in opened if o.deceased]
    assert dead
    assert [o.file.name for o in dead if o.cards] == []


def test_folic_acid_is_spoken_of_for_the_living_who_are_not_treated(opened):
    """So that an answer without any card at all would be noticed."""
    spoken = [o for o in opened if any(topic == "folic-acid-first" for topic, _ in o.cards)]
    assert len(spoken) > 50


def test_not_one_in_a_hundred_is_told_that_something_could_not_be_checked(opened):
    told = [o.file.name for o in opened if any(topic == "could-not-check" for topic, _ in o.cards)]
    assert len(told) * 100 <= len(opened), told
