"""A HAPI FHIR JPA server (R4) as a child process: started, asked, stopped."""

import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from tests.conftest import MISSING
from tests.real.prepare import HAPI, lacking, prepared

PATIENCE = 300  # seconds to READY: about 10 on an idle machine, many more on a busy one
PAGE = 50  # most rows of a page, so that real records have several


@dataclass(frozen=True)
class Hapi:
    """A running server: its base address, the bearer token that it wants, and a session that shows it."""

    url: str
    token: str = field(repr=False)
    session: requests.Session = field(repr=False)

    def get(self, path: str) -> requests.Response:
        """The answer to `Type/id`, `Type?parameters`, or a whole URL (a next page)."""
        url = path if path.startswith("http") else f"{self.url}/{path}"
        return self.session.get(url, timeout=60)

    def rows(self, query: str) -> list[dict]:
        """All rows of a search, over all of its pages."""
        found, following = [], query
        while following:
            answer = self.get(following)
            assert answer.status_code == 200, f"{query}: {answer.status_code} {answer.text[:300]}"
            page = answer.json()
            found += [entry["resource"] for entry in page.get("entry", ())]
            following = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
        return found


def needed() -> None:
    """Skip where the server cannot run, and say what is missing."""
    if shutil.which("java") is None:
        pytest.skip(f"{MISSING}java, in which the real FHIR server runs")
    if not prepared().is_there:
        without = f" ({lacking()} is not installed)" if lacking() else ""
        pytest.skip(f"{MISSING}the real FHIR server; python -m tests.real.prepare downloads and compiles it{without}")


@contextmanager
def running(folder: Path) -> Iterator[Hapi]:
    """A server of our own, empty, on a free port; `folder` takes its log."""
    token = secrets.token_urlsafe(16)
    log = folder / "hapi.log"
    java = ["java", "-Xmx640m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dtoken={token}", f"-Dpage={PAGE}"]
    java += [f"-Dlogback.configurationFile={HAPI / 'logback.xml'}", "-cp", prepared().class_path, "FhirServer"]
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(java, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
    try:
        with already_running(address(process, log), token) as hapi:
            yield hapi
    finally:
        process.stdin.close()  # it ends with us, also when we are killed
        process.wait(30)


@contextmanager
def already_running(url: str, token: str) -> Iterator[Hapi]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        yield Hapi(url, token, session)


def address(process: subprocess.Popen, log: Path) -> str:
    """The address that the server prints when it is ready."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("READY "):
                return line.split()[1]
        time.sleep(0.1)
    raise AssertionError(f"the FHIR server did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
