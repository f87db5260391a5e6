"""The judge's reading of FHIR R4 says what the models of fhir.resources say, of every structure and of each fault."""

import base64
import datetime as dt
import json
from pathlib import Path

import cds_conformance
import pytest
from cds_conformance.ehr.made import made_charts
from cds_conformance.ehr.notions import subject_of
from cds_conformance.fhir_shape import fields_of, is_resource, shape_faults
from cds_conformance.fhir_values import PRIMITIVES, primitive_fault
from pydantic import ValidationError

TABLE = Path(cds_conformance.__file__).with_name("fhir_r4.json")

SAMPLES = {
    "boolean": True, "Integer": 3, "UnsignedInt": 0, "PositiveInt": 1, "Decimal": 1.5, "Date": "2026-01", "Time": "09:00:00",
    "DateTime": "2026-01-15T09:00:00+01:00", "Instant": "2026-01-15T09:00:00.000Z", "Id": "a-1.b", "Oid": "urn:oid:1.2.3",
    "UUID": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "Uri": "urn:x", "Url": "https://a.example/b", "Canonical": "https://a.example|1",
    "Base64Binary": base64.b64encode(b"abc").decode(), "Code": "a-code", "String": "text", "Markdown": "*text*",
    "Xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
}  # fmt: skip
KINDS = sorted(kind for kind in json.loads(TABLE.read_text("utf-8")) if is_resource(kind))
USUAL = ("ServiceRequest", "MedicationRequest", "Task")
EVERY = [pytest.param(kind, marks=[] if kind in USUAL else pytest.mark.long) for kind in KINDS]


def sample(kind: str, full: bool, deep: int = 0):
    """A value of this type with what is required, or with every field of its own, each group by its first name."""
    if kind in PRIMITIVES:
        return SAMPLES[kind]
    if kind == "Resource":
        return {"resourceType": "Basic", "code": {"text": "x"}}
    held = {"resourceType": kind} if is_resource(kind) else {}
    groups = set()
    for name, field in fields_of(kind).items():
        wanted = field.required or field.one_required or (full and deep < 2 and name not in ("extension", "modifierExtension"))
        if wanted and field.group not in groups:
            value = field.words[0] if field.words else sample(field.kind, full, deep + 1)
            held |= {name: [value] if field.several else value} if value != {} else {}
            groups |= {field.group} if field.group else set()
    return held or ({"id": "x"} if kind != "Element" else {})


def faulty(kind: str):
    """The full sample with one thing wrong, each way that there is, and what is wrong in words."""
    whole, known = sample(kind, True), fields_of(kind)
    yield "a field more", whole | {"unknownField": 1}
    for name, value in whole.items():
        field = known.get(name)
        if field and field.required:
            yield f"without {name}", {key: held for key, held in whole.items() if key != name}
        if field and field.several:
            yield f"{name} no list", whole | {name: value[0]}
        elif field:
            yield f"{name} a list", whole | {name: [value]}
        if field and (field.words or field.kind not in ("boolean", "Decimal", "Integer", "UnsignedInt", "PositiveInt")):
            wrong = {"a": {"b": 1}} if field.kind in PRIMITIVES else "text"
            yield f"{name} of another type", whole | {name: [wrong] if field.several else wrong}
        if field and field.group:
            other = next((n for n, f in known.items() if f.group == field.group and n != name), None)
            if other:
                yield f"{name} beside {other}", whole | {other: sample(known[other].kind, False)}


def the_models_refuse(resource: dict) -> bool:
    from fhir.resources.R4B import get_fhir_model_class

    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except (ValidationError, TypeError):  # the models fall over a list where a url belongs
        return True
    return False


@pytest.mark.parametrize("kind", EVERY)
def test_what_the_models_accept_has_no_fault_and_what_they_refuse_has_one(kind):
    for full in (False, True):
        good = sample(kind, full)
        assert [*shape_faults(good)] == []
        assert not the_models_refuse(good)
    wrong = [*faulty(kind)]
    assert len(wrong) > 3
    assert [how for how, resource in wrong if not [*shape_faults(resource)]] == []
    assert [how for how, resource in wrong if not the_models_refuse(resource)] == []


def made_for(kinds: list[str]):
    """What is made for a service that asks for these kinds, of a status and a category that not all of them can have."""
    templates = {kind: f"{kind}?patient={{{{context.patientId}}}}&status=active&category=http://x.example|one" for kind in kinds}
    today = dt.date(2026, 1, 15)
    subject = subject_of({"id": "x", "description": "Bleeding, b12, penicillin, blood pressure"}, templates)
    return [resource for chart in made_charts(subject, (), today)[:3] for resource in (*chart.resources, *chart.drafts)]


def test_patients_that_are_made_for_a_service_are_valid_of_every_kind_that_it_may_ask_for():
    made = made_for([*KINDS, "NoSuchKind"])
    assert {resource["resourceType"] for resource in made} > {"CarePlan", "Goal", "Procedure", "DocumentReference"}
    assert "NoSuchKind" not in {resource["resourceType"] for resource in made}
    assert {(one["resourceType"], *fault) for one in made for fault in shape_faults(one)} == set()


VALUES = {
    "boolean": ([True], ["true", 1]),
    "Integer": ([0, -5, 2**31 - 1], ["5", 1.5, 2**31, True]),
    "PositiveInt": ([1], [0, -1]),
    "UnsignedInt": ([0], [-1]),
    "Decimal": ([1, 1.25, -3e5], ["1.5", False]),
    "Date": (["2024", "2024-02", "2024-02-29"], ["2023-02-29", "2024-13", "0000", "24-01-01", "2024-02-29T09:00:00Z", "today"]),
    "DateTime": (
        ["2024", "2024-02-29", "2016-12-31T23:59:60Z", "2024-02-29T09:00:00.25+14:00"],
        ["2024-02-29T09:00:00", "2024-02-29T09:00Z", "2024-02-30T09:00:00Z", "2024-02-29 09:00:00Z", "2024-02-29T24:00:00Z"],
    ),
    "Instant": (["2024-02-29T09:00:00Z"], ["2024-02-29", "2024-02-29T09:00:00", "2024-02T09:00:00Z"]),
    "Time": (["09:00:00", "23:59:60.5"], ["24:00:00", "9:00:00", "09:00"]),
    "Code": (["active", "two words"], [" active", "active ", "two  words"]),
    "Id": (["A-1.b"], ["a_b", "a" * 65, "a b"]),
    "Uri": (["urn:x", "relative/1"], ["with a blank"]),
    "Oid": (["urn:oid:1.2.3"], ["1.2.3", "urn:oid:3.1"]),
    "UUID": ([SAMPLES["UUID"]], ["urn:uuid:1"]),
    "Base64Binary": (["YWJj", "YW Jj"], ["*"]),
    "String": (["\u00a0caf\u00e9", " "], [1, {"a": 1}]),
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_of_primitive_types_are_what_R4_says(kind):
    right, wrong = VALUES[kind]
    assert [value for value in right if primitive_fault(kind, value)] == []
    assert [value for value in wrong if not primitive_fault(kind, value)] == []


ORDER = {"resourceType": "ServiceRequest", "status": "draft", "intent": "order", "subject": {"reference": "Patient/1"}}
NOT_SAID = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({"_status": NOT_SAID, "status": None}, ["status"]),
        ({"instantiatesUri": [None, "urn:x"], "_instantiatesUri": [NOT_SAID, None]}, []),
        ({"_intent": {"nothing": 1}}, ["_intent.nothing"]),
        ({"_subject": NOT_SAID}, ["_subject"]),
        ({"category": [None]}, ["category[0]"]),
        ({"code": {"coding": [{"system": ""}]}}, ["code.coding[0].system"]),
        ({"contained": [{"resourceType": "Patient", "gender": "m"}]}, ["contained[0].gender"]),
        ({"contained": [{"resourceType": "Reference"}]}, ["contained[0].resourceType"]),
        ({"contained": [{"resourceType": "SubstanceProtein", "x": 1}]}, []),
        ({"occurrenceDateTime": "2024", "_occurrencePeriod": {}}, ["_occurrencePeriod"]),
    ],
)
def test_places_of_faults_are_told(more, faults):
    assert [at for at, _ in shape_faults(ORDER | more)] == faults


def test_a_required_value_of_which_only_an_extension_is_known_is_there():
    assert [*shape_faults({key: value for key, value in ORDER.items() if key != "status"} | {"_status": NOT_SAID})] == []


@pytest.mark.long
def test_the_table_is_what_the_models_say():
    from fhir_table import table

    assert TABLE.read_text("utf-8") == table()
