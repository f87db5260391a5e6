"""Three answers and what is still possible: Kleene's tables, lifted to sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.rules.answers import AND, ANY, NO, NOT, OR, POSSIBLY, SURELY, UNSURE, YES, Answer
from cdshooks.rules.asking import Question, ask
from cdshooks.rules.logic import And, Or, Turned

SETS = st.integers(1, 7)
ONE = (YES, NO, UNSURE)


class Nobody:
    """A chart of which nothing is known: every question is asked."""

    held, undoubted = None, {}

    def __init__(self):
        self.answers = {}


class Fixed(Question):
    """A question with a fixed answer, that counts how often it is asked."""

    def __init__(self, can):
        self.can, self.asked = can, 0

    def needs(self):
        return ()

    def ask(self, chart):
        self.asked += 1
        return Answer(self.can, self)


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (YES, YES, YES), (YES, NO, NO), (YES, UNSURE, UNSURE),
        (NO, YES, NO), (NO, NO, NO), (NO, UNSURE, NO),
        (UNSURE, YES, UNSURE), (UNSURE, NO, NO), (UNSURE, UNSURE, UNSURE),
    ],
)  # fmt: skip
def test_and_is_sure_only_when_it_can_be(left, right, both):
    assert And((Fixed(left), Fixed(right))).ask(Nobody()).can == both


@pytest.mark.parametrize(
    ("left", "right", "either"),
    [
        (YES, YES, YES), (YES, NO, YES), (YES, UNSURE, YES),
        (NO, YES, YES), (NO, NO, NO), (NO, UNSURE, UNSURE),
        (UNSURE, YES, YES), (UNSURE, NO, UNSURE), (UNSURE, UNSURE, UNSURE),
    ],
)  # fmt: skip
def test_or_is_sure_only_when_it_can_be(left, right, either):
    assert Or((Fixed(left), Fixed(right))).ask(Nobody()).can == either


@pytest.mark.parametrize(
    ("form", "answers"), [("not", (NO, YES, UNSURE)), ("surely", (YES, NO, NO)), ("possibly", (YES, NO, YES))]
)
def test_not_surely_and_possibly_exchange_the_three_answers(form, answers):
    assert tuple(Turned(Fixed(can), form).ask(Nobody()).can for can in ONE) == answers


@given(SETS, SETS)
def test_a_set_holds_exactly_what_its_members_give(left, right):
    """What is possible for the whole is what some choice of the parts makes it, no more and no less."""
    for table in (AND, OR):
        members = {table[a][b] for a in ONE for b in ONE if left & a and right & b}
        assert table[left][right] == sum(members)


@given(SETS, SETS)
def test_de_morgan_holds_for_sets_too(left, right):
    assert NOT[AND[left][right]] == OR[NOT[left]][NOT[right]]


@given(SETS, SETS, SETS)
def test_and_and_or_do_not_mind_order(a, b, c):
    assert AND[a][b] == AND[b][a]
    assert AND[AND[a][b]][c] == AND[a][AND[b][c]]
    assert OR[OR[a][b]][c] == OR[a][OR[b][c]]


@given(SETS, SETS, SETS)
def test_learning_more_never_adds_a_possibility(a, b, more):
    known = a & more or a
    assert AND[known][b] & ~AND[a][b] == 0
    assert OR[known][b] & ~OR[a][b] == 0
    assert NOT[known] & ~NOT[a] == 0


@given(SETS)
def test_surely_and_possibly_leave_no_doubt(can):
    assert not (SURELY[can] | POSSIBLY[can]) & UNSURE


def test_what_cannot_change_the_answer_is_not_asked():
    never = Fixed(ANY)
    assert And((Fixed(NO), never)).ask(Nobody()).can == NO
    assert Or((Fixed(YES), never)).ask(Nobody()).can == YES
    assert never.asked == 0


def test_a_question_that_stands_in_many_places_is_asked_once_of_a_chart():
    question, chart = Fixed(NO), Nobody()
    assert Or((question, Turned(question, "not"), question)).ask(chart).can == YES
    assert ask(question, chart) is ask(question, chart)
    assert question.asked == 1
    ask(question, Nobody())
    assert question.asked == 2
