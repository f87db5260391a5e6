"""cdshooks itself, judged from outside as any other service: nothing that a service SHALL do is broken."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from cds_conformance import judge

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@contextmanager
def serving(*flags: str, port: int | None = None):
    """`cdshooks serve` in a process of its own; its base URL."""
    port = port or free_port()
    run = "from cdshooks.cli import main; main()"
    words = [sys.executable, "-c", run, "serve", "--port", str(port), "--today", "2026-01-15", *flags]
    # A file: nobody reads while the judge asks, and a full pipe would hold up the service at its own log.
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(words, cwd=ROOT, stdout=log, stderr=log, text=True)
        try:
            _wait_for(f"http://127.0.0.1:{port}/cds-services", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(40)


def _wait_for(url: str, process, log):
    for _ in range(3000):
        assert process.poll() is None, log.seek(0) or log.read()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError as refused:  # a guarded discovery is up, too
            refused.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not come up")


def told(report) -> dict:
    """What the report says against the service, by result and statement; how quick it is (pre-12) is for benchmarks."""
    return {
        result: {
            v.statement.id: [f"{f.at}: {f.says}" for f in v.findings]
            for v in report.with_result(result)
            if v.statement.id != "pre-12"
        }
        for result in ("fail", "warn", "info")
    }


@pytest.mark.long
def test_a_service_that_may_ask_our_fhir_server_breaks_nothing():
    port = free_port()
    with serving("--fhir-servers", f"http://127.0.0.1:{port}/fhir") as url:
        report = judge(url, spec="3.0", fhir_port=port, fetches=True)
    assert told(report)["fail"] == {}, json.dumps(told(report), indent=1)
    assert told(report)["warn"] == {}, json.dumps(told(report), indent=1)
    assert {report.statements[name].result for name in ("pre-6", "pre-11", "pre-13", "pre-14", "req-6")} == {"pass"}


def test_the_judge_at_its_defaults_finds_nothing_in_the_service_at_its_defaults():
    with serving() as url:
        report = judge(url)
    assert told(report)["fail"] == {}, json.dumps(told(report), indent=1)
    assert told(report)["warn"] == {}, json.dumps(told(report), indent=1)


@pytest.mark.long
@pytest.mark.parametrize(("spec", "flags"), [("2.0", ()), ("3.0", ()), ("3.0", ("--dated-prefetch",))])
def test_an_open_service_breaks_nothing_and_is_warned_of_nothing(spec, flags):
    with serving(*flags) as url:
        report = judge(url, spec=spec)
    assert report.problem == ""
    assert told(report)["fail"] == {}, json.dumps(told(report), indent=1)
    assert told(report)["warn"] == {}, json.dumps(told(report), indent=1)
    assert len(report.exchanges) < 600
    assert report.counts["pass"] > 50


CLIENT = """
[[client]]
name = "The judge"
iss = "https://judge.example.org"
jku = "http://127.0.0.1:{keys}/jwks.json"
fhir_servers = ["http://127.0.0.1:{fhir}/fhir"]
dated_prefetch = {dated}
"""


@pytest.mark.long
@pytest.mark.parametrize(("spec", "dated"), [("2.0", "false"), ("3.0", "true")])
def test_a_guarded_service_breaks_nothing_and_is_warned_of_nothing(spec, dated, tmp_path):
    keys, fhir, port = free_port(), free_port(), free_port()
    clients = tmp_path / "clients.toml"
    clients.write_text(CLIENT.format(keys=keys, fhir=fhir, dated=dated), "utf-8")
    guard = ("--clients", str(clients), "--public-url", f"http://127.0.0.1:{port}")
    options = {"issuer": "https://judge.example.org", "jku": f"http://127.0.0.1:{keys}/jwks.json"}
    now = time_machine.escape_hatch.time.time()  # tokens are judged by the clock of a process that nobody froze
    with time_machine.travel(now, tick=True), serving(*guard, port=port) as url:
        report = judge(url, spec=spec, fhir_port=fhir, fetches=True, **options)
    assert told(report)["fail"] == {}, json.dumps(told(report), indent=1)
    assert told(report)["warn"] == {}, json.dumps(told(report), indent=1)
    tried = ("sec-2", "sec-3", "sec-4", "sec-5", "sec-6", "sec-7", "sec-8", "sec-10", "pre-6", "fb-1")
    assert {name: report.statements[name].result for name in tried} == dict.fromkeys(tried, "pass")
