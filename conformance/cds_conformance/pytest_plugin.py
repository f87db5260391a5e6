"""`pytest --cds-service URL`, or `module:app`: a test for each statement; `cds_judge` is a fixture for other tests."""

import importlib

import pytest

from cds_conformance.errors import BadOption
from cds_conformance.report.model import CANNOT_BE_SEEN, FAIL, NOT_TRIED, Report, Verdict
from cds_conformance.statements import load_statements


def pytest_addoption(parser):
    group = parser.getgroup("cds-hooks", "CDS Hooks conformance")
    group.addoption("--cds-service", metavar="URL", help="judge this CDS Hooks service; or module:app, WSGI or ASGI")
    group.addoption("--cds-spec", choices=["1.0", "2.0", "3.0"], help="the release; default: the one that it speaks")
    group.addoption("--cds-profile", choices=["crd"], help="judge by this profile, too")
    group.addoption("--cds-path", default="", help="where the service is mounted in the app")
    group.addoption("--cds-fetches", action="store_true", help="the service may ask the judge's FHIR server")
    group.addoption("--cds-header", action="append", default=[], help="'Name: value' for every request")
    group.addoption("--cds-budget", type=float, default=180.0, help="seconds for everything")


def judge_any(service, **options) -> Report:
    """Judges a URL, an application object, or the name `module:app` of one."""
    from cds_conformance.in_process import judge_app
    from cds_conformance.judge import judge

    if isinstance(service, str) and "://" not in service:
        service = _load(service)
    if isinstance(service, str):
        options.pop("path", None)
        return judge(service, **options)
    return judge_app(service, **options)


def _load(name: str):
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute or "app")
    except (ImportError, AttributeError) as trouble:
        raise pytest.UsageError(f"--cds-service {name}: is neither a URL nor module:app: {trouble}") from trouble


@pytest.fixture
def cds_judge():
    """`cds_judge(url_or_app, **options)` gives a report; options are those of `cds_conformance.judge`."""
    return judge_any


class Run:
    """The one run of a session; made when its first statement is asked for."""

    def __init__(self, config):
        self.config, self.made = config, None

    def report(self) -> Report:
        if self.made is None:
            option = self.config.getoption
            options = {
                "spec": option("--cds-spec"),
                "profile": option("--cds-profile"),
                "fetches": option("--cds-fetches"),
            }
            options |= {
                "header": tuple(option("--cds-header")),
                "budget": option("--cds-budget"),
                "path": option("--cds-path"),
            }
            try:
                self.made = judge_any(option("--cds-service"), **options)
            except (BadOption, pytest.UsageError) as trouble:  # said once, not by every statement
                pytest.exit(str(trouble), returncode=pytest.ExitCode.USAGE_ERROR)
        return self.made


class Broken(Exception):
    """What a service SHALL do and does not."""


class Statement(pytest.Item):
    """One statement: broken fails, not tried skips, all else passes with what was said."""

    def __init__(self, *, run: Run, statement: str, **more):
        super().__init__(**more)
        self.run, self.statement = run, statement

    def runtest(self):
        report = self.run.report()
        if report.exit_code == 2:
            raise Broken(f"could not be judged: {report.problem or report.verdict}")
        verdict = report.statements[self.statement]
        self.user_properties.append(("cds-hooks", verdict.result))
        if verdict.result in (NOT_TRIED, CANNOT_BE_SEEN):
            pytest.skip(verdict.why[:300])
        told = _told(verdict, report)
        if verdict.result == FAIL:
            raise Broken(told)
        if verdict.findings:
            self.add_report_section("call", verdict.result, told)

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if isinstance(excinfo.value, Broken) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, self.name


def _told(verdict: Verdict, report: Report) -> str:
    lines = [f"{verdict.statement.id} {verdict.statement.says} ({verdict.statement.level})"]
    for finding in verdict.findings:
        shows = report.exchanges[finding.exchange - 1]["curl"] if finding.exchange else ""
        lines += [f"- {finding.at}: {finding.says}", *([f"  {shows}"] if shows else [])]
    return "\n".join([*lines, f"cds-conformance explain {verdict.statement.id} tells how to mend it"])


def pytest_collection_modifyitems(session, config, items):
    if not config.getoption("--cds-service"):
        return
    run = Run(config)
    for name in load_statements("2.0", config.getoption("--cds-profile")):
        items.append(Statement.from_parent(session, name=name, run=run, statement=name, nodeid=f"cds-hooks::{name}"))
