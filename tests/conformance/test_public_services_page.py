"""The page about public services can be repeated: its statements exist, its request files are there, and all are used."""

import json
import re
import tomllib
from pathlib import Path

from cds_conformance.statements import load_statements

DOCS = Path(__file__).parents[2] / "conformance" / "docs"
PAGE = (DOCS / "public-services.md").read_text(encoding="utf-8")
FILES = {file.stem: file for file in (DOCS / "hosts" / "requests").glob("*.json")}
SERVICES = tomllib.loads((DOCS / "hosts" / "public.toml").read_text(encoding="utf-8"))["service"]
FOUND = json.loads((DOCS / "hosts" / "found.json").read_text(encoding="utf-8"))
LINES = [line for line in PAGE.splitlines() if "send $H" in line]


def sent() -> set[str]:
    first = {name for line in LINES for name in re.findall(r"send \$H/[\w/-]+ ([\w-]+)`", line)}
    return first | {name for line in LINES for name in re.findall(r"`… ([\w-]+)`", line)} | set(re.findall(r"no-such-service (\w+)", PAGE))


def test_every_request_that_the_page_sends_is_there_and_is_JSON():
    assert sent() - set(FILES) == set()
    assert [name for name, file in FILES.items() if json.loads(file.read_text(encoding="utf-8")) is None] == []


def test_every_request_that_is_there_is_sent():
    assert set(FILES) - sent() == set()


def test_every_statement_that_the_page_names_exists():
    rows = [line.split("|")[1] for line in PAGE.splitlines() if re.match(r"\| [a-z]+-\d", line)]
    named = {name for row in rows for name in re.findall(r"[a-z]+-\d+", row)}
    assert len(named) > 10
    assert named - set(load_statements("3.0")) == set()


def test_the_table_tells_what_the_command_found():
    for service in SERVICES:
        held = FOUND[service["id"]]
        counts = [f"{len(held[spec]['fail'])} / {len(held[spec]['warn'])}" for spec in ("2.0", "1.0")]
        version = service["version"][:7] if service["from"] == "GitHub" else service["version"]
        row = [service["name"], version, service["from"], held["date"], *counts, str(held["requests"])]
        assert f"| {' | '.join(row)} |" in PAGE
        assert held["version"] == service["version"]


def test_every_host_that_is_named_is_there_and_everything_that_was_found_is_named():
    assert [one["host"] for one in SERVICES if "host" in one and not (DOCS / "hosts" / one["host"]).is_dir()] == []
    assert set(FOUND) == {one["id"] for one in SERVICES}
    broken = {name for held in FOUND.values() for name in held["2.0"]["fail"]}
    assert [name for name in broken if f"{name} |" not in PAGE and f"{name}, " not in PAGE] == []


def test_the_page_tells_for_how_many_services_a_patient_was_found():
    each = [held for name, held in FOUND.items() if name != "hapi-bare"]
    assert f"was found for {sum(len(held['found']) for held in each)} of {sum(held['of'] for held in each)} services" in PAGE
