"""Patients of our own, judged from the reference before the service was asked: what comes, how loud, offered, said."""

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.visit import Visit
from tests.clinical import orders, others, results, treatment
from tests.clinical.telling import TODAY, Patient
from tests.shipped import LIBRARY

PATIENTS = [*results.PATIENTS, *treatment.PATIENTS, *orders.PATIENTS, *others.PATIENTS]
EVERYWHERE = {"could-not-check"}


@cache
def client(country):
    return in_process(create_app(Settings(today=TODAY), replace(LIBRARY, country=country)))


def person(who: str) -> dict:
    sex, born = who.split()
    birth = {} if born == "?" else {"birthDate": born if "-" in born else f"{TODAY.year - int(born)}-01-01"}
    return {"resourceType": "Patient", "id": "own", "gender": {"F": "female", "M": "male"}[sex], **birth}


@cache
def cards_of(at: int) -> tuple[dict, ...]:
    patient = PATIENTS[at]
    numbered = [{**one, "id": f"r{number}"} for number, one in enumerate(patient.record)]
    entries = [{"resource": one} for one in [person(patient.who), *numbered]]
    record = read_record({"resourceType": "Bundle", "type": "collection", "entry": entries}, patient.name)
    drafts = tuple({**one, "id": f"draft-{number}"} for number, one in enumerate(patient.drafts, 1))
    chosen = tuple(f"{drafts[n - 1]['resourceType']}/draft-{n}" for n in patient.selected) or None
    hook = "order-select" if chosen else "order-sign" if drafts else "patient-view"
    visit = Visit(record, hook, TODAY, drafts, chosen)
    asked = client(patient.country)
    service = asked.service_for(hook)
    status, body = asked.call(service["id"], visit.request(service["prefetch"]))
    assert status == 200, body
    return tuple(body["cards"])


def plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.replace("*", "")).casefold()


def lacking(words, text):
    return [word for word in words if plain(word).strip() not in plain(text)]


@pytest.mark.parametrize("at", range(len(PATIENTS)), ids=lambda at: PATIENTS[at].name)
def test_what_comes_is_what_was_judged_beforehand(at):
    patient: Patient = PATIENTS[at]
    cards = cards_of(at)
    came = {card["source"]["topic"]["code"]: card["indicator"] for card in cards}
    told = re.findall(r"\([^)]*\)|\S+", patient.cards)
    may = {one.strip("()") for one in told if one.startswith("(")}
    must = dict(one.split(":") for one in told if ":" in one)
    labels = " | ".join(one["label"] for card in cards for one in card.get("suggestions", ()))
    text = " ".join(f"{card['summary']} {card['detail']}" for card in cards)
    assert {topic: loud for topic, loud in came.items() if topic not in may | EVERYWHERE} == must
    assert lacking(patient.offers, labels) == [], labels
    assert [word for word in patient.never if not lacking([word], labels)] == [], labels
    assert lacking(patient.says, text) == [], text
    assert [word for word in patient.silent_on if not lacking([word], text)] == [], text


def test_each_topic_has_patients_on_both_sides():
    met = Counter(part.split(":")[0] for one in PATIENTS for part in one.cards.split() if ":" in part)
    assert set(met) == {card.topic for card in LIBRARY.cards}
    assert len({one.name for one in PATIENTS}) == len(PATIENTS)
