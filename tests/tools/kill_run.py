"""Kill the service at random moments under a load of feedback, start it again, and look whether anything that it had
acknowledged is lost.

    python tests/tools/kill_run.py --times 200                        SQLite
    python tests/tools/kill_run.py --times 200 --database postgresql  PostgreSQL; every fourth time its server is
                                                                      killed instead of the service

Each time: start `cdshooks serve` with two workers, post feedback from four connections and hooks from a fifth, wait a
random moment, send SIGKILL to all of its processes at once, and look in the database for every entry that was answered
with 200. Entries without an answer are sent again the next time: none may then be there twice.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import postgres
import small_library

PROGRAM = [sys.executable, "-c", "from cdshooks.cli import main; main(prog_name='cdshooks')"]
HEADERS = {"Content-Type": "application/json"}
CLIENTS = 4
REQUEST = {
    "hook": "patient-view",
    "context": {"userId": "Practitioner/1", "patientId": "p1"},
    "prefetch": {
        "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1980-01-01"},
        "conditions": None,
        "medication_requests": None,
        "medication_statements": None,
        "recent_results": {
            "resourceType": "Bundle", "type": "searchset",
            "entry": [{"resource": {
                "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]},
                "effectiveDateTime": "2026-01-14", "valueQuantity": {"value": 9, "unit": "mg/L"},
            }}],
        },
    },
}  # fmt: skip


class Service:
    """A running service, killed as a whole."""

    def __init__(self, cards: Path, address: str):
        words = ["serve", "--port", "0", "--workers", "2", "--cards", str(cards), "--today", "2026-01-15"]
        environ = {"PYTHONUNBUFFERED": "1", "CDSHOOKS_DATABASE": address}
        self.process = subprocess.Popen(
            [*PROGRAM, *words], env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True,
        )  # fmt: skip
        for line in self.process.stdout:
            if found := re.search(r":(\d+)/cds-services", line):
                self.port = int(found[1])
                return
        raise SystemExit(f"the service did not start (exit code {self.process.wait()})")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


class Load:
    """Feedback from several connections, and calls from another one, until the service is gone or `stop` is set."""

    def __init__(self, port: int, again: list[str]):
        self.port, self.again = port, again
        self.acknowledged: list[str] = []
        self.refused = self.calls = 0
        self.pending: set[str] = set()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._post) for _ in range(CLIENTS)]
        self.threads.append(threading.Thread(target=self._call))
        for thread in self.threads:
            thread.start()

    def wait(self):
        for thread in self.threads:
            thread.join()

    def _connected(self, work):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            while not self.stop.is_set():
                work(connection)
        except (OSError, http.client.HTTPException):
            return  # it was killed
        finally:
            connection.close()

    def _post(self):
        def one(connection):
            cards = [self.again.pop() for _ in range(min(3, len(self.again)))] or [str(uuid.uuid4()) for _ in "123"]
            self.pending.update(cards)
            if self._send(connection, "/cds-services/sweet-patient-view/feedback", _feedback(cards)) == 200:
                self.acknowledged += cards
                self.pending.difference_update(cards)
            else:
                self.refused += 1
                time.sleep(0.05)

        self._connected(one)

    def _call(self):
        def one(connection):
            self._send(connection, "/cds-services/sweet-patient-view", REQUEST | {"hookInstance": str(uuid.uuid4())})
            self.calls += 1
            time.sleep(0.005)

        self._connected(one)

    def _send(self, connection, path, body):
        connection.request("POST", path, json.dumps(body), HEADERS)
        answer = connection.getresponse()
        answer.read()
        return answer.status


def _feedback(cards):
    head = {"outcome": "overridden", "outcomeTimestamp": "2026-01-15T09:30:00Z"}
    return {"feedback": [{"card": card} | head for card in cards]}


class Sqlite:
    """The file, looked into past the service."""

    def __init__(self, folder: Path):
        self.address = str(folder / "kept.db")
        self.server = None

    def cards(self) -> list[str]:
        connection = sqlite3.connect(self.address, timeout=30)
        try:
            return [row[0] for row in connection.execute("SELECT card FROM feedback")]
        finally:
            connection.close()


class Postgresql:
    """A server of our own, with fsync on, that can be killed, too."""

    def __init__(self, _folder: Path):
        self.server = postgres.Server(durable=True)
        self.address = postgres.new_database(self.server.address, "kept")
        subprocess.run([*PROGRAM, "db", "upgrade", "--database", self.address], check=True, stdout=subprocess.DEVNULL)

    def cards(self) -> list[str]:
        import psycopg

        with psycopg.connect(self.address) as connection:
            return [row[0] for row in connection.execute("SELECT card FROM feedback")]


def run(kind: str, times: int, seed: int | None = None, longest: float = 0.6, server_every: int = 4) -> dict:
    """How often what was killed, and what was found afterwards."""
    chance, folder = random.Random(seed), Path(tempfile.mkdtemp(prefix="cdshooks-kill-"))
    database = {"sqlite": Sqlite, "postgresql": Postgresql}[kind](folder)
    cards = small_library.write(folder / "cards")
    told = {"database": kind, "killed": 0, "server killed": 0, "acknowledged": 0, "sent again": 0, "refused": 0,
            "calls": 0, "lost": 0, "twice": 0}  # fmt: skip
    acknowledged, again = set(), []
    try:
        for number in range(1, times + 1):
            told["sent again"] += len(again)
            load, by_server = _once(cards, database, number % server_every == 0, chance, longest, again)
            told["server killed" if by_server else "killed"] += 1
            told["refused"] += load.refused
            told["calls"] += load.calls
            acknowledged.update(load.acknowledged)
            again = sorted(load.pending)
            there = database.cards()
            told |= {"acknowledged": len(acknowledged), "lost": len(acknowledged - set(there)),
                     "twice": len(there) - len(set(there))}  # fmt: skip
            print(f"{kind} {number}/{times}: {told}", flush=True)
    finally:
        if database.server:
            database.server.remove()
        shutil.rmtree(folder)
    return told


def _once(cards, database, turn_of_server, chance, longest, again):
    by_server = database.server is not None and turn_of_server
    service = Service(cards, database.address)
    load = Load(service.port, list(again))
    while not load.acknowledged and service.process.poll() is None:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, longest))
    if by_server:
        database.server.kill()
        time.sleep(0.2)  # a moment in which the service answers 503
        load.stop.set()
        load.wait()
        service.kill()
        database.server.start()
    else:
        service.kill()
    load.stop.set()
    load.wait()
    return load, by_server


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=200)
    options.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options.add_argument("--seed", type=int)
    options = options.parse_args()
    found = run(options.database, options.times, options.seed)
    sys.exit(1 if found["lost"] or found["twice"] else 0)
