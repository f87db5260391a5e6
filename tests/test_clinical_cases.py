"""The patients that were judged as a sceptical haematologist would: topics, how loud, what is offered, what is said."""

import csv
import json
import re
from datetime import date
from functools import cache

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.visit import Visit
from tests.conftest import shared, shared_files
from tests.shipped import LIBRARY

TODAY = date(2026, 1, 15)
ALWAYS_ALLOWED = {"could-not-check"}


def rows() -> list[dict]:
    files = shared_files("clinical-cases/index.csv")
    return list(csv.DictReader(files[0].read_text(encoding="utf-8").splitlines(keepends=True))) if files else []


@cache
def client():
    return in_process(create_app(Settings(today=TODAY), LIBRARY))


@cache
def cards_of(file: str) -> tuple[dict, ...]:
    """The cards of one row, through the service as an EHR would call it."""
    row = next(row for row in rows() if row["file"] == file)
    folder = shared("clinical-cases")
    record = read_record(json.loads((folder / file).read_text(encoding="utf-8")), file)
    told = [json.loads((folder / name).read_text(encoding="utf-8")) for name in row["order"].split()]
    drafts = tuple(draft | {"id": f"draft-{number}"} for number, draft in enumerate(told, 1))
    chosen = None
    if row["selected"]:
        numbers = [int(number) for number in re.findall(r"\d+", row["selected"])]
        chosen = tuple(f"{drafts[n - 1]['resourceType']}/{drafts[n - 1]['id']}" for n in numbers)
    visit = Visit(record, row["hook"], TODAY, drafts, chosen)
    service = client().service_for(row["hook"])
    status, body = client().call(service["id"], visit.request(service["prefetch"]))
    assert status == 200, body
    return tuple(body["cards"])


def wanted(told: str) -> tuple[dict[str, str], set[str]]:
    """Topics that must come, with their indicator, and those that may."""
    must, may = {}, set()
    for part in re.findall(r"\([^)]*\)|\S+", told):
        topic, _, indicator = part.strip("()").partition(":")
        if part.startswith("("):
            may.add(topic)
        elif topic != "none":
            must[topic] = indicator
    return must, may


def words(told: str) -> list[str]:
    return [part.replace("\\n", " ").strip().casefold() for part in told.split("|") if part.strip()]


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def said(cards) -> str:
    return plain(" ".join(f"{card['summary']} {card['detail']}" for card in cards))


def offered(cards) -> str:
    return plain(" | ".join(s["label"] for card in cards for s in card.get("suggestions", ())))


PATIENTS = pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"].removesuffix(".json"))


@PATIENTS
def test_the_topics_come_as_loud_as_they_should_and_no_others(row):
    must, may = wanted(row["expected_topics"])
    came = {card["source"]["topic"]["code"]: card["indicator"] for card in cards_of(row["file"])}
    assert {topic: loud for topic, loud in came.items() if topic not in may | ALWAYS_ALLOWED} == must, row["note"]


@PATIENTS
def test_nothing_is_offered_that_must_not_be_and_what_must_be_is(row):
    labels = offered(cards_of(row["file"]))
    assert [word for word in words(row["must_not_suggest"]) if word in labels] == [], row["note"]
    assert [word for word in words(row["must_suggest"]) if word not in labels] == [], row["note"]


@PATIENTS
def test_nothing_is_said_that_must_not_be_and_what_must_be_is(row):
    text = said(cards_of(row["file"]))
    assert [word for word in words(row["must_not_say"]) if word in text] == [], row["note"]
    assert [word for word in words(row["must_say"]) if word not in text] == [], row["note"]


def test_all_patients_are_there():
    shared("clinical-cases")
    assert len(rows()) == 103
