"""Installs, starts and judges the public services of public.toml, and says what is otherwise than it says.

    python try_public.py [ID ...] [--sources DIR] [--keep DIR] [--write]

Runs where cds-conformance is installed. What comes from GitHub is cloned, or taken from DIR/OWNER/NAME. The registries
are asked through npm, pip and mvn. What cannot be installed is told with the reason, and is no finding. --write keeps
the new findings in public.toml's neighbour found.json.
"""

import argparse
import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from cds_conformance import judge, judge_again
from cds_conformance.ehr.certificate import made_certificate

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found.json"
RELEASES = ("1.0", "2.0")
STARTS_WITHIN = 90  # seconds


class CannotBeTried(Exception):
    """Why a service is not judged here."""


def services() -> list[dict]:
    """The entries of public.toml."""
    return tomllib.loads((HERE / "public.toml").read_text("utf-8"))["service"]


def run(command: str, place: Path) -> None:
    done = subprocess.run(["sh", "-c", command], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBeTried(f"{command}: {(done.stderr or done.stdout).strip()[-300:]}")


def install(service: dict, place: Path, sources: Path | None) -> None:
    """Everything that its start needs, in `place`."""
    if "host" in service:
        shutil.copytree(HERE / service["host"], place, dirs_exist_ok=True)
    if "repository" in service:
        _fetch(service, place / "source", sources)
    if "https" in service:
        made_certificate(place / service["https"])
    for step in service["install"]:
        run(step, place)


def _fetch(service: dict, to: Path, sources: Path | None) -> None:
    if sources:
        kept = sources / service["repository"]
        if not kept.is_dir():
            raise CannotBeTried(f"{kept} is not there")
        shutil.copytree(kept, to)
    else:
        address = f"https://github.com/{service['repository']}"
        run(f"git clone -q {address} {to} && git -C {to} checkout -q {service['version']}", to.parent)


@contextlib.contextmanager
def started(service: dict, place: Path):
    """The base URL of the service while it runs."""
    port = service.get("port") or _free_port()
    base = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORT": str(port)}
    with (place / "log.txt").open("w") as log:
        program = subprocess.Popen(
            ["sh", "-c", service["start"]], cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(base + "/cds-services", program, place / "log.txt")
        yield base + service.get("base", "")
    finally:
        os.killpg(program.pid, signal.SIGTERM) if program.poll() is None else None
        program.wait(20)


def _wait(base: str, program, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends and program.poll() is None:
        with contextlib.suppress(URLError, OSError):
            try:
                urlopen(base, timeout=2).close()
            except HTTPError as answer:
                answer.close()
            return
        time.sleep(0.3)
    raise CannotBeTried(f"it did not start: {log.read_text()[-300:]}")


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def look(service: dict, place: Path) -> dict:
    """What is found by each release: the statements that are broken, and those that are advised against."""
    with started(service, place) as base:
        https = place / service["https"] if "https" in service else None
        report = judge(base, spec="2.0", record=place / "run", fhir_https=https)
    told = {"version": service["version"], "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", "problem": report.problem}
    told |= {"requests": len(report.exchanges), "seconds": round(report.seconds, 1)}
    told |= {"found": [pair["service"] for pair in report.pairs if pair["patient"]], "of": len(report.pairs)}
    for release in RELEASES:
        again = judge_again(place / "run", spec=release)
        told[release] = {word: [v.statement.id for v in again.with_result(word)] for word in ("fail", "warn")}
    return told


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("ids", nargs="*", metavar="ID")
    asked.add_argument("--sources", type=Path)
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--write", action="store_true")
    given = asked.parse_args()
    known = json.loads(FOUND.read_text("utf-8")) if FOUND.exists() else {}
    otherwise, found = 0, dict(known)
    with tempfile.TemporaryDirectory() as made:
        for service in [one for one in services() if not given.ids or one["id"] in given.ids]:
            place = (given.keep or Path(made)) / service["id"]
            place.mkdir(parents=True)
            try:
                install(service, place, given.sources)
                told = look(service, place.resolve())
            except (CannotBeTried, OSError) as reason:
                print(f"{service['id']}: not tried: {reason}", flush=True)
                continue
            same = all(told[one] == known.get(service["id"], {}).get(one) for one in ("version", "problem", *RELEASES))
            otherwise, found[service["id"]] = otherwise + (not same), told
            print(
                f"{service['id']}: {'as before' if same else 'otherwise than before'}: {json.dumps(told)}", flush=True
            )
    if given.write:
        FOUND.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return int(bool(otherwise))


if __name__ == "__main__":
    sys.exit(main())
