"""The report for reading in a terminal: what failed, where, what was expected, and the line that shows it."""

from io import StringIO

from cds_conformance.report.model import CANNOT_BE_SEEN, FAIL, INFO, NOT_TRIED, PASS, WARN, Report, Verdict

COLOURS = {FAIL: "bold red", WARN: "yellow", INFO: "cyan", NOT_TRIED: "dim", CANNOT_BE_SEEN: "dim", PASS: "green"}
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
    from rich.console import Console

    held = StringIO()
    console = Console(
        file=held, width=width or 110, force_terminal=colour, color_system="standard" if colour else None,
        highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    _head(console, report)
    for result in (FAIL, WARN, INFO):
        _with_findings(console, report, result)
    for result in (NOT_TRIED, CANNOT_BE_SEEN):
        _without_findings(console, report, result)
    _foot(console, report)
    return held.getvalue()


def _head(console, report: Report):
    profile = f", profile {report.profile}" if report.profile else ""
    console.print(f"{report.service}", style="bold")
    console.print(report.verdict, style="bold red" if report.exit_code else "bold green")
    sent = "1 request" if len(report.exchanges) == 1 else f"{len(report.exchanges)} requests"
    console.print(f"judged by CDS Hooks {report.spec}{profile}, {report.started}; {sent} in {report.seconds:.1f} s")
    if report.release.get("others"):
        console.print(
            f"{report.spec} because {'; '.join(report.release['why'])}. {' '.join(report.others_say)}", style="dim"
        )
    if report.told_apart:
        console.print(report.told_apart, style="dim")
    for line in report.compared:
        console.print(f"Since then: {line}", style="cyan")
    for note in report.notes:
        console.print(f"Note: {note}", style="yellow")


def _with_findings(console, report: Report, result: str):
    held = report.with_result(result)
    if held:
        console.print(f"\n{HEADS[result]}", style=COLOURS[result])
    for verdict in held:
        _one(console, report, verdict, COLOURS[result])


def _one(console, report: Report, verdict: Verdict, colour: str):
    of = verdict.statement
    later = f", only since {of.since}" if of.advice else ""
    known = " (known)" if of.id in report.known else ""
    console.print(f"\n  {of.id}{known}  {of.says}", style=colour)
    console.print(
        f"      {of.level}{later}; {of.section}" + (f"; our reading: {of.ours}" if of.ours else ""), style="dim"
    )
    for finding in verdict.findings[:MOST]:
        console.print(f"    - {finding.at}: {finding.says}" + (f"  [{finding.exchange}]" if finding.exchange else ""))
    if len(verdict.findings) > MOST:
        console.print(f"    - and {len(verdict.findings) - MOST} more")
    if verdict.result in (FAIL, WARN):
        _page(console, of.id)
    shows = next((f.exchange for f in verdict.findings if f.exchange), None)
    if shows:
        console.print(f"    {report.exchanges[shows - 1]['curl']}", style="dim", soft_wrap=True)


QUOTED = {"what": "expected", "why": "why", "patient": "for the patient", "good": "a good sample", "mend": "to mend it"}


def _page(console, name: str):
    """What the check's page says; `cds-conformance explain` tells the rest."""
    from cds_conformance.explain import page_of

    for part, title in QUOTED.items():
        if page_of(name).get(part):
            console.print(f"      {title}: {page_of(name)[part]}", style="dim", soft_wrap=True)
    console.print(f"      more: cds-conformance explain {name}", style="dim")


def _without_findings(console, report: Report, result: str):
    held = report.with_result(result)
    if held:
        console.print(f"\n{HEADS[result]}", style=COLOURS[result])
        _by_reason(console, held)


def _by_reason(console, verdicts: list[Verdict]):
    """The statements of one reason stand together: the reason is what helps."""
    reasons = {}
    for verdict in verdicts:
        reasons.setdefault(verdict.why, []).append(verdict.statement.id)
    for why, names in reasons.items():
        console.print(f"  {why}", style="dim", soft_wrap=False)
        console.print(f"      {', '.join(names)}")


def _foot(console, report: Report):
    partly = [verdict for verdict in report.with_result(PASS) if verdict.why]
    if partly:
        console.print("\nPassed, but not tried everywhere", style="dim")
        _by_reason(console, partly)
    counts = report.counts
    said = (
        f"{counts[FAIL]} broken, {counts[WARN]} advised against, {counts[INFO]} worth knowing, {counts[PASS]} passed, "
    )
    said += f"{counts[NOT_TRIED]} not tried, {counts[CANNOT_BE_SEEN]} cannot be seen"
    console.print(f"\n{said}", style="bold red" if counts[FAIL] or report.problem else "bold green")
    if any(finding.exchange for _, finding in report.findings):
        console.print("Bodies for the curl lines: run again with --record DIR, and call curl in DIR.", style="dim")
