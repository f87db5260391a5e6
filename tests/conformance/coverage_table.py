"""Writes conformance/docs/coverage.md: each statement with the checks that look at it and the mutants that break it."""

import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "conformance" / "docs" / "coverage.md"
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "conformance")]

from cds_conformance.checks import CHECKS  # noqa: E402
from cds_conformance.statements import load_statements  # noqa: E402
from mutate import allowed, load  # noqa: E402

HEAD = """# What is proven: statement × check × mutant

The judge is tried on a small reference service that does everything the standard asks, and on mutants of it. Each
mutant breaks one statement; the judge must report that statement, and no other. The reference service itself must
give no finding at all, for each release, with tokens and without, and in the CRD profile; nor may {allowed} variations
of it that the standard allows (`tests/conformance/allowed.toml`).

{statements} statements, {checks} checks, {mutants} mutants. {unseen} statements cannot be seen from outside.
This page is written by `python tests/conformance/coverage_table.py`; a test says so when it is out of date.

| Statement | Level | What it says | Checks | Mutants |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page, the same each time."""
    mutants, checks = by_statement(load()), by_check()
    statements = load_statements("3.0", "crd").values()
    unseen = [one for one in statements if one.seen == "never"]
    head = HEAD.format(statements=len(statements), checks=len(CHECKS), mutants=len(load()), allowed=len(allowed()), unseen=len(unseen))
    rows = [row(one, checks[one.id], mutants[one.id]) for one in statements]
    return head + "\n".join(rows) + "\n" + "".join(detail(one, mutants[one.id]) for one in statements if mutants[one.id])


def by_statement(mutants) -> dict[str, list]:
    found = defaultdict(list)
    for mutant in mutants:
        found[mutant.breaks].append(mutant)
    return found


def by_check() -> dict[str, list[str]]:
    found = defaultdict(list)
    for check in CHECKS:
        for statement in check.statements:
            found[statement].append(f"`{check.name}`")
    return found


def row(statement, checks: list[str], mutants: list) -> str:
    seen = f"cannot be seen: {statement.unseen}" if statement.seen == "never" else ", ".join(checks)
    count = f"[{len(mutants)}](#{statement.id})" if mutants else "0"
    return f"| {statement.id} | {statement.level}, {statement.since} | {cell(statement.says)} | {seen} | {count} |"


def detail(statement, mutants: list) -> str:
    lines = [f"- **{mutant.id}**: {mutant.how}.{_also(mutant)}" for mutant in mutants]
    return f"\n## {statement.id}\n\n{statement.says}\n\n" + "\n".join(lines) + "\n"


def _also(mutant) -> str:
    return f" Shows in {', '.join(mutant.also)} too: {mutant.because}." if mutant.also else ""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
