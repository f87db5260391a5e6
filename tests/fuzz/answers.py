"""How the campaign's FHIR server answers a read: well, badly, or with well-meant nonsense, as the seed of the call says."""

import gzip
import json
import socket
from random import Random

from tests.fhir_server import Asked, http, ok, reset, searchset
from tests.fuzz.hostile import SEEDS, odd, spoil, written

PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}
BOMB = http(200, gzip.compress(b" " * 30_000_000, 1), Content_Encoding="gzip")
BAD = (
    ok(searchset()), ok(PATIENT), ok([]), ok({}), http(500), http(404), http(401), http(429, Retry_After="0"),
    http(302, Location="http://127.0.0.1:1/"), http(200, b"[" * 9_000), http(200, b"1e400000"), http(200, b"\xff\xfe"),
    http(200, b"<html>", "text/html"), http(200, b"no gzip", Content_Encoding="gzip"), http(200, b"", Content_Encoding="br"),
    http(200, b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": ["x"]}}]}'),
    ok(searchset(next_url="http://[::1/x")), ok(searchset(next_url="//elsewhere.example/fhir")), http(200, b""),
    ok({"resourceType": "CapabilityStatement", "fhirVersion": "9.9"}), ok({"resourceType": "OperationOutcome", "issue": None}),
)  # fmt: skip


def _records() -> list[dict]:
    """What the fixtures hold, by key: what a good server would answer to somebody."""
    return [held for seed in SEEDS for held in json.loads(seed.read_bytes())["prefetch"].values() if isinstance(held, dict)]


RECORDS = [json.dumps(one) for one in _records()]


def behave(asked: Asked, one: socket.socket) -> bytes | None:
    """What is sent to this read; the token that it carries says by whom it was caused."""
    random = Random(f"{asked.headers.get('authorization')} {asked.path}")
    chance = random.random()
    if chance < 0.01:
        return reset(asked, one)
    if chance < 0.013:
        return BOMB
    if chance < 0.4:
        return random.choice(BAD)
    held = json.loads(random.choice(RECORDS))
    if chance > 0.6:
        for _ in range(random.choice([1, 3, 10])):
            spoil(held, random)
    return http(200, written(held if random.random() < 0.98 else odd(random), random))
