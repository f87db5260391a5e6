"""What a call brought is gone after it: from the memory of the workers, and memory does not grow by what strangers send."""

import copy
import json
import os
import re
from pathlib import Path

import pytest

from tests.conftest import MISSING
from tests.serving import fixture, serving

pytestmark = pytest.mark.long
# Words that stand nowhere else, each in another place of the request.
CANARIES = {
    "birthDate": "1931-07-19T04:13:57.31337Z", "family": "Qanarybird-Zz", "id": "qanary-7731-zz", "text": "qanary dosage words", "fhirServer": "https://qanary.example/fhir/zz", "unit": "ng/Lqanary",
    "access_token": "qanary.token.aabbcc", "effective": "2025-11-23T01:02:03.45671Z",
}  # fmt: skip


def request_with(canaries: dict) -> bytes:
    sent = json.loads(fixture("low-b12"))
    sent["context"]["patientId"] = canaries["id"]
    sent["fhirServer"] = canaries["fhirServer"]
    sent["fhirAuthorization"] = {"access_token": canaries["access_token"], "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read", "subject": "x"}
    patient = {"resourceType": "Patient", "id": canaries["id"], "birthDate": canaries["birthDate"], "name": [{"family": canaries["family"]}]}
    sent["prefetch"]["patient"] = patient
    order = {"resourceType": "MedicationRequest", "id": "1", "status": "active", "intent": "order", "subject": {"reference": f"Patient/{canaries['id']}"}}
    order |= {"medicationCodeableConcept": {"text": canaries["text"]}, "authoredOn": canaries["effective"], "dosageInstruction": [{"text": canaries["text"]}]}
    sent["prefetch"]["medication_requests"] = {"resourceType": "Bundle", "entry": [{"resource": order}]}
    result = {"resourceType": "Observation", "id": "2", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "2132-9"}]}, "effectiveDateTime": canaries["effective"]}
    result["valueQuantity"] = {"value": 150, "unit": canaries["unit"], "code": "ng/L"}
    sent["prefetch"]["results"] = {"resourceType": "Bundle", "entry": [{"resource": result}]}
    return json.dumps(sent).encode()


def found_in_memory(pid: int, words: list[bytes]) -> list[bytes]:
    """Which of these words stand anywhere in what a process may write to."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not area:
                continue
            begin, end = (int(number, 16) for number in area.groups())
            try:
                memory.seek(begin)
                content = memory.read(end - begin)
            except (OSError, ValueError, OverflowError):
                continue
            found |= {word for word in words if word in content}
    return sorted(found)


@pytest.fixture
def service(tmp_path):
    with serving(tmp_path, "--workers", "1", CDSHOOKS_ACCESS_LOG="no") as started:
        yield started


def size(pid: int) -> int:
    """Bytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_after_600_further_calls_no_word_of_a_patient_is_in_a_workers_memory(service):
    (worker,) = service.until(service.workers)
    if os.getuid() != 0:
        pytest.skip(f"{MISSING}the memory of another process can be read by root only")
    words = [word.encode() for word in CANARIES.values()]
    for _ in range(20):
        assert service.fire(request_with(CANARIES))[0] == 200
    others = {name: "9" * len(word) if name == "id" else f"{'x' * (len(word) - 1)}y" for name, word in CANARIES.items()} | {"fhirServer": "https://other.example/fhir"}
    for number in range(600):
        service.fire(request_with(others) if number % 3 else fixture("healthy"))
    assert found_in_memory(worker, words) == []


def string_places(value: object, path: tuple = ()):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from string_places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from string_places(inner, (*path, index))
    elif isinstance(value, str):
        yield path


def test_ten_thousand_long_values_in_every_place_do_not_make_a_worker_grow(service):
    (worker,) = service.until(service.workers)
    sent = json.loads(request_with(CANARIES))
    places = list(string_places(sent))
    assert len(places) > 30

    def fire(number, length):
        changed, (*way, last) = copy.deepcopy(sent), places[number % len(places)]
        place = changed
        for step in way:
            place = place[step]
        place[last] = f"{place[last]}{number:08}{'z' * length}"
        service.fire(json.dumps(changed).encode())

    for number in range(500):
        fire(number, 100 if number % 2 else 20_000)
    before = size(worker)
    for number in range(10_000):
        fire(number, 20_000)
    grown = size(worker) - before
    assert grown < 8_000_000, f"{grown} bytes more, of 200 MB that were sent"
    assert size(worker) < 150_000_000
