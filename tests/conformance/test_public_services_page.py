"""The page about public services can be repeated: its statements exist, its request files are there, and all are used."""

import json
import re
from pathlib import Path

from cds_conformance.statements import load_statements

DOCS = Path(__file__).parents[2] / "conformance" / "docs"
PAGE = (DOCS / "public-services.md").read_text(encoding="utf-8")
FILES = {file.stem: file for file in (DOCS / "hosts" / "requests").glob("*.json")}
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
