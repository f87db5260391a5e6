"""The campaign with tokens and fetching on: `python -m tests.fuzz.trusted --calls 20000`.

Every call brings a token, most of them right, and most name a FHIR server of ours that answers in every bad way.
"""

import argparse
import gzip
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from threading import Lock

from tests.attacks.minting import BASE, jwks, public_jwk, token
from tests.fhir_server import Server, always, http, ok, reset, searchset
from tests.fuzz import served
from tests.fuzz.campaign import fault_of
from tests.fuzz.hostile import SEEDS, Call, call
from tests.serving import serving

PATIENT = {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}
BAD_TOKENS = ("", "Bearer", "Bearer a.b.c", "Basic eDp5", "Bearer " + "e30." * 2_000, "Bearer \xff")
SPOILT = (
    {"aud": f"{BASE}/elsewhere"}, {"exp": 1}, {"iat": "x"}, {"jti": None}, {"iss": ["https://ehr.example.org"]},
    {"jti": "j" * 9_000}, {"exp": 10**400}, {"aud": {}}, {"nbf": 9_999_999_999}, {"tenant": "\0"},
)  # fmt: skip
ANSWERS = (
    ok(searchset()), ok(PATIENT), ok([]), ok({}), http(500), http(404), http(401), http(429, Retry_After="0"),
    http(302, Location="http://127.0.0.1:1/"), http(200, b"[" * 9_000), http(200, b"1e400000"), http(200, b"\xff\xfe"),
    http(200, b"<html>", "text/html"), http(200, gzip.compress(b" " * 30_000_000), Content_Encoding="gzip"),
    http(200, b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": ["x"]}}]}'),
    ok(searchset(next_url="http://[::1/x")), ok(searchset(next_url="//elsewhere.example/fhir")),
)  # fmt: skip


def answers(random: Random):
    """What the FHIR server does: mostly answer, in one way or another."""
    lock = Lock()

    def behave(asked, one):
        with lock:
            chance = random.random()
            sent = random.choice(ANSWERS)
        return reset(asked, one) if chance < 0.02 else always(sent)(asked, one)

    return behave


def dressed(random: Random, server: str) -> Call:
    """A hostile call with a token, that asks to be completed."""
    one = call(random)
    headers, body = dict(one.headers), one.body
    if random.random() < 0.5:
        sent = json.loads(random.choice(SEEDS).read_bytes())
        sent["prefetch"] = {key: value for key, value in sent["prefetch"].items() if random.random() < 0.7}
        sent["fhirServer"] = server
        body, one = json.dumps(sent).encode(), Call("POST", f"/cds-services/b12-{sent['hook']}", b"")
        headers = {"Content-Type": "application/json"}
    chance = random.random()
    said = random.choice(SPOILT) if chance < 0.15 else {}
    headers["Authorization"] = random.choice(BAD_TOKENS) if chance > 0.95 else f"Bearer {token(**{'aud': BASE + one.path} | said)}"
    return Call(one.method, one.path, body, headers)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long, whatever is left")
    asked = words.parse_args()
    statuses, faults, began = Counter(), [], time.monotonic()
    with tempfile.TemporaryDirectory() as place, Server(answers(Random(asked.seed))) as fhir:
        folder = Path(place)
        (folder / "ehr.json").write_bytes(jwks(public_jwk("ehr")))
        (folder / "clients.toml").write_text(
            f'[[client]]\nname = "A"\niss = "https://ehr.example.org"\nkeys = "ehr.json"\nfhir_servers = ["{fhir.base}"]\n'
        )
        flags = ("--workers", "2", "--clients", str(folder / "clients.toml"), "--public-url", BASE)
        with serving(folder, *flags) as service:
            sender = served.Connection("127.0.0.1", service.port)
            for seed in range(asked.seed, asked.seed + asked.calls):
                if time.monotonic() - began > asked.seconds:
                    break
                one = dressed(Random(seed), fhir.base)
                status, body = sender.send(one)
                statuses[status] += 1
                if fault := fault_of(one, status, body):
                    faults.append((seed, fault))
            most = served.peak_mb(service.process.pid)
        reads = len(fhir.seen)
    print(f"{statuses.total()} calls in {time.monotonic() - began:.0f} s, {reads} reads from the FHIR server, {most} MB at most")
    print("statuses:", dict(sorted(statuses.items())))
    print(f"faults: {len(faults)}", *(f"  seed {seed}: {fault}" for seed, fault in faults[:20]), sep="\n")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
