"""Weighs the evidence: runs every check over what was seen and gives each statement its result."""

import time
from collections import defaultdict

from cds_conformance.checks import CHECKS, NotTried
from cds_conformance.checks.parts import Part, Parts
from cds_conformance.checks.registry import SCOPES
from cds_conformance.errors import BadOption
from cds_conformance.evidence import Evidence, Settled
from cds_conformance.options import Options
from cds_conformance.report.model import (
    BY_LEVEL,
    CANNOT_BE_SEEN,
    INFO,
    NOT_TRIED,
    PASS,
    Finding,
    Verdict,
    printable,
)
from cds_conformance.statements import Statement, load_statements

TIME_IS_UP = "the time for the whole run (--budget) was up before everything was looked at"
MOST_FINDINGS = 300  # of one statement; more tell nothing new
NO_SERVICE = "the service could not be judged; the reason stands on top"
OWN_FAULT = "the judge itself failed here; please report it"


class Tally:
    """What the checks of one statement said: findings without repeats, what was tried, what could not be."""

    def __init__(self):
        self.findings: dict[tuple, Finding] = {}
        self.reasons: dict[str, list[str]] = {}
        self.tried = 0

    @property
    def why(self) -> str:
        """What could not be tried: each reason once, with the services that it is about."""
        told = [(why, list(dict.fromkeys(at for at in where if at))) for why, where in self.reasons.items()]
        return "; ".join(f"{why} ({', '.join(where)})" if where else why for why, where in told)

    def add(self, finding: Finding):
        if len(self.findings) < MOST_FINDINGS:
            self.findings.setdefault((finding.at, finding.says), finding)


def weigh(
    evidence: Evidence, spec="2.0", profile: str | None = None, ends: float | None = None,
    options: Options | None = None,
) -> dict[str, Verdict]:  # fmt: skip
    """One verdict for each statement of the release (and of the profile), in the order of the statements.

    `ends` is a moment of time.monotonic(): what could not be looked at until then is told so. Of `options`, those that
    choose statements hold.
    """
    statements = load_statements(spec, profile)
    statements = chosen_of(statements, options) if options else statements
    tallies = defaultdict(Tally)
    parts = Parts(Settled.settle(evidence), spec, profile)
    for check in CHECKS:
        wanted = [name for name in check.statements if name in statements]
        if wanted:
            _run(check, parts, [tallies[name] for name in wanted], ends or float("inf"))
    return {name: _verdict(statement, tallies[name], spec) for name, statement in statements.items()}


def _run(check, parts: Parts, tallies: list[Tally], ends: float):
    looked = False
    items = [parts] if check.each == "evidence" else parts.each(check.each)
    for item in items:
        looked = True
        if time.monotonic() > ends:
            for tally in tallies:
                tally.reasons[TIME_IS_UP] = []
            return
        said = _say(check, item)
        for tally in tallies:
            _note(said, item, tally)
    if not looked:
        for tally in tallies:
            tally.reasons[NO_SERVICE if parts.evidence.problem else SCOPES[check.each][1]] = []


def _say(check, item) -> list:
    """What a check says; where it fails itself, that is told, and neither a pass nor a finding."""
    try:
        return list(check.function(item) or ())
    except Exception as trouble:
        return [NotTried(f"{OWN_FAULT} ({check.name}: {type(trouble).__name__})")]


def _note(said: list, item, tally: Tally):
    reasons = [one.why for one in said if isinstance(one, NotTried)]
    for one in said:
        if isinstance(one, Finding):
            tally.add(one)
        elif not isinstance(one, NotTried):
            tally.add(_finding(item, *one))
    place = f"{item.at}: " if isinstance(item, Part) and item.at else None
    for why in reasons:
        known = bool(place) and why.startswith(place)
        tally.reasons.setdefault(why.removeprefix(place) if known else why, []).append(item.at if known else "")
    tally.tried += not reasons or len(reasons) < len(said)


def _finding(part: Part, step: str, says: str) -> Finding:
    at = part.inner(None, step).at if step else part.at
    return Finding((at or part.exchange.url_path).strip(" :"), says, part.exchange.number)


def _verdict(statement: Statement, tally: Tally, spec: str) -> Verdict:
    why = printable(tally.why, 2000)
    if statement.seen == "never":
        return Verdict(statement, CANNOT_BE_SEEN, (), statement.unseen)
    if statement.advice and spec == "1.0":
        return Verdict(statement, NOT_TRIED, (), f"is a statement of {statement.since}; judged by 1.0")
    if tally.findings:
        full = INFO if statement.advice else BY_LEVEL[statement.level]
        result = full if any(not one.weight for one in tally.findings.values()) else INFO
        return Verdict(statement, result, tuple(tally.findings.values()), why)
    if tally.tried:
        return Verdict(statement, PASS, (), why)
    return Verdict(statement, NOT_TRIED, (), why or "no check looked at it in this run")


def chosen_of(statements: dict, options: Options) -> dict:
    """Of statements by id: those of --only and not of --except; each an id, or the beginning of several (pre-)."""
    for flag, given in (("--only", options.only), ("--except", options.leave_out)):
        unknown = [one for one in given if not any(_means(one, name) for name in statements)]
        if unknown:
            raise BadOption(f"{flag} {unknown[0]}: is no statement; `cds-conformance explain` lists them")
    kept = {n: v for n, v in statements.items() if not options.only or any(_means(one, n) for one in options.only)}
    return {n: v for n, v in kept.items() if not any(_means(one, n) for one in options.leave_out)}


def _means(given: str, name: str) -> bool:
    return name == given or (given.endswith("-") and name.startswith(given)) or name.rpartition("-")[0] == given
