"""The report for reading in a terminal: what failed, where, what was expected, and the line that shows it."""

import re
import textwrap

import click

from cds_conformance.report.model import CANNOT_BE_SEEN, FAIL, INFO, NOT_TRIED, PASS, WARN, Report, Verdict

BAD, WELL, DIM = {"fg": "red", "bold": True}, {"fg": "green", "bold": True}, {"dim": True}
COLOURS = {FAIL: BAD, WARN: {"fg": "yellow"}, INFO: {"fg": "cyan"}, NOT_TRIED: DIM, CANNOT_BE_SEEN: DIM}
# What a terminal would obey instead of showing it.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
HEADS = {
    FAIL: "Broken: what a service SHALL do",
    WARN: "Advised against: what a service SHOULD do",
    INFO: "Worth knowing",
    NOT_TRIED: "Not tried, so neither good nor bad",
    CANNOT_BE_SEEN: "Cannot be seen from outside",
}
MOST = 6


def as_text(report: Report, width: int | None = None, colour: bool = False) -> str:
    """The whole report as text; with colours for a terminal."""
    console = Sheet(width or 110, colour)
    _head(console, report)
    for result in (FAIL, WARN, INFO):
        _with_findings(console, report, result)
    for result in (NOT_TRIED, CANNOT_BE_SEEN):
        _without_findings(console, report, result)
    _foot(console, report)
    return "".join(f"{line}\n" for line in console.lines)


class Sheet:
    """Lines of text, each no longer than the width unless it is to be copied, with colours or without."""

    def __init__(self, width: int, colour: bool):
        self.width, self.colour, self.lines = width, colour, []

    def print(self, text: str, style: dict | None = None, whole: bool = False):
        for line in CONTROLS.sub("", text).split("\n"):
            indent = " " * (len(line) - len(line.lstrip()))
            wrap = textwrap.TextWrapper(
                self.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
            parts = [line] if whole or not line.strip() else wrap.wrap(line)
            self.lines += [click.style(part, **(style or {})) if self.colour else part for part in parts]


def _head(console, report: Report):
    profile = f", profile {report.profile}" if report.profile else ""
    console.print(report.service, {"bold": True})
    console.print(report.verdict, BAD if report.exit_code else WELL)
    sent = "1 request" if len(report.exchanges) == 1 else f"{len(report.exchanges)} requests"
    console.print(f"judged by CDS Hooks {report.spec}{profile}, {report.started}; {sent} in {report.seconds:.1f} s")
    if report.release.get("others"):
        console.print(f"{report.spec} because {'; '.join(report.release['why'])}. {' '.join(report.others_say)}", DIM)
    if report.told_apart:
        console.print(report.told_apart, DIM)
    for line in report.compared:
        console.print(f"Since then: {line}", COLOURS[INFO])
    for note in report.notes:
        console.print(f"Note: {note}", COLOURS[WARN])


def _with_findings(console, report: Report, result: str):
    held = report.with_result(result)
    if held:
        console.print(f"\n{HEADS[result]}", COLOURS[result])
    for verdict in held:
        _one(console, report, verdict, COLOURS[result])


def _one(console, report: Report, verdict: Verdict, colour: dict):
    of = verdict.statement
    later = f", only since {of.since}" if of.advice else ""
    known = " (known)" if of.id in report.known else ""
    console.print(f"\n  {of.id}{known}  {of.says}", colour)
    console.print(f"      {of.level}{later}; {of.section}" + (f"; our reading: {of.ours}" if of.ours else ""), DIM)
    for finding in verdict.findings[:MOST]:
        console.print(f"    - {finding.at}: {finding.says}" + (f"  [{finding.exchange}]" if finding.exchange else ""))
    if len(verdict.findings) > MOST:
        console.print(f"    - and {len(verdict.findings) - MOST} more")
    if verdict.result in (FAIL, WARN):
        _page(console, of.id)
    shows = next((f.exchange for f in verdict.findings if f.exchange), None)
    if shows:
        console.print(f"    {report.exchanges[shows - 1]['curl']}", DIM, whole=True)


QUOTED = {"what": "expected", "why": "why", "patient": "for the patient", "good": "a good sample", "mend": "to mend it"}


def _page(console, name: str):
    """What the check's page says; `cds-conformance explain` tells the rest."""
    from cds_conformance.explain import page_of

    for part, title in QUOTED.items():
        if page_of(name).get(part):
            console.print(f"      {title}: {page_of(name)[part]}", DIM, whole=True)
    console.print(f"      more: cds-conformance explain {name}", DIM)


def _without_findings(console, report: Report, result: str):
    held = report.with_result(result)
    if held:
        console.print(f"\n{HEADS[result]}", COLOURS[result])
        _by_reason(console, held)


def _by_reason(console, verdicts: list[Verdict]):
    """The statements of one reason stand together: the reason is what helps."""
    reasons = {}
    for verdict in verdicts:
        reasons.setdefault(verdict.why, []).append(verdict.statement.id)
    for why, names in reasons.items():
        console.print(f"  {why}", DIM)
        console.print(f"      {', '.join(names)}")


def _foot(console, report: Report):
    partly = [verdict for verdict in report.with_result(PASS) if verdict.why]
    if partly:
        console.print("\nPassed, but not tried everywhere", DIM)
        _by_reason(console, partly)
    counts = report.counts
    said = (
        f"{counts[FAIL]} broken, {counts[WARN]} advised against, {counts[INFO]} worth knowing, {counts[PASS]} passed, "
    )
    said += f"{counts[NOT_TRIED]} not tried, {counts[CANNOT_BE_SEEN]} cannot be seen"
    console.print(f"\n{said}", BAD if counts[FAIL] or report.problem else WELL)
    if any(finding.exchange for _, finding in report.findings):
        console.print("Bodies for the curl lines: run again with --record DIR, and call curl in DIR.", DIM)
