"""Runs the judge on the reference service or a mutant of it, both with the same settings."""

from contextlib import contextmanager
from dataclasses import replace

import cds_conformance
from cds_conformance.judge import collect
from cds_conformance.options import Options
from hostile import HostileHandler
from mutate import Mutant, build
from reference.tokens import Guard
from reference.wire import Server

GOOD = Mutant(id="the good service", breaks="", how="")
ISSUER = "https://ehr.example"


def report_on(mutant: Mutant):
    """The judge's report on this mutant, over loopback, with a full run."""
    with _running(mutant) as (base, settings):
        return cds_conformance.judge(base, **settings)


def evidence_of(mutant: Mutant):
    """Everything that was sent to this mutant and came back, in a full run."""
    with _running(mutant) as (base, settings):
        return collect(base, Options(**settings))


@contextmanager
def _running(mutant: Mutant):
    settings = {"spec": mutant.spec, "profile": mutant.profile or None, "timeout": 3.0, "fetches": True}
    guard = None
    if mutant.auth:
        jku = f"http://127.0.0.1:{free_port()}/jwks.json"
        guard = Guard({ISSUER: jku})
        settings |= {"issuer": ISSUER, "jku": jku}
    service = build(mutant, guard)
    with Server(service.answer, HostileHandler) as base:
        service.base = base
        yield base, settings


def free_port() -> int:
    """A port that was free a moment ago."""
    server = Server(lambda call: None)
    server.http.server_close()
    return server.http.server_port


def the_good_service(spec="2.0", auth=False, profile="") -> Mutant:
    return replace(GOOD, spec=spec, auth=auth, profile=profile)


def shown(report) -> dict[str, list[str]]:
    """What the report says against the service: by statement, each finding in one line."""
    return {
        name: [f"{finding.at}: {finding.says}" for finding in verdict.findings]
        for name, verdict in report.statements.items()
        if verdict.findings
    }
