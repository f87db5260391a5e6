"""A report: for each statement its result, the findings with their places, and the exchanges that show them."""

from collections import Counter
from dataclasses import dataclass, field

from cds_conformance.statements import Statement

PASS, FAIL, WARN, INFO = "pass", "fail", "warn", "info"
NOT_TRIED, CANNOT_BE_SEEN = "not_tried", "cannot_be_seen"
RESULTS = (FAIL, WARN, INFO, NOT_TRIED, CANNOT_BE_SEEN, PASS)
BY_LEVEL = {"SHALL": FAIL, "SHOULD": WARN, "MAY": INFO}


def printable(text: str, most: int = 400) -> str:
    """What a service sent, fit for a terminal: no control characters, and not without end."""
    clean = "".join(c if c.isprintable() else "?" for c in text[:most])
    return clean if len(text) <= most else clean + "..."


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


MOST_TOLD = 6  # services of which it is told why no patient was found


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

    `problem` says why it could not be judged at all (unreachable, no discovery); it is empty otherwise. `release` tells
    why it was judged by this release, and what the others would say; `pairs`, for each service, by which patient and
    keys failures can be told from "nothing there". `known` are broken statements that a baseline knows, which do not
    count for the exit code; `compared` tells what is otherwise than in an earlier report. `unjudged` are services
    that were late while this machine was busy, or had too many requests to the end: nothing is known of them.
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
    release: dict = field(default_factory=dict)
    pairs: tuple[dict, ...] = ()
    known: frozenset[str] = frozenset()
    compared: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The text report, so that `assert report.exit_code == 0, report` tells everything."""
        from cds_conformance.report.text import as_text

        return as_text(self)

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(verdict.result for verdict in self.statements.values())
        return {result: counted[result] for result in RESULTS}

    @property
    def looked(self) -> int:
        """How many statements could be looked at."""
        return len(self.with_result(PASS, FAIL, WARN, INFO))

    @property
    def verdict(self) -> str:
        """The whole report in a sentence."""
        counts = self.counts
        if self.problem:
            return f"Could not be judged: {self.problem}"
        first = (
            "breaks nothing that a service SHALL do"
            if not counts[FAIL]
            else f"breaks {_number(counts[FAIL])} that a service SHALL do"
        )
        second = f", and fails {_number(counts[WARN])} that it SHOULD do" if counts[WARN] else ""
        seen = f"{self.looked} of {len(self.statements)} statements could be looked at."
        told = f"It {first}{self._known()}{second}; {seen}"
        if self.unjudged:
            why = "late while this machine was busy, or 429 (too many requests) to the end"
            told += f" Nothing is known of {', '.join(self.unjudged)}: {why}; run it again."
        return told

    def _known(self) -> str:
        """How many of the broken statements the baseline knows, in words."""
        known = sum(verdict.statement.id in self.known for verdict in self.with_result(FAIL))
        return f" ({'all' if known == self.counts[FAIL] else known} known)" if known else ""

    @property
    def told_apart(self) -> str:
        """For how many services failures could be told from "nothing there"; empty where none was tried."""
        found = [pair for pair in self.pairs if pair["patient"]]
        told = f"For {len(found)} of {len(self.pairs)} services a patient was found whose advice depends on data."
        others = [f" {pair['service']} {pair['why']}." for pair in self.pairs if pair.get("why")]
        return told + "".join(others[:MOST_TOLD]) if self.pairs else ""

    @property
    def others_say(self) -> list[str]:
        """What the other releases would say, a sentence each."""
        return [_other(release, held) for release, held in self.release.get("others", {}).items()]

    @property
    def exit_code(self) -> int:
        """0: no SHALL failed, or only those that the baseline knows; 1: some did; 2: not judged, or one service not."""
        broken = [verdict for verdict in self.with_result(FAIL) if verdict.statement.id not in self.known]
        return 2 if self.problem or (self.unjudged and not broken) else int(bool(broken))

    def with_result(self, *results: str) -> list[Verdict]:
        return [verdict for verdict in self.statements.values() if verdict.result in results]

    @property
    def findings(self) -> list[tuple[str, Finding]]:
        """Every finding with the id of its statement."""
        return [(name, finding) for name, verdict in self.statements.items() for finding in verdict.findings]

    def as_json(self) -> dict:
        summary = self.counts | {"requests": len(self.exchanges), "seconds": round(self.seconds, 3)}
        summary |= {"problem": self.problem, "notes": list(self.notes), "verdict": self.verdict}
        summary |= {"release": self.release, "pairs": list(self.pairs)}
        summary |= {"known": sorted(self.known), "compared": list(self.compared)}
        return {
            "service": self.service,
            "spec": self.spec,
            "profile": self.profile,
            "started": self.started,
            "summary": summary,
            "statements": [verdict.as_json() for verdict in self.statements.values()],
            "exchanges": list(self.exchanges),
        }


def _number(count: int) -> str:
    return "one thing" if count == 1 else f"{count} things"


def _other(release: str, held: dict) -> str:
    also = f"also {', '.join(held['also'])}" if held["also"] else ""
    gone = f"not {', '.join(held['no_longer'])}" if held["no_longer"] else ""
    return f"By {release}: {'; '.join(one for one in (also, gone) if one) or 'the same'}."
