"""Rows that are left out when a patient is judged: whose drug is none of ours, or whose reason stands on the list."""

import random
from dataclasses import replace
from datetime import date

import pytest
from test_feeds import SERVICES
from test_screen_nothing import AMLODIPINE, B12, LEBER, SORE

from cdshooks.chart.chart import Chart
from cdshooks.config import clock, read_settings
from cdshooks.feed.seen import Fate
from cdshooks.protocol.wire import encode
from cdshooks.screen.bucket import Question, judge_all
from cdshooks.screen.needless import without_needless
from cdshooks.screen.run import occasions, wanted_by
from cdshooks.screen.settled import Settled
from cdshooks.screen.versions import stub_of
from cdshooks.screen.wanted import wanted
from tests.second_opinion.patients import random_case
from tests.shipped import LIBRARY

SNOMED = "http://snomed.info/sct"
KIDNEYS = {"coding": [{"system": SNOMED, "code": "431857002", "display": "Chronic kidney disease stage 4 (disorder)"}]}
ANAEMIA = {"coding": [{"system": SNOMED, "code": "271737000", "display": "Anemia (disorder)"}]}
METFORMIN = {"text": "metformin 500 MG Oral Tablet"}
ACTIVE = {"coding": [{"code": "active"}]}
OVER = {"coding": [{"code": "resolved"}]}
DRUGS = {
    "other": {"code": AMLODIPINE}, "metformin": {"code": METFORMIN}, "b12": {"code": {"text": B12}}, "empty": {},
    "mixed": {"code": {"text": "Kit"}, "ingredient": [{"itemReference": {"reference": "Medication/b12"}}]},
    "escaped": {"code": {"text": "Kit"}, "ingredient": [{"itemReference": {"reference": "Medication/b12"}}]},
}  # fmt: skip


def line(kind, row, name="r", whose="p"):
    return encode({"resourceType": kind, "id": name, **row, "subject": {"reference": f"Patient/{whose}"}})


def drugs(ids):
    found = {name: encode({"resourceType": "Medication", "id": name, **row}) for name, row in DRUGS.items() if name in ids}
    return {name: told.replace(b'"reference"', b'"r\\u0065ference"') if name == "escaped" else told for name, told in found.items()}


def known(drafts=(), counted=False):
    return wanted(SERVICES.values(), LIBRARY.concepts, counted, drafts)


def left_out(rows, by=None, stubs=()):
    return without_needless(rows, list(stubs), by or known(), drugs)[1]


def pointing(name, more=()):
    return {"status": "active", "intent": "order", "medicationReference": {"reference": f"Medication/{name}"}, **dict(more)}


VISIT = {"status": "finished", "type": [{"text": "Follow-up"}], "reasonCode": [KIDNEYS]}
CHECK = {"status": "completed", "code": SORE, "reasonReference": [{"reference": "Condition/c", "display": "Chronic kidney disease stage 4 (disorder)"}]}
ORDER = {"status": "active", "intent": "order", "medicationCodeableConcept": AMLODIPINE, "reasonCode": [KIDNEYS]}
LISTED = line("Condition", {"clinicalStatus": ACTIVE, "code": KIDNEYS, "onsetDateTime": "2010-01-01"}, "c")
NEEDLESS = {
    "a visit": ("Encounter", VISIT),
    "a procedure": ("Procedure", CHECK),
    "an order": ("MedicationRequest", ORDER),
    "a dose": ("MedicationAdministration", {"status": "completed", "medicationCodeableConcept": AMLODIPINE, "reasonCode": [KIDNEYS]}),
    "an order that points to its drug": ("MedicationRequest", pointing("other", {"reasonCode": [KIDNEYS]})),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "row"), NEEDLESS.values(), ids=NEEDLESS)
def test_a_row_whose_reason_is_on_the_list_is_left_out_whoever_and_whenever(kind, row):
    rows = [line(kind, row | {"id": str(n)} | ({"period": {"start": f"20{n}-01-01"}} if kind == "Encounter" else {})) for n in range(10, 20)]
    assert left_out([LISTED, *rows]) == rows
    assert left_out(rows) == []


LISTS = {
    "none": [],
    "one that is over": [line("Condition", {"clinicalStatus": OVER, "code": KIDNEYS, "abatementDateTime": "2012-01-01"}, "c")],
    "one that has an end": [line("Condition", {"clinicalStatus": ACTIVE, "code": KIDNEYS, "abatementDateTime": "2012-01-01"}, "c")],
    "one that has an end in words": [line("Condition", {"clinicalStatus": ACTIVE, "code": KIDNEYS, "abatementString": "long ago"}, "c")],
    "one that is over, in words": [line("Condition", {"clinicalStatus": OVER, "code": {"text": "Chronic kidney disease stage 4"}}, "c")],
    "one that may be": [line("Condition", {"code": {"text": "Suspected chronic kidney disease stage 4"}}, "c")],
    "another": [line("Condition", {"clinicalStatus": ACTIVE, "code": ANAEMIA}, "c")],
    "one with another version": [LISTED, line("Condition", {"clinicalStatus": OVER, "code": KIDNEYS, "meta": {"versionId": "2"}}, "c")],
    "one of no id": [LISTED.replace(b'"id":"c",', b"")],
    "a relative's": [line("Condition", {"clinicalStatus": ACTIVE, "code": {"text": "Family history of chronic kidney disease stage 4"}}, "c")],
}  # fmt: skip


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS)
def test_a_row_stays_where_the_list_does_not_surely_hold_its_reason_whenever_that_was(listed):
    assert left_out([*listed, line("Encounter", VISIT)]) == []


def test_a_row_stays_where_of_the_list_another_version_was_left_out_before():
    stub = stub_of("Condition", line("Condition", {"code": SORE, "meta": {"versionId": "2"}}, "c"))
    assert left_out([LISTED, line("Encounter", VISIT)], stubs=[stub]) == []


STAYING = {
    "a second reason that is not listed": ("Encounter", VISIT | {"reasonCode": [KIDNEYS, ANAEMIA]}),
    "a visit at which something was given": ("Encounter", VISIT | {"type": [{"text": f"{B12} injection"}]}),
    "an allergy as the reason": ("Encounter", VISIT | {"reasonCode": [KIDNEYS, {"text": f"Allergy to {B12}"}]}),
    "a dose as the reason": ("Encounter", VISIT | {"reasonCode": [KIDNEYS, {"text": f"{B12} injection"}]}),
    "a procedure that is a problem": ("Procedure", {"status": "completed", "code": {"coding": [{"system": SNOMED, "code": "265764009", "display": "Renal dialysis (procedure)"}]}, "reasonCode": [KIDNEYS]}),
    "an order of ours": ("MedicationRequest", ORDER | {"medicationCodeableConcept": METFORMIN}),
    "an order that points to one of ours": ("MedicationRequest", pointing("metformin", {"reasonCode": [KIDNEYS]})),
    "an order that points to what did not come": ("MedicationRequest", pointing("gone")),
    "an order that points to nothing": ("MedicationRequest", pointing("empty")),
    "an order of what is made of ours": ("MedicationRequest", pointing("mixed")),
    "an order of what is made of ours, escaped": ("MedicationRequest", pointing("escaped")),
    "an order whose pointer names ours": ("MedicationRequest", {"status": "active", "medicationReference": {"reference": "Medication/other", "display": B12}}),
    "an order whose reason is not listed": ("MedicationRequest", pointing("other", {"reasonCode": [ANAEMIA]})),
    "a reason in an extension": ("Procedure", CHECK | {"extension": [{"url": "urn:x", "valueString": LEBER}]}),
    "somebody written in another way": ("Encounter", VISIT | {"subject": {"identifier": {"value": "7"}}}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "row"), STAYING.values(), ids=STAYING)
def test_a_row_stays_for_all_else_that_it_tells(kind, row):
    told = encode({"resourceType": kind, "id": "r", "subject": {"reference": "Patient/p"}, **row})
    assert left_out([LISTED, told]) == []


def test_an_order_that_points_to_a_drug_of_others_is_left_out_unless_a_draft_names_it():
    order = line("MedicationRequest", pointing("other"), "order-77")
    assert left_out([order]) == [order]
    assert left_out([order], known([{"id": "order-77", "status": "stopped"}])) == []


def test_rows_that_are_written_alike_are_asked_about_once(monkeypatch):
    by, asked = known(), []
    monkeypatch.setattr(Chart, "__init__", lambda self, *told, init=Chart.__init__, **more: asked.append(told) or init(self, *told, **more))
    rows = [line("Encounter", VISIT, str(number)) for number in range(200)]
    assert len(left_out([LISTED, *rows], by)) == 200
    first = len(asked)
    assert first < 8
    assert len(left_out([LISTED, *rows], by)) == 200
    assert len(asked) == first


def test_what_is_remembered_is_bounded_in_number_and_in_length(monkeypatch):
    monkeypatch.setattr("cdshooks.screen.settled.MOST_REMEMBERED", 5)
    by = known()
    for number in range(20):
        visit = {**VISIT, "reasonCode": [{"text": f"{number} ".ljust(5_000 if number % 2 else 20, "x")}]}
        left_out([line("Encounter", visit)], by)
        assert len(by.settled._known) <= 5
    assert max(sum(map(len, key)) for key in by.settled._known) < 3_000


# --- the same cards -------------------------------------------------------------------------------------------------


class Unsettled(Settled):
    """Leaves nothing out."""

    def is_so(self, *told):
        return False


def with_reasons(seed):
    """A random chart as lines, with visits, procedures and orders whose reasons are what it names as problems."""
    rng, case = random.Random(seed), random_case(seed)
    rows = [row for row in case.resources if row.get("resourceType") not in ("Patient", "Medication", "Bundle")]
    patient = next((row for row in case.resources if row.get("resourceType") == "Patient"), {})
    codes = [row["code"] for row in rows if row.get("resourceType") == "Condition" and isinstance(row.get("code"), dict)]
    told = [encode({**patient, "resourceType": "Patient", "id": "p"})]
    told += [encode({"id": f"r{n}", **row, "subject": {"reference": "Patient/p"}}) for n, row in enumerate(rows)]
    listed = rng.choices([KIDNEYS, ANAEMIA, *codes], k=rng.choice((0, 1, 2, 2)))
    told += [line("Condition", {**rng.choice(({}, {"clinicalStatus": ACTIVE}, {"clinicalStatus": OVER})), "code": code}, f"l{n}") for n, code in enumerate(listed)]
    codes += [*listed, *listed, KIDNEYS, ANAEMIA]
    for number in range(12):
        kind, row = rng.choice([*NEEDLESS.values(), *STAYING.values()])
        reasons = {"reasonCode": rng.choices(codes, k=rng.choice((1, 1, 1, 2)))} if rng.random() < 0.8 else {}
        told.append(line(kind, {**row, **reasons, **rng.choice([{}, {"meta": {"versionId": "3"}}])}, rng.choice((*[f"n{number}"] * 5, "r1"))))
    return [told[0], *rng.sample(told[1:], len(told) - 1)], case.today


@pytest.mark.parametrize("quality", [False, True])
@pytest.mark.parametrize("first", [1, pytest.param(1_001, marks=pytest.mark.long), pytest.param(2_001, marks=pytest.mark.long)])
def test_of_random_charts_the_cards_and_all_that_is_told_are_the_same_as_with_every_row(first, quality):
    by, omitted = {}, 0
    for seed in range(first, first + (50 if first == 1 else 700)):
        lines, today = with_reasons(seed)
        if today not in by:
            settings = read_settings({"today": today})
            question = Question(LIBRARY, occasions(LIBRARY, settings, ["folic-acid-5mg-daily"]), clock(settings), today, True, b"x", silence=True, quality=quality)
            by[today] = question, (rows := wanted_by(question)), replace(rows, settled=Unsettled(rows.nothing))
        question, settled, unsettled = by[today]
        one, other = (judge_all([(lines, drugs)], which, question) for which in (settled, unsettled))
        if quality:
            one.tally.sent, other.tally.sent = lost(one.tally.sent), lost(other.tally.sent)
        assert one == other, seed
        omitted += len(without_needless(lines, [], settled, drugs)[1])
    assert omitted > 80


def lost(sent):
    """What was not understood, or used."""
    return {told: number for told, number in sent.items() if told[0] != Fate.NOT_OURS.value}


def test_the_last_day_of_a_record_is_that_of_a_row_that_is_left_out_too():
    settings = read_settings({"today": date(2026, 1, 15)})
    question = Question(LIBRARY, occasions(LIBRARY, settings, []), clock(settings), None, True, b"x")
    patient = encode({"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"})
    low = line("Observation", {"status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}, "valueQuantity": {"value": 90, "unit": "ng/L", "system": "http://unitsofmeasure.org", "code": "ng/L"}, "effectiveDateTime": "2020-01-01"})
    order = line("MedicationRequest", pointing("other", {"authoredOn": "2021-03-04"}))
    rows = judge_all([([patient, low, order], drugs)], wanted_by(question), question).rows
    assert {day.isoformat() for _, day, _ in rows} == {"2021-03-04"}
