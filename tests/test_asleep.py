"""A question of whose concepts a chart holds nothing answers what it would answer if it were asked: always, and exactly."""

import random
from dataclasses import replace
from datetime import UTC, date

import pytest

from cdshooks.chart.chart import DRAFTED, Chart, Provided
from cdshooks.chart.provided import Unread
from cdshooks.ehr.patients import open_record
from cdshooks.protocol.doubts import in_doubt
from cdshooks.review.build import Builder
from cdshooks.review.vignettes import TODAY
from cdshooks.rules.answers import Answer, Reason
from cdshooks.rules.asking import OfRecord, Question, ask
from cdshooks.rules.cards import Level
from cdshooks.rules.decide import Silent, decide, decide_awake, let_sleep
from cdshooks.rules.doubt import doubt
from cdshooks.rules.verbs import VERBS
from cdshooks.rules.verbs.person import Age, Deceased, HookIs, SexIs
from cdshooks.terms.dates import Clock
from tests.conftest import shared_files
from tests.shipped import LIBRARY

CLOCK = Clock(TODAY, UTC)
HOOKS = ("patient-view", "order-select", "order-sign")
TOLD = [(card, vignette) for card in LIBRARY.cards for vignette in card.page.vignettes]
SYNTHEA = shared_files("synthea/*/*.json*")
SEEDS = 100


def chart(patient, rows, drafts, hook, clock=CLOCK):
    """A chart of which everything came."""
    return Chart(LIBRARY.concepts, clock, patient["id"], hook, Provided(patient, tuple(rows), everything=True), drafts)


def said(of: Chart, asleep: bool):
    """Everything that all cards say of a chart, and what they would say in doubt; every question asked, or not."""
    if not asleep:
        of.held = None
    decisions = [decide(card, of) for card in LIBRARY.cards]
    offers = [ask(s.question, of) for card in LIBRARY.cards for s in card.page.suggestions if s.question]
    doubts, seen = [doubt(decision) for decision in decisions], [decision.asked for decision in decisions]
    return decisions, doubts, seen, offers, in_doubt(decisions, of), of.oddities, of.has_doubts


def agree(*told) -> bool:
    return said(chart(*told), asleep=True) == said(chart(*told), asleep=False)


def resources(vignette):
    builder = Builder(LIBRARY, TODAY)
    (patient, *rows), (drafts, _) = builder.resources(vignette, "test"), builder.drafts(vignette, "test")
    return patient, rows, drafts


@pytest.fixture(scope="module")
def pool():
    """All patients, rows and drafts of all vignettes."""
    whole = [resources(vignette) for _, vignette in TOLD]
    patients = [patient for patient, _, _ in whole]
    return patients, [row for _, rows, _ in whole for row in rows], [draft for _, _, ds in whole for draft in ds]


def anybody(pool, chance):
    """Some patient with some rows and some drafts, some of them spoilt."""
    patients, rows, drafts = pool
    some = [_spoilt(row, chance) for row in chance.choices(rows, k=chance.choice((0, 1, 1, 2, 3, 5, 9)))]
    drafted = [_spoilt(row, chance) for row in chance.choices(drafts, k=chance.choice((0, 0, 1, 2)))]
    patient = chance.choice(patients)
    birth = chance.choice((patient.get("birthDate"), "2019-05", "1931", None))
    return patient | {"birthDate": birth, "gender": chance.choice(("female", "male", None))}, some, drafted


def _spoilt(row, chance):
    """As it is, or without something that it says, or about somebody else."""
    if chance.random() < 0.8:
        return row
    if chance.random() < 0.2:
        return row | {"subject": {"reference": "Patient/another"}}
    gone = chance.choice(sorted(row.keys() - {"resourceType"}))
    return {key: value for key, value in row.items() if key != gone}


def test_awake_and_asleep_agree_on_the_vignettes():
    assert [v["name"] for card, v in TOLD[::9] if not agree(*resources(v), v.get("hook", card.hooks[0]))] == []


def test_awake_and_asleep_agree_on_some_random_charts(pool):
    chance = random.Random(0)
    assert [n for n in range(250) if not agree(*anybody(pool, chance), chance.choice(HOOKS))] == []


def judged_as_drafts(of: Chart, drafts, asleep: bool):
    """What the cards that forbid say of orders that are thought of; what was asked before is remembered, or not."""
    for card in LIBRARY.cards if asleep else ():
        decide(card, of)
    as_if = of.drafting(drafts, "order-sign")
    if not asleep:
        as_if.held = None
    return [decide(card, as_if) for card in LIBRARY.cards if card.forbids]


def test_a_draft_that_is_thought_of_wakes_and_recalls_only_what_it_does_not_change(pool):
    chance, differing = random.Random(1), []
    for number in range(150):
        patient, rows, drafts = anybody(pool, chance)
        hook = chance.choice(HOOKS)
        thought = [_spoilt(chance.choice(pool[2]), chance)]
        both = [judged_as_drafts(chart(patient, rows, drafts, hook), thought, asleep) for asleep in (True, False)]
        differing += [number] if both[0] != both[1] else []
    assert differing == []


@pytest.mark.long
def test_awake_and_asleep_agree_on_every_vignette():
    assert [v["name"] for card, v in TOLD if not agree(*resources(v), v.get("hook", card.hooks[0]))] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEEDS))
def test_awake_and_asleep_agree_on_a_hundred_thousand_random_charts(pool, seed):
    chance = random.Random(seed + 1)
    assert [n for n in range(100_000 // SEEDS) if not agree(*anybody(pool, chance), chance.choice(HOOKS))] == []


@pytest.mark.long
@pytest.mark.parametrize("file", SYNTHEA, ids=lambda f: f"{f.parent.name}/{f.name.partition('.')[0]}")
def test_awake_and_asleep_agree_on_synthea_patients(file):
    record = open_record(file)
    rows = tuple(row for row in record.resources if row is not record.patient)
    assert agree(record.patient, rows, (), "patient-view", Clock(record.told or date(2026, 1, 15), UTC))


# --- what sleeps ------------------------------------------------------------------------------------------------------


def everything_asked():
    waiting, found = [question for card in LIBRARY.cards for question in card.questions if question], {}
    while waiting:
        question = waiting.pop()
        if id(question) not in found:
            found[id(question)] = question
            waiting += question.inside()
    return list(found.values())


def test_of_a_chart_that_holds_nothing_only_the_person_and_the_hook_are_asked():
    nobody = chart({"resourceType": "Patient", "id": "p", "birthDate": "1950"}, (), (), "patient-view")
    asked = [question for question in everything_asked() if ask(question, nobody) is not _beforehand(question)]
    assert {type(q) for q in asked if not q.inside()} == {Age, Deceased, HookIs, SexIs}
    assert len(asked) < len(everything_asked()) / 2


def test_a_chart_of_which_not_everything_came_lets_nothing_sleep():
    in_part = Chart(LIBRARY.concepts, CLOCK, "p", "patient-view", Provided({"resourceType": "Patient", "id": "p"}))
    assert [q for q in everything_asked() if q.asleep and ask(q, in_part) is q.asleep.answer] == []


def test_asked_in_doubt_is_only_what_a_doubt_concerns():
    vague = {
        "resourceType": "Observation", "id": "o", "status": "final", "subject": {"reference": "Patient/p"},
        "code": {"text": "Vitamin B12"}, "valueString": "see the letter", "effectiveDateTime": "2025-01-01",
    }  # fmt: skip
    sure = {
        "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2025-01-01",
        "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": {"text": "Metformin 500 mg tablet", "coding": [
            {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "861007"}]},
    }  # fmt: skip
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1950"}
    before = chart(patient, (vague, sure), (), "patient-view")
    asked = [q for q in everything_asked() if q.asleep and q.asleep.lasts]
    answers = [ask(q, before) for q in asked]
    again = before.doubted()
    changed = {name for q, answer in zip(asked, answers, strict=True) if ask(q, again) is not answer for name in q.asleep.names}
    assert "b12_total" in changed
    assert "metformin" in before.held
    assert len([q for q in asked if "metformin" in q.asleep.names and "b12_total" not in q.asleep.names]) > 1
    assert [q for q in asked if not q.asleep.names & {"b12_total"} and ask(q, again) is not ask(q, before)] == []
    # Asked as if something else were otherwise as well, no answer stays.
    for other in (again.taking_unread(Unread.NONE), again.as_far_as_it_came()):
        assert [q for q in asked if q.asleep.names & before.held and ask(q, other) is ask(q, before)] == []


def test_of_somebody_whom_no_card_concerns_nearly_all_cards_sleep_once_one_like_that_was_seen():
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1950", "gender": "female"}
    for _ in range(2):
        decisions = said(chart(patient, (), (), "patient-view"), asleep=True)[0]
    assert sum(isinstance(decision, Silent) for decision in decisions) > len(LIBRARY.cards) * 0.8
    assert [d.card.topic for d in decisions if isinstance(d, Silent) and (d.fires, d.is_settled) != (False, True)] == []


def test_a_draft_wakes_the_cards_about_its_drug_and_one_that_nobody_knows_wakes_all_about_drafts():
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1950", "gender": "female"}
    known, unknown = (_drafting({"text": words}) for words in ("Folic acid 5 mg", ""))
    asleep = []
    for drafts in ((known,), (unknown,)):
        for _ in range(2):
            decisions = said(chart(patient, (), drafts, "order-sign"), asleep=True)[0]
        asleep.append({d.card.topic for d in decisions if isinstance(d, Silent)})
    assert asleep[1] < asleep[0]
    assert len(asleep[0]) > len(LIBRARY.cards) * 0.6


def _drafting(concept):
    return {
        "resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order",
        "medicationCodeableConcept": concept, "subject": {"reference": "Patient/p"},
    }  # fmt: skip


def test_what_a_card_keeps_for_its_sleep_is_of_content_and_of_how_questions_are_answered(pool):
    chance = random.Random(2)
    for _ in range(20):
        said(chart(*anybody(pool, chance), chance.choice(HOOKS)), asleep=True)
    kept = [(told, outcome) for card in LIBRARY.cards for told, outcome in card.asleep.known.items()]
    assert kept
    assert {type(part) for told, _ in kept for can, reason in told for part in (can, reason)} <= {int, Reason, type(None)}
    assert {p.level for _, outcome in kept for p in outcome.possible} == {Level.SILENT}
    criteria = {criterion.id for card in LIBRARY.cards for criterion in card.criteria}
    assert {p.by for _, outcome in kept for p in outcome.possible} <= criteria
    assert frozenset().union(*(outcome.names for _, outcome in kept)) <= {DRAFTED, *LIBRARY.concepts.by_name}


def test_what_cards_keep_is_bounded(monkeypatch):
    card = replace(LIBRARY.cards[0])
    let_sleep([card])
    monkeypatch.setattr(type(card.asleep), "MOST", 3)
    silent = decide_awake(card, chart({"resourceType": "Patient", "id": "p"}, (), (), "patient-view"))
    for number in range(10):
        card.asleep.learn((number,), silent, frozenset())
    assert len(card.asleep.known) <= 3


def test_a_copied_card_with_something_changed_does_not_sleep():
    assert LIBRARY.cards[0].asleep
    assert replace(LIBRARY.cards[0], criteria=()).asleep is None


def test_what_was_answered_beforehand_saw_nothing_of_anybody():
    def facts(answer):
        parts = [part for part in answer.parts if isinstance(part, Answer)]
        parts += [asked for part in answer.parts if isinstance(part, tuple) for asked in part[1:] if asked]
        return [*getattr(answer, "seen", ()), *(fact for part in parts for fact in facts(part))]

    assert [fact for q in everything_asked() if q.asleep for fact in facts(q.asleep.answer)] == []


def test_equal_questions_are_one_object_when_cards_are_loaded():
    found = everything_asked()
    leaves = [(type(q), q.words()) for q in found if hasattr(q, "words")]
    assert len(leaves) == len(set(leaves))


def test_every_verb_says_what_wakes_it():
    assert [verb.__name__ for verb in VERBS if not issubclass(verb, Question)] == []
    assert {verb.__name__ for verb in VERBS if not issubclass(verb, OfRecord)} == {"Age", "SexIs", "Deceased", "HookIs"}


def test_a_copied_question_with_something_changed_is_not_asleep():
    asleep = next(q for q in everything_asked() if isinstance(q, OfRecord))
    assert asleep.asleep
    assert replace(asleep).asleep is None


def _beforehand(question):
    return question.asleep.answer if question.asleep else None
