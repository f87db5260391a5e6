"""Compares a report with an earlier one in its JSON form: to read (--compare), or for known findings (--baseline)."""

import json
import re
from pathlib import Path

from cds_conformance.errors import BadOption
from cds_conformance.report.model import FAIL, INFO, PASS, WARN, Report, printable

WORDS = {FAIL: "broken", WARN: "advised against", INFO: "worth knowing", PASS: "passed", "not_tried": "not tried"}


def load_earlier(file: Path, flag: str) -> dict:
    """The JSON report of that file; raises BadOption where it is none."""
    try:
        held = json.loads(Path(file).read_text("utf-8"))
        return {
            "results": {s["id"]: s["result"] for s in held["statements"]},
            "known": _known(held),
            "called": _called(held.get("exchanges", [])),
            "started": held["started"],
        }
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise BadOption(f"{flag} {file}: is no JSON report of cds-conformance: {str(trouble)[:120]}") from trouble


def _known(held: dict) -> set[tuple]:
    return {(s["id"], f["at"], f["says"]) for s in held["statements"] for f in s["findings"]}


def _called(exchanges) -> set[str]:
    return {e["service"] for e in exchanges if e["service"]}


def compared(report: Report, earlier: dict) -> list[str]:
    """What is otherwise than in the earlier report, a line each: results that changed, findings that came and went.

    What is said of services that were called in one of the two runs only is not compared, and they are named.
    """
    now = {(name, f.at, f.says) for name, f in report.findings}
    then = {one for one in earlier["known"] if one[0] in report.statements}
    called = _called(report.exchanges)
    apart = {one for one in now | then if _is_about(one[1], called ^ earlier["called"])}
    others = {one[0] for one in (now | then) - apart}
    results = report.statements if called == earlier["called"] else {n: report.statements[n] for n in sorted(others)}
    lines = []
    for name, verdict in results.items():
        before = earlier["results"].get(name)
        if before not in (None, verdict.result) and name not in {one[0] for one in apart}:
            lines.append(f"{name}: was {WORDS.get(before, before)}, is {WORDS.get(verdict.result, verdict.result)}")
    lines += [f"{name}: new: {at}: {says}" for name, at, says in sorted(now - then - apart)]
    lines += [f"{name}: gone: {at}: {says}" for name, at, says in sorted(then - now - apart)]
    lines = lines or [f"nothing is otherwise than in the report of {earlier['started']}"]
    for when, those in (("now", earlier["called"] - called), ("then", called - earlier["called"])):
        lines += [f"not called {when}, so not compared: {printable(', '.join(sorted(those)))}"] if those else []
    return lines


def _is_about(at: str, services: set[str]) -> bool:
    """Whether a place is in a call of one of these services: `patient-view greeter: cards[0]`."""
    told = at.partition(" ")[2]
    return any(re.match(rf"{re.escape(printable(one))}(:|\s|$)", told) for one in services)


def known_in(report: Report, earlier: dict) -> set[str]:
    """The broken statements all of whose findings the earlier report has: those do not fail again."""
    return {
        name
        for name, verdict in report.statements.items()
        if verdict.result == FAIL and all((name, f.at, f.says) in earlier["known"] for f in verdict.findings)
    }
