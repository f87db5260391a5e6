"""A second program, written from the readings alone, answers for the same random patients; the two must agree."""

from dataclasses import replace

import pytest

from tests.second_opinion import agree, evaluator, service
from tests.second_opinion.evaluator import T04
from tests.second_opinion.patients import random_case

# Patients on whom the two once differed, each by a fault of a card: what was mended stays so.
DIVIDED = [
    74, 137, 391, 586, 1030, 1245, 2107, 3518, 3574, 3714, 6276, 6477, 140588, 140594, 141658, 501475, 1001308, 1002257,
    1002572, 1002829, 1002940, 1004016, 1004825, 1006855, 1007053, 1007066, 1007205, 1010036, 1011419, 1017197, 1018102,
    1018497, 1019785, 1100003, 1113941,
    1203672, 1207166, 1210349, 2001258, 2052707, 3000443, 3000990, 3200745,
    3336957, 3366557, 9637602, 9649061, 10037148, 10200271, 10602539,
    10716188, 10743751, 10800465,
]


def told(wrong):
    return agree.summary(wrong) + "\n" + agree.as_text(agree.shrink(wrong[0], service.in_process))


def test_a_seed_gives_the_same_patient_every_time():
    assert random_case(7) == random_case(7)
    assert random_case(7) != random_case(8)


def test_the_service_agrees_with_the_second_opinion():
    wrong = agree.disagreements(range(1, 301), service.in_process)
    assert not wrong, told(wrong)


@pytest.mark.parametrize("seed", DIVIDED)
def test_patients_who_once_divided_the_two_no_longer_do(seed):
    found = agree.compare(seed, service.in_process)
    assert found is None, told([found])


@pytest.mark.parametrize("seed", [*DIVIDED, *range(1, 201)])
def test_the_order_in_which_rows_come_decides_nothing(seed):
    case = random_case(seed)
    backwards = replace(case, resources=case.resources[::-1])
    assert agree.answers(case, service.in_process)[1] == agree.answers(backwards, service.in_process)[1]


def test_the_random_patients_meet_every_topic_and_both_sides_of_it():
    met = [evaluator.cards(*vars(random_case(seed)).values()) for seed in range(1, 1501)]
    met = [{(topic, level) for topic, level in cards if ":" not in topic} for cards in met]  # without what texts add
    assert {topic for cards in met for topic, _ in cards} == service.topics()
    assert any(not cards for cards in met)
    assert {level for cards in met for _, level in cards} == {"info", "warning", "critical"}


def test_a_service_that_is_wrong_is_caught_and_the_case_shrunk():
    def forgets_a_boundary(hook, context, resources, today):
        found = evaluator.cards(hook, context, resources, today)
        return {(topic, level) for topic, level in found if (topic, level) != (T04, "critical")}

    wrong = agree.disagreements(range(1, 601), forgets_a_boundary)
    assert wrong
    small = agree.shrink(wrong[0], forgets_a_boundary).case
    assert len(small.resources) < len(wrong[0].case.resources)
    for index in range(len(small.resources)):
        less = replace(small, resources=agree.without(small.resources, index))
        alive = agree.answers(less, forgets_a_boundary) == (wrong[0].ours, wrong[0].theirs)
        assert not alive or small.resources[index]["resourceType"] == "Patient"


@pytest.mark.parametrize("seeds", [range(301, 1001), range(20_001, 25_001)], ids=["some", "many"])
def test_the_service_agrees_with_the_second_opinion_on_many(seeds):
    wrong = agree.disagreements(seeds, service.in_process)
    assert not wrong, told(wrong)
