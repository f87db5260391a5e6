"""Every block of the README's tour is run, and says what it promises."""

import doctest
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CALL = "import sys; from cdshooks.cli import main; sys.exit(main())"


def commands():
    """(command, expected output) of every console block, in order."""
    for block in re.findall(r"```console\n(.*?)```", README, re.S):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected.rstrip("\n")


@pytest.fixture(scope="module")
def url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", CALL, "serve", "--port", str(port), "--today", "2026-01-15"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        yield _when_ready(f"http://127.0.0.1:{port}")
        server.terminate()


def _when_ready(url: str) -> str:
    for _ in range(300):
        try:
            with urlopen(f"{url}/readyz", timeout=2):
                return url
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def run(command: str) -> str:
    """What the command prints, with `cdshooks` being this checkout's."""
    here = f'"{sys.executable}" -c "{CALL}"'
    command = re.sub(r"^cdshooks ", f"{here} ".replace("\\", "\\\\"), command)
    environment = os.environ | {"COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize(("command", "expected"), list(commands()), ids=lambda text: text[:60])
def test_a_block_of_the_tour_says_what_it_promises(command, expected, request):
    if "http://127.0.0.1:8000" in command:
        command = command.replace("http://127.0.0.1:8000", request.getfixturevalue("url"))
    printed = run(command)
    assert doctest.OutputChecker().check_output(expected + "\n", printed + "\n", doctest.ELLIPSIS), printed


def test_the_tour_has_blocks():
    assert len(list(commands())) > 6


def test_the_answer_that_the_readme_shows_is_a_real_one():
    """All of it: where the README leaves something out, it says "..."."""
    shown = json.loads(re.search(r"```json\n(.*?)```", README, re.DOTALL).group(1))
    (card,) = json.loads(run("cdshooks fire low-b12 --today 2026-01-15 --json"))["cards"]
    assert [card[key] for key in ("summary", "indicator")] == [shown[key] for key in ("summary", "indicator")]
    assert card["source"]["topic"]["code"] == shown["source"]["topic"]["code"]
    assert [s["label"] for s in card["suggestions"]] == [s["label"] for s in shown["suggestions"]]
    said = [part.strip() for part in shown["detail"].split("...") if part.strip()]
    assert said
    assert [part for part in said if part not in card["detail"]] == []


def test_the_readme_names_every_flag_of_serve():
    listed = set(re.findall(r"(--[a-z-]+)", run("cdshooks serve --help"))) - {"--help"}
    assert [flag for flag in sorted(listed) if f"`{flag}`" not in README] == []
