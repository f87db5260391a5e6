"""The real service in processes of its own, for tests: started on a free port, asked over HTTP, always ended."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRAM = [sys.executable, "-c", "from cdshooks.cli import main; main(prog_name='cdshooks')"]
TODAY = "2026-01-15"


class Service:
    """A started service: its process, its port, what it printed until it answered, and the file of its log."""

    def __init__(self, process, port, block, log):
        self.process, self.port, self.block, self._log = process, port, block, log

    @property
    def log(self) -> str:
        return self._log.read_text("utf-8")

    def call(self, method, path, body=None, headers=(), port=None, timeout=120):
        """One call on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path, **options):
        return json.loads(self.call("GET", path, **options)[2])

    def fire(self, request, service="b12-patient-view", **headers):
        """A hook request (bytes, or the name of a fixture): status and answer."""
        body = fixture(request) if isinstance(request, str) else request
        headers = {"Content-Type": "application/json"} | {name.replace("_", "-"): v for name, v in headers.items()}
        status, _, answer = self.call("POST", f"/cds-services/{service}", body, headers)
        return status, json.loads(answer)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def until(self, condition, seconds=120):
        """Wait until it is so; what it was."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)
        return found


@contextmanager
def serving(folder, *flags, **environ):
    """`cdshooks serve` with these flags; its log goes to a file in `folder`."""
    log = folder / "serve.log"
    command = [*PROGRAM, "serve", "--port", "0", "--today", TODAY, *flags]
    # What it keeps, it keeps in `folder`.
    env = os.environ | {"PYTHONUNBUFFERED": "1", "XDG_STATE_HOME": str(folder / "state")} | environ
    with log.open("w") as errors:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        lines = []
        while not lines or "Try it" not in lines[-1]:
            lines.append(process.stdout.readline())
            assert lines[-1] or process.poll() is None, log.read_text("utf-8")
        block = "".join(lines)
        yield Service(process, int(re.search(r":(\d+)/cds-services", block)[1]), block, log)
    finally:
        process.kill()
        process.communicate()


def fixture(name: str) -> bytes:
    return (ROOT / "fixtures" / "requests" / f"{name}.json").read_bytes()


def copied_cards(folder: Path) -> Path:
    """A folder of cards that a test may change."""
    return Path(shutil.copytree(ROOT / "cards", folder / "cards"))
