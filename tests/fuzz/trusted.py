"""The campaign with tokens and fetching on: `python -m tests.fuzz.trusted --calls 1000000 --until 06:00`.

Every call brings a token of its own, most of them right, and most name a FHIR server of ours that answers in every way,
most of them bad. What a call holds, and what is answered to its reads, follows from its seed alone.
"""

import argparse
import gc
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from threading import Lock

from tests.attacks.minting import BASE, jwks, public_jwk, token
from tests.fhir_server import Server
from tests.fuzz import served
from tests.fuzz.answers import behave
from tests.fuzz.campaign import fault_of
from tests.fuzz.hostile import JSON, SEEDS, Call, call, spoil, written
from tests.fuzz.in_process import Sender
from tests.serving import serving

ALGORITHM = "ES256"  # of those that are allowed the cheapest to sign with
SOUND = [seed.read_bytes() for seed in SEEDS]
BAD_TOKENS = ("", "Bearer", "Bearer a.b.c", "Basic eDp5", "Bearer " + "e30." * 2_000, "Bearer \xff")
SPOILT = (
    {"aud": f"{BASE}/elsewhere"}, {"exp": 1}, {"iat": "x"}, {"jti": None}, {"iss": ["https://ehr.example.org"]},
    {"jti": "j" * 9_000}, {"exp": 10**400}, {"aud": {}}, {"nbf": 9_999_999_999}, {"tenant": "\0"},
)  # fmt: skip


@dataclass
class Tally:
    """What came of the calls so far."""

    statuses: Counter = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    lock: Lock = field(default_factory=Lock)

    def add(self, seed: int, status: int, fault: str, seconds: float) -> None:
        with self.lock:
            self.statuses[status] += 1
            self.slowest = max(self.slowest, (seconds, seed))
            if fault:
                self.faults.append((seed, fault))

    def told(self, reads: int, began: float) -> str:
        """A summary, of several lines."""
        lines = [
            f"{self.statuses.total()} calls in {time.monotonic() - began:.0f} s, {reads} reads from the FHIR server",
            f"statuses: {dict(sorted(self.statuses.items()))}",
            f"slowest: {self.slowest[0] * 1000:.0f} ms (seed {self.slowest[1]})",
            f"faults: {len(self.faults)}",
        ]
        return "\n".join(lines + [f"  seed {seed}: {fault}" for seed, fault in self.faults[:20]])


class Seen(list):
    """How many reads came, and nothing of them: a million would fill the memory."""

    count = 0

    def append(self, _) -> None:
        self.count += 1


def dressed(seed: int, server: str) -> Call:
    """A hostile call with a token; a third of them ask to be completed by the FHIR server."""
    random = Random(seed)
    one = lacking(random, seed, server) if random.random() < 0.33 else call(random)
    chance = random.random()
    said = random.choice(SPOILT) if chance < 0.15 else {}
    bearer = random.choice(BAD_TOKENS) if chance > 0.95 else f"Bearer {token(ALGORITHM, **{'aud': BASE + one.path} | said)}"
    return Call(one.method, one.path, one.body, one.headers | {"Authorization": bearer})


def lacking(random: Random, seed: int, server: str) -> Call:
    """A sound request without a part of its prefetch, and with the access to the server where it can be had."""
    sent = json.loads(random.choice(SOUND))
    sent["prefetch"] = {key: value for key, value in sent["prefetch"].items() if random.random() < 0.75}
    sent["fhirServer"] = server
    patient = sent["context"]["patientId"]
    sent["fhirAuthorization"] = {
        "access_token": str(seed), "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "x", "patient": patient,
    }  # fmt: skip
    if random.random() < 0.3:
        spoil(sent["prefetch"], random)
    path = f"/cds-services/b12-{sent['hook']}"
    return Call("POST", path, written(sent, random), {"Content-Type": JSON})


@contextmanager
def trusting(over_http: bool, server: str):
    """What sends a call to a service that trusts one client, which has this FHIR server."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "ehr.json").write_bytes(jwks(public_jwk("ehr", ALGORITHM)))
        clients = folder / "clients.toml"
        clients.write_text(
            f'[[client]]\nname = "A"\niss = "https://ehr.example.org"\nkeys = "ehr.json"\n'
            f'algorithms = ["{ALGORITHM}"]\nfhir_servers = ["{server}"]\n'
        )
        if not over_http:
            yield Sender(clients=clients, public_url=BASE, database=f"{place}/kept.db").send
            return
        flags = ("--workers", "2", "--clients", str(clients), "--public-url", BASE)
        with serving(folder, *flags) as service:
            yield served.Connection("127.0.0.1", service.port).send
            print(f"memory of a worker: {served.peak_mb(service.process.pid)} MB at most")


def one_call(send: Callable, seed: int, server: str, tally: Tally) -> None:
    one = dressed(seed, server)
    began = time.perf_counter()
    status, body = send(one)
    tally.add(seed, status, fault_of(one, status, body), time.perf_counter() - began)


def asked_for() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--calls", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--until", default="", metavar="HH:MM", help="stop then (UTC), whatever is left")
    words.add_argument("--threads", type=int, default=3, help="so many calls at once; over HTTP one")
    words.add_argument("--every", type=int, default=10_000, help="say after so many calls how it goes")
    words.add_argument("--http", action="store_true", help="to a service in processes of its own")
    return words.parse_args()


def main() -> None:
    asked = asked_for()
    tally, began, seen = Tally(), time.monotonic(), Seen()
    seeds = iter(range(asked.seed, asked.seed + asked.calls))
    is_over = lambda: bool(asked.until) and time.strftime("%H:%M", time.gmtime()) >= asked.until  # noqa: E731
    threads = ThreadPoolExecutor(1 if asked.http else asked.threads)
    with Server(behave, seen=seen) as fhir, trusting(asked.http, fhir.base) as send, threads:
        gc.freeze()  # as the service's workers do: what is there now is not looked through again
        while (batch := list(islice(seeds, 500))) and not is_over():
            list(threads.map(lambda seed: one_call(send, seed, fhir.base, tally), batch))
            if tally.statuses.total() % asked.every == 0:
                print(tally.told(seen.count, began), flush=True)
    print("at the end:", tally.told(seen.count, began), sep="\n")
    raise SystemExit(bool(tally.faults))


if __name__ == "__main__":
    main()
