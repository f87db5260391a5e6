"""What our suggestions order, before two validators beside fhir.resources: each catches what the others let pass."""

import copy
import json
import shutil
import subprocess
from functools import cache

import pytest
from jsonschema import Draft6Validator

from tests.conftest import MISSING
from tests.shipped import LIBRARY
from tests.ucum_oracles import HERE, INSTALLED

MEDPLUM = INSTALLED / "node_modules" / "@medplum"
TEMPLATES = {f"{t.name} {t.country}": t for order in LIBRARY.orders.values() for t in order.variants}
RESOURCES = {name: template.fill("p-1", "2026-01-15") for name, template in TEMPLATES.items()}
BROKEN = {
    "an element that is none": {"colour": "red"},
    "a number written as text": {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": "1"}}]}]},
    "a list where one value belongs": {"intent": ["order"]},
}


@cache
def json_schema() -> Draft6Validator:
    """FHIR's own R4 JSON Schema, without the types that the package's makers added to it."""
    file = MEDPLUM / "definitions" / "dist" / "fhir" / "r4" / "fhir.schema.json"
    if not file.is_file():
        pytest.skip(f"{MISSING}node packages of tests/oracles; .ci/run installs them into .venv/oracles")
    return Draft6Validator(json.loads(file.read_text(encoding="utf-8")))


def by_schema(resource: dict) -> list[str]:
    kind = resource["resourceType"]
    validator = json_schema().evolve(schema={**json_schema().schema, "$ref": f"#/definitions/{kind}"})
    return [error.message for error in validator.iter_errors(resource)]


def by_medplum(resources: list[dict]) -> list[list[str]]:
    node = shutil.which("node")
    if node is None or not (MEDPLUM / "core").is_dir():
        pytest.skip(f"{MISSING}node, and the node packages of tests/oracles; .ci/run installs them")
    command = [node, str(HERE / "oracles" / "fhir.cjs"), str(INSTALLED)]
    asked = json.dumps(resources)
    answer = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, timeout=120)
    return json.loads(answer.stdout)


def broken(change: dict) -> dict:
    return copy.deepcopy(next(iter(RESOURCES.values()))) | change


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_an_order_is_valid_by_fhirs_own_json_schema(name):
    assert by_schema(RESOURCES[name]) == []


def test_every_order_is_valid_by_a_third_validator():
    assert dict(zip(RESOURCES, by_medplum(list(RESOURCES.values())), strict=True)) == {name: [] for name in RESOURCES}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_broken_order_is_caught_by_these_two(mistake):
    resource = broken(BROKEN[mistake])
    assert by_schema(resource) or by_medplum([resource])[0]
