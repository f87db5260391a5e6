"""A report: for each statement its result, the findings with their places, and the exchanges that show them."""

from collections import Counter
from dataclasses import dataclass

from cds_conformance.statements import Statement

PASS, FAIL, WARN, INFO = "pass", "fail", "warn", "info"
NOT_TRIED, CANNOT_BE_SEEN = "not_tried", "cannot_be_seen"
RESULTS = (FAIL, WARN, INFO, NOT_TRIED, CANNOT_BE_SEEN, PASS)
BY_LEVEL = {"SHALL": FAIL, "SHOULD": WARN, "MAY": INFO}


def printable(text: str, most: int = 400) -> str:
    """What a service sent, fit for a terminal: no control characters, and not without end."""
    clean = "".join(c if c.isprintable() else "?" for c in text)
    return clean if len(clean) <= most else clean[:most] + "..."


@dataclass(frozen=True)
class Finding:
    """One fact that goes against a statement: where, what, and the number of the exchange that shows it.

    `weight` where the fact weighs less than its statement: INFO for what may have a reason that we cannot see.
    """

    at: str
    says: str
    exchange: int | None = None
    weight: str = ""

    def __post_init__(self):
        for name in ("at", "says"):
            object.__setattr__(self, name, printable(getattr(self, name)))

    def as_json(self) -> dict:
        return {"at": self.at, "says": self.says, "exchange": self.exchange}


@dataclass(frozen=True)
class Verdict:
    """What came out for one statement; `why` tells what could not be tried or seen, also beside a pass."""

    statement: Statement
    result: str
    findings: tuple[Finding, ...] = ()
    why: str = ""

    def as_json(self) -> dict:
        of = self.statement
        said = {"id": of.id, "level": of.level, "result": self.result, "findings": [f.as_json() for f in self.findings]}
        return said | {"since": of.since, "section": of.section, "says": of.says, "why": self.why}


@dataclass(frozen=True)
class Report:
    """All verdicts about one service, in the order of the statements.

    `problem` says why it could not be judged at all (unreachable, no discovery); it is empty otherwise.
    """

    service: str
    spec: str
    started: str
    statements: dict[str, Verdict]
    exchanges: tuple[dict, ...] = ()
    profile: str | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    def __str__(self) -> str:
        """The text report, so that `assert report.exit_code == 0, report` tells everything."""
        from cds_conformance.report.text import as_text

        return as_text(self)

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(verdict.result for verdict in self.statements.values())
        return {result: counted[result] for result in RESULTS}

    @property
    def exit_code(self) -> int:
        """0: no SHALL failed; 1: some failed; 2: could not be judged."""
        return 2 if self.problem else int(bool(self.counts[FAIL]))

    def with_result(self, *results: str) -> list[Verdict]:
        return [verdict for verdict in self.statements.values() if verdict.result in results]

    @property
    def findings(self) -> list[tuple[str, Finding]]:
        """Every finding with the id of its statement."""
        return [(name, finding) for name, verdict in self.statements.items() for finding in verdict.findings]

    def as_json(self) -> dict:
        summary = self.counts | {"requests": len(self.exchanges), "seconds": round(self.seconds, 3)}
        summary |= {"problem": self.problem, "notes": list(self.notes)}
        return {
            "service": self.service,
            "spec": self.spec,
            "profile": self.profile,
            "started": self.started,
            "summary": summary,
            "statements": [verdict.as_json() for verdict in self.statements.values()],
            "exchanges": list(self.exchanges),
        }
