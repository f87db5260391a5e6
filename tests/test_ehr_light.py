"""A record read light is the record read whole, to everybody who reads something of it."""

import gzip
import json
from datetime import date
from decimal import Decimal

import pytest

from cdshooks.config.settings import Settings
from cdshooks.content.load import load_library
from cdshooks.ehr import shelf
from cdshooks.ehr.light import WHOLE, LightRecord
from cdshooks.ehr.patients import Record, read_record
from cdshooks.ehr.request import hook_request
from cdshooks.errors import BadJson
from cdshooks.protocol.discovery import services
from cdshooks.protocol.measure import values_in
from cdshooks.protocol.wire import decode
from tests.conftest import shared

SERVICES = [one for group in services(load_library(), Settings()).values() for one in group]
DAY = date(2026, 1, 15)
BILL = {
    "resourceType": "ExplanationOfBenefit",
    "id": "bill",
    "code": {"text": "paid"},
    "item": [{"sequence": n, "net": {"value": 129.16}} for n in range(50)],
}
PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}
LEVEL = {
    "resourceType": "Observation",
    "subject": {"reference": "urn:uuid:p"},
    "valueQuantity": {"value": 112.50, "unit": "pg/mL"},
}


def bundle(*rows: dict) -> bytes:
    entries = [{"fullUrl": f"urn:uuid:{row.get('id', n)}", "resource": row} for n, row in enumerate(rows)]
    return json.dumps({"resourceType": "Bundle", "timestamp": "2026-01-15T09:00:00Z", "entry": entries}).encode()


def both(body: bytes) -> tuple[Record, Record]:
    return read_record(LightRecord(body).read(), "light"), read_record(decode(body), "whole")


def test_what_is_read_is_there_to_the_digit_and_a_bill_only_by_its_name():
    light, whole = both(bundle(PATIENT, LEVEL, BILL))
    assert light.by_type["Observation"] == whole.by_type["Observation"]
    assert light.by_type["Observation"][0]["subject"] == {"reference": "Patient/p"}
    assert light.by_type["Observation"][0]["valueQuantity"]["value"] == Decimal("112.5")
    assert light.by_type["ExplanationOfBenefit"] == [
        {"resourceType": "ExplanationOfBenefit", "id": "bill", "code": {"text": "paid"}}
    ]
    assert light.told == whole.told == date(2026, 1, 15)


def test_fewer_values_are_made_than_came_and_never_more_than_was_said():
    body = bundle(PATIENT, LEVEL, BILL)
    light = LightRecord(body)
    assert len(list(every(light.read()))) <= 2 * light.values < values_in(body)  # a value has no sign of its own in "x": 1


def every(value: object):
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from every(one)


@pytest.mark.parametrize("kind", ["OBSERVATION", "observation"])
def test_a_type_in_another_case_is_no_other_type(kind):
    light, whole = both(bundle(PATIENT, LEVEL | {"resourceType": kind}, BILL))
    assert light.by_type[kind] == whole.by_type[kind]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([PATIENT, LEVEL]).encode(),
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"fullUrl": "x"}]}).encode(),
        json.dumps({"resourceType": "Bundle", "entry": [None, {"resource": PATIENT}, {"resource": 7}]}).encode(),
        json.dumps(
            {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": {"id": "no type"}}]}
        ).encode(),
        json.dumps(
            {"resourceType": "Bundle", "entry": [{"resource": PATIENT}, {"resource": {"resourceType": 5}}]}
        ).encode(),
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": PATIENT, "fullUrl": 5}]}).encode(),
    ],
)
def test_other_shapes_are_read_as_ever(body):
    light, whole = both(body)
    assert light == whole


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Claim", "id": }}]}',
        b"[" * 100_000,
        b"\xff\xfe{",
    ],
)
def test_what_is_no_json_is_told_as_ever(body):
    with pytest.raises(BadJson) as light:
        LightRecord(body).read()
    with pytest.raises(BadJson) as whole:
        decode(body)
    assert str(light.value) == str(whole.value)


def same_calls(body: bytes) -> None:
    """What this EHR answers to every template is the same; what is read to be looked at, too."""
    light, whole = both(body)
    templates = {key: text for service in SERVICES for key, text in service.prefetch.items()}
    asked = [hook_request(record, "patient-view", templates, (), DAY, hook_instance="one") for record in (light, whole)]
    assert asked[0] == asked[1]
    for kind in WHOLE:
        assert light.by_type.get(kind) == whole.by_type.get(kind)
    assert {kind: len(rows) for kind, rows in light.by_type.items()} == {
        kind: len(rows) for kind, rows in whole.by_type.items()
    }


def test_the_bundled_patients_are_the_same():
    for path in sorted((shelf.folder() / "patients").glob("*.json")):
        same_calls(path.read_bytes())


def test_long_lives_of_synthea_are_the_same_of_fewer_values():
    for folder in sorted(path for path in shared("synthea").iterdir() if path.is_dir()):
        largest = max(folder.glob("*.json.gz"), key=lambda path: path.stat().st_size)
        body = gzip.decompress(largest.read_bytes())
        same_calls(body)
        assert LightRecord(body).values < 0.7 * values_in(body)
