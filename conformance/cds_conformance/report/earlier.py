"""Compares a report with an earlier one in its JSON form: to read (--compare), or for known findings (--baseline)."""

import json
from pathlib import Path

from cds_conformance.errors import BadOption
from cds_conformance.report.model import FAIL, INFO, PASS, WARN, Report

WORDS = {FAIL: "broken", WARN: "advised against", INFO: "worth knowing", PASS: "passed", "not_tried": "not tried"}


def load_earlier(file: Path, flag: str) -> dict:
    """The JSON report of that file; raises BadOption where it is none."""
    try:
        held = json.loads(Path(file).read_text("utf-8"))
        return {
            "results": {s["id"]: s["result"] for s in held["statements"]},
            "known": _known(held),
            "started": held["started"],
        }
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise BadOption(f"{flag} {file}: is no JSON report of cds-conformance: {str(trouble)[:120]}") from trouble


def _known(held: dict) -> set[tuple]:
    return {(s["id"], f["at"], f["says"]) for s in held["statements"] for f in s["findings"]}


def compared(report: Report, earlier: dict) -> list[str]:
    """What is otherwise than in the earlier report, a line each: results that changed, findings that came and went."""
    lines = []
    for name, verdict in report.statements.items():
        before = earlier["results"].get(name)
        if before is not None and before != verdict.result:
            lines.append(f"{name}: was {WORDS.get(before, before)}, is {WORDS.get(verdict.result, verdict.result)}")
    here = {(name, f.at, f.says) for name, f in report.findings}
    lines += [f"{name}: new: {at}: {says}" for name, at, says in sorted(here - earlier["known"])]
    gone = sorted((name, at, says) for name, at, says in earlier["known"] - here if name in report.statements)
    lines += [f"{name}: gone: {at}: {says}" for name, at, says in gone]
    return lines or [f"nothing is otherwise than in the report of {earlier['started']}"]


def known_in(report: Report, earlier: dict) -> set[str]:
    """The broken statements all of whose findings the earlier report has: those do not fail again."""
    return {
        name
        for name, verdict in report.statements.items()
        if verdict.result == FAIL and all((name, f.at, f.says) in earlier["known"] for f in verdict.findings)
    }
