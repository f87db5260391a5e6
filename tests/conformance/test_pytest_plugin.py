"""`pytest --cds-service`: a test for each statement, for a URL and for an application of this process."""

import os
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path
from types import SimpleNamespace

import pytest
from cds_conformance.pytest_plugin import Broken, Statement, judge_any
from cds_conformance.report.model import Report

HERE = Path(__file__).parent
APP = """
from styles import PrefetchOnly, asgi

class Broken(PrefetchOnly):
    def _cards(self, levels):
        return [{"summary": "no indicator", "source": {"label": "x"}}]

app, broken = asgi(PrefetchOnly()), asgi(Broken())
"""


def pytest_run(folder: Path, *words: str):
    """pytest in a process of its own, as somebody runs it who has the plugin; its exit code and its test cases."""
    (folder / "service.py").write_text(APP)
    paths = os.pathsep.join(map(str, (HERE, HERE.parents[1] / "conformance", folder)))
    command = [sys.executable, "-m", "pytest", "-p", "cds_conformance.pytest_plugin", "-q", "--junitxml", "out.xml", *words]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=120, check=False)
    cases = xml.parse(folder / "out.xml").getroot().findall("*/testcase") if (folder / "out.xml").exists() else []
    return done, {case.get("name"): [part.tag for part in case] for case in cases}


@pytest.mark.long
def test_an_application_that_keeps_to_the_standard_passes(tmp_path):
    done, cases = pytest_run(tmp_path, "--cds-service", "service:app", "--cds-spec", "2.0")
    assert done.returncode == 0, done.stdout
    assert "failure" not in {tag for tags in cases.values() for tag in tags}
    assert "skipped" in cases["sec-3"]


def test_a_broken_statement_is_a_failed_test_that_tells_where_and_how_to_mend(tmp_path):
    (tmp_path / "test_mine.py").write_text(
        "def test_mine(cds_judge):\n    import service\n    assert cds_judge(service.broken, spec='2.0').exit_code == 1\n"
    )
    done, cases = pytest_run(tmp_path, "--cds-service", "service:broken")
    assert done.returncode == 1
    assert [name for name, tags in cases.items() if "failure" in tags] == ["card-2"]
    assert cases["test_mine"] == []
    assert "cds-conformance explain card-2" in done.stdout
    assert "indicator: is missing" in done.stdout


def test_what_is_neither_a_URL_nor_an_application_is_refused():
    with pytest.raises(pytest.UsageError, match="is neither a URL nor module:app"):
        judge_any("nothing.here:app")


@pytest.mark.long
def test_what_is_neither_a_URL_nor_an_application_is_told_once(tmp_path):
    done, _ = pytest_run(tmp_path, "--cds-service", "nothing.here:app")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert (done.stdout + done.stderr).count("is neither a URL nor module:app") == 1


def test_a_service_of_which_nothing_is_known_fails_rather_than_skips_everything():
    report = Report("http://s", "2.0", "now", {}, unjudged=("greeter",))
    item = SimpleNamespace(run=SimpleNamespace(report=lambda: report), statement="card-1")
    with pytest.raises(Broken, match="Nothing is known of greeter"):
        Statement.runtest(item)


@pytest.mark.long
def test_nobody_there_fails_every_statement(tmp_path):
    done, cases = pytest_run(tmp_path, "--cds-service", "http://127.0.0.1:9")
    assert done.returncode == 1
    assert all("failure" in tags for tags in cases.values())
