"""What may be offered is read as a draft once, for nobody: it is judged for each patient as if it were read for them."""

import copy
import pickle
import random
from dataclasses import replace
from datetime import UTC, date, timedelta

from cdshooks.chart.chart import Chart, Provided
from cdshooks.content.offered import AS_IF, NOBODY, Offered
from cdshooks.rules.decide import decide
from cdshooks.terms.dates import Clock
from tests.shipped import LIBRARY
from tests.test_asleep import HOOKS, TOLD, anybody, resources

CLOCK = Clock(date(2026, 1, 15), UTC)
FORBIDDING = [card for card in LIBRARY.cards if card.forbids]
TEMPLATES = [t for order in LIBRARY.orders.values() for t in order.variants if t.is_a_drug]


def patients(number, seed):
    """Patients of our vignettes' rows, of whom everything came or nobody knows; the rows name each the patient."""
    whole = [resources(vignette) for _, vignette in TOLD]
    pool = [p for p, _, _ in whole], [row for _, rows, _ in whole for row in rows], [d for _, _, ds in whole for d in ds]
    chance = random.Random(seed)
    for _ in range(number):
        patient, rows, drafts = anybody(pool, chance)
        provided = Provided(patient, tuple(rows), everything=chance.random() < 0.7)
        yield Chart(LIBRARY.concepts, CLOCK, patient["id"], chance.choice(HOOKS), provided, drafts), chance.choice(TEMPLATES)


def test_it_is_judged_as_if_it_had_been_read_for_this_patient():
    offered, differing, objections = Offered(), [], 0
    for chart, template in patients(300, seed=3):
        ours = chart.drafting_as(offered.of(template, LIBRARY.concepts, CLOCK))
        theirs = chart.drafting([template.fill(chart.patient_id, CLOCK.today.isoformat())], AS_IF)
        both = [[decide(card, as_if) for card in FORBIDDING] for as_if in (ours, theirs)]
        differing += [template.name] if both[0] != both[1] else []
        objections += any(decision.may_fire for decision in both[0])
    assert differing == []
    assert objections > 20  # so that something was compared


def test_what_is_kept_of_it_is_of_nobody():
    """The day and our own order; each answer is that which nobody's chart gives without any patient before it."""
    offered, alone = Offered(), Offered()
    for chart, template in patients(100, seed=4):
        as_if = chart.drafting_as(offered.of(template, LIBRARY.concepts, CLOCK))
        for card in FORBIDDING:
            decide(card, as_if)
    answers = 0
    for template in TEMPLATES:
        after, before = (each.of(template, LIBRARY.concepts, CLOCK) for each in (offered, alone))
        assert after.patient_id == NOBODY
        for answer in after.drafted.values():
            assert answer == answer.question.ask(before)
            answers += 1
    assert answers > len(TEMPLATES)


def test_what_a_row_of_the_record_can_change_is_asked_for_each_patient():
    """`other than`: a row of the record may carry the draft's name."""
    questions = [q for card in LIBRARY.cards for q in card.questions]
    waiting, found = list(questions), []
    while waiting:
        question = waiting.pop()
        waiting += question.inside()
        found += [question] if question.asleep and question.asleep.of_drafts else []
    assert any("drafting" in question.words() for question in found if hasattr(question, "words"))
    assert [q.words() for q in found if hasattr(q, "words") and " other than " in q.words()] == []


def test_the_day_after_it_is_read_anew_and_copies_know_nothing():
    offered, template = Offered(), TEMPLATES[0]
    first = offered.of(template, LIBRARY.concepts, CLOCK)
    assert offered.of(template, LIBRARY.concepts, CLOCK) is first
    tomorrow = replace(CLOCK, today=CLOCK.today + timedelta(days=1))
    assert offered.of(template, LIBRARY.concepts, tomorrow).today == tomorrow.today
    assert replace(LIBRARY, country="DE").offered is not LIBRARY.offered
    for other in (copy.deepcopy(offered), pickle.loads(pickle.dumps(offered))):
        assert vars(other) == vars(Offered())
