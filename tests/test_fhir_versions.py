"""The same patients in DSTU2, STU3 and R5 give the same cards, and what the cards suggest is valid in that version."""

import copy
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import import_module

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr import shelf
from cdshooks.ehr.client import in_process
from cdshooks.ehr.patients import read_record
from cdshooks.ehr.request import prefetch
from cdshooks.ehr.visit import open_visit
from cdshooks.reading.spellings import Version
from cdshooks.review import vignettes
from cdshooks.review.vignettes import fault_of
from cdshooks.rules.decide import decide
from tests.conftest import shared_files
from tests.hapi_oracle import hapi
from tests.resay import Unsayable, everywhere, resaid, reselected
from tests.shipped import LIBRARY

VERSIONS = ("DSTU2", "STU3", "R5")
DAY = date(2026, 1, 15)
INSTANCE = "6a4b3f1f-7c11-4b0e-9a35-8b3a2f0e6d0c"


@cache
def client(today: date, version: str | None = None):
    return in_process(create_app(Settings(today=today, fhir_version=version and Version(version)), LIBRARY))


def answer(body: dict, today: date, version: str | None = None) -> list[dict]:
    at = client(today, version)
    status, response = at.call(at.service_for(body["hook"])["id"], body)
    assert status == 200, response
    return response["cards"]


def told_request(told: dict) -> dict:
    """The request that an R4 EHR sends for an acceptance vignette."""
    today = date.fromisoformat(told["today"])
    templates = client(today).service_for(told["hook"])["prefetch"]
    record = read_record(told["resources"], told["id"])
    body = {"hook": told["hook"], "hookInstance": INSTANCE, "context": told["context"]}
    return body | {"prefetch": prefetch(record, templates, told["context"], today)}


def fixture_request(name: str) -> dict:
    visit = open_visit(name, DAY)
    return visit.request(client(DAY).service_for(visit.hook)["prefetch"], hook_instance=INSTANCE)


def seen(cards: list[dict], version: str = "R4") -> list[tuple]:
    """What the prescriber sees, and what is done at a click.

    DSTU2 has no words for doses that follow each other: of drugs that are ordered, only that other versions offer them.
    """
    return [
        (card["source"]["topic"]["code"], card["indicator"], card["summary"], *_told(card, version)) for card in cards
    ]


def _told(card: dict, version: str) -> list:
    if version != "DSTU2":
        return [card["detail"], *deeds(card)]
    detail = card["detail"].replace("MedicationOrder/", "MedicationRequest/")  # rows are named as they were sent
    lines = [line for line in detail.split("\n\n") if not line.startswith("**Not offered here:**")]
    lines = [line[:250] if line.endswith("…") else line for line in lines]  # what is cut is cut elsewhere by a longer name
    return [lines, [deed for deed in deeds(card) if not deed[0].startswith("Replace") and not deed[2].startswith("Draft:")]]


def deeds(card: dict) -> list[tuple]:
    return [(s["label"], a["type"], a["description"]) for s in card.get("suggestions", ()) for a in s["actions"]]


def actions(cards: list[dict]) -> list[dict]:
    return [action for card in cards for s in card.get("suggestions", ()) for action in s["actions"]]


# --- validity, by others' definitions ---------------------------------------------------------------------------------


def model_faults(resource: dict, version: str) -> str:
    """What fhir.resources finds wrong; R4 is judged by R4B, which has every R4 element of these types."""
    kind = resource["resourceType"]
    package = {"STU3": "fhir.resources.STU3", "R4": "fhir.resources.R4B", "R4B": "fhir.resources.R4B"}
    module = f"{package.get(version, 'fhir.resources')}.{kind.lower()}"
    try:
        getattr(import_module(module), kind).model_validate(resource)
    except Exception as error:  # it lets KeyError and RecursionError through, too
        return f"{kind}: {error}"[:500]
    return ""


def faults(resources: list[dict], version: str) -> list[str]:
    if version == "DSTU2":
        found = hapi([f"valid DSTU2 {json.dumps(resource, default=float)}" for resource in resources])
    else:
        found = [model_faults(resource, version) for resource in resources]
    return [fault for fault in found if fault]


# --- the same cards ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", shared_files("vignettes/V*.json"), ids=lambda f: f.stem)
def test_an_acceptance_vignette_gives_the_same_cards_in_another_version(file, version):
    told = json.loads(file.read_text(encoding="utf-8"))
    today, body = date.fromisoformat(told["today"]), told_request(told)
    again = everywhere(body, version)
    sent = copy.deepcopy(again)
    assert seen(answer(again, today), version) == seen(answer(body, today), version)
    assert again == sent


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", shelf.request_names())
def test_a_fixture_gives_the_same_cards_in_another_version(name, version):
    body = fixture_request(name)
    assert seen(answer(everywhere(body, version), DAY), version) == seen(answer(body, DAY), version)


def in_version(version: str):
    """A Chart that is given everything in another version."""
    chart = vignettes.Chart

    def made(concepts, clock, patient_id, hook, provided, drafts, selections):
        provided = replace(provided, rows=tuple(resaid(row, version) for row in provided.rows))
        selections = None if selections is None else [reselected(one, version) for one in selections]
        return chart(concepts, clock, patient_id, hook, provided, [resaid(d, version) for d in drafts], selections)

    return made


@pytest.mark.parametrize("version", [VERSIONS[0], *(pytest.param(v, marks=pytest.mark.long) for v in VERSIONS[1:])])
def test_the_vignettes_of_all_cards_come_out_as_told_in_another_version(version, monkeypatch):
    monkeypatch.setattr(vignettes, "Chart", in_version(version))
    wrong, unsayable = [], Counter()
    for card in LIBRARY.cards:
        for vignette in card.page.vignettes:
            try:
                fault = fault_of(decide(card, vignettes.chart_of(LIBRARY, card, vignette)), vignette)
            except Unsayable as why:
                unsayable[str(why)] += 1
                continue
            wrong += [f"{card.topic}: {vignette['name']}: {fault}"] if fault else []
    assert wrong == []
    # What this version has no words for: order intents and a few statuses, nothing else.
    assert sum(unsayable.values()) < 25, unsayable


# --- what is suggested ------------------------------------------------------------------------------------------------


IN_JAVA = pytest.param("DSTU2", marks=pytest.mark.long)  # its models are those of another project


@pytest.mark.parametrize("version", [IN_JAVA, "STU3", "R4", "R4B", "R5"])
def test_every_order_of_ours_is_valid_in_every_version(version):
    from cdshooks.protocol.versions import CannotSay, written

    said, unsaid = [], []
    for template in (template for order in LIBRARY.orders.values() for template in order.variants):
        try:
            said.append(written(template.fill("p-1", "2026-01-15"), Version(version)))
        except CannotSay as why:
            unsaid.append(str(why))
    assert faults(said, version) == []
    assert said
    # DSTU2 has no words for doses that follow each other.
    lacking = {"dosageInstruction.sequence"} if version == "DSTU2" else set()
    assert {why.rpartition(" ")[2] for why in unsaid} == lacking


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_suggested_to_a_client_is_valid_in_its_version(version):
    """Over all fixtures and vignettes, the client's version told by the shapes of what it sent or by the setting."""
    found = []
    for name in shelf.request_names():
        found += actions(answer(everywhere(fixture_request(name), version), DAY, version))
    for file in shared_files("vignettes/V*.json"):
        told = json.loads(file.read_text(encoding="utf-8"))
        body = everywhere(told_request(told), version)
        found += actions(answer(body, date.fromisoformat(told["today"]), version))
    resources = [action["resource"] for action in found if "resource" in action]
    assert {action["type"] for action in found} >= {"create", "delete"}
    assert faults(resources, version) == []
    kinds = {"DSTU2": {"MedicationOrder", "DiagnosticOrder"}, "STU3": {"MedicationRequest", "ProcedureRequest"}}
    assert {r["resourceType"] for r in resources} <= kinds.get(version, {"MedicationRequest", "ServiceRequest"})


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_valid_in_r4_is_valid_when_the_tests_say_it_in_another_version(version):
    """Else the tests above would prove that we read what nobody sends."""
    names = [name for name in shelf.patient_names() if name != "odd-data"]
    rows = [row for name in names for row in shelf.open_patient(name).resources]
    rows = [row for row in rows if not model_faults(row, "R4")]
    assert len({row["resourceType"] for row in rows}) >= 6
    assert faults([resaid(row, version) for row in rows], version) == []


FAR_APART = {
    "hook": "order-sign",
    "hookInstance": INSTANCE,
    "context": {"userId": "Practitioner/1", "patientId": "p-1"},
}
DRAFT = {
    "resourceType": "MedicationRequest",
    "id": "d-1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p-1"},
    "authoredOn": "2026-01-15",
    "medicationCodeableConcept": {
        "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "317106"}],
    },
    "dosageInstruction": [
        {
            "text": "1 mg every 6 months",
            "timing": {"repeat": {"frequency": 1, "period": 6, "periodUnit": "mo"}},
            "route": {"coding": [{"system": "http://snomed.info/sct", "code": "78421000"}]},
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "mg", "code": "mg"}}],
        }
    ],
}
SICK = {
    "resourceType": "Condition",
    "id": "c-1",
    "subject": {"reference": "Patient/p-1"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "84027009"}]},
}
HIGH = {
    "resourceType": "Observation",
    "id": "o-1",
    "status": "final",
    "subject": {"reference": "Patient/p-1"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]},
    "effectiveDateTime": "2025-12-20",
    "valueQuantity": {"value": 900, "unit": "ng/L", "code": "ng/L", "system": "http://unitsofmeasure.org"},
}


def searchset(resource: dict) -> dict:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource}]}


def far_apart() -> dict:
    """An injection ordered too far apart: the card offers to change the client's own draft."""
    keys = client(DAY).service_for("order-sign")["prefetch"]
    patient = {"resourceType": "Patient", "id": "p-1", "birthDate": "1960-01-01"}
    given = {"patient": patient, "conditions": searchset(SICK), "results": searchset(HIGH)}
    given["recent_results"] = given["results"]
    body = copy.deepcopy(FAR_APART)
    body["context"]["draftOrders"] = searchset(DRAFT)
    given = {key: value for key, value in given.items() if key in keys}
    return body | {"prefetch": dict.fromkeys(keys) | given}


@pytest.mark.parametrize("version", [IN_JAVA, "STU3", "R4", "R5"])
def test_a_draft_is_changed_in_its_own_words_and_nowhere_else(version):
    body = far_apart() if version == "R4" else everywhere(far_apart(), version)
    draft = body["context"]["draftOrders"]["entry"][0]["resource"]
    sent = copy.deepcopy(draft)
    updates = [action["resource"] for action in actions(answer(body, DAY)) if action["type"] == "update"]
    assert len(updates) >= 1
    assert draft == sent
    unit = "periodUnits" if version == "DSTU2" else "periodUnit"
    for changed in updates:
        entry = changed["dosageInstruction"][0]
        assert entry["timing"]["repeat"][unit] == "mo"
        assert set(entry["timing"]["repeat"]) == {"frequency", "period", unit}
        same = {"dosageInstruction": [entry | {key: sent["dosageInstruction"][0][key] for key in ("text", "timing")}]}
        assert changed | same == sent
    assert faults(updates, version) == []


def test_a_suggestion_that_the_version_has_no_words_for_is_left_out_and_the_card_says_so(monkeypatch):
    from cdshooks.content.orders import Template

    def filled(self, patient_id, today):
        order = copy.deepcopy(fill(self, patient_id, today))  # it shares what is the same for all
        if "dosageInstruction" in order:
            order["dosageInstruction"] = order["dosageInstruction"][:1]
            order["dosageInstruction"][0].pop("sequence", None)
            order["dosageInstruction"][0]["timing"]["repeat"]["dayOfWeek"] = ["mon"]
        return order

    fill = Template.fill
    monkeypatch.setattr(Template, "fill", filled)
    body = fixture_request("low-b12")
    plain, old = (answer(body, DAY, version) for version in ("R4", "DSTU2"))
    assert [card["summary"] for card in plain] == [card["summary"] for card in old]
    assert "MedicationRequest" in {a["resource"]["resourceType"] for a in actions(plain)}
    assert {a["resource"]["resourceType"] for a in actions(old)} <= {"DiagnosticOrder"}
    details = "".join(card["detail"] for card in old)
    assert "**Not offered here:**" in details
    assert "DSTU2 cannot say dosageInstruction.timing.repeat.dayOfWeek" in details.replace("\\", "").replace(". ", ".")  # a path is no address
    assert "Not offered here" not in "".join(card["detail"] for card in plain)
