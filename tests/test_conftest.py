"""The tests' own world is as hostile as it claims to be."""

import datetime as dt
import os
import re
import shutil
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

LACKING = "from conftest import shared\n\ndef test_something():\n    shared('a-part-that-is-nowhere')\n"
LACKING_AT_COLLECTION = "from conftest import shared\n\nFILE = shared('a-part-that-is-nowhere')\n"
OTHER_SKIP = "import pytest\n\ndef test_something():\n    pytest.skip('not on this system')\n"


def outcome(tmp_path, code, **environ):
    """The exit code of a test run of its own: 0 is green, 1 and 2 are not, 5 is nothing to run."""
    for name in ("conftest.py", "long.py", "read_once.py"):
        shutil.copy(Path(__file__).with_name(name), tmp_path)
    (tmp_path / "test_sample.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    environ = {name: value for name, value in os.environ.items() if name != "CI"} | environ
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and loading them takes most of the time
    return subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, check=False).returncode


@pytest.mark.parametrize(("code", "green"), [(LACKING, 0), (LACKING_AT_COLLECTION, 5)])
def test_a_missing_part_skips_a_test_here_and_fails_it_in_ci(tmp_path, code, green):
    assert outcome(tmp_path, code) == green
    assert outcome(tmp_path, code, CI="true") in {1, 2}
    assert outcome(tmp_path, code, CI="true", MAY_MISS_PARTS="yes") == green


def test_a_skip_for_another_reason_stays_a_skip_in_ci(tmp_path):
    assert outcome(tmp_path, OTHER_SKIP, CI="true") == 0


def test_the_clock_stands_where_today_is_not_the_today_of_utc():
    assert dt.datetime.now().date() == dt.date(2026, 1, 15)
    assert dt.datetime.now(dt.UTC).date() == dt.date(2026, 1, 14)


def test_the_network_ends_at_loopback():
    with socket.socket() as outside, pytest.raises(AssertionError, match="only loopback"):
        outside.connect(("192.0.2.1", 80))


def test_a_warning_is_an_error():
    with pytest.raises(UserWarning):
        warnings.warn("something is odd", stacklevel=1)


def test_nobody_imports_conftest_by_its_bare_name():
    """There are several of that name: which one a bare import finds depends on what was collected before."""
    tests = Path(__file__).parent
    bare = re.compile(r"^(?:from|import) conftest\b", re.MULTILINE)
    assert [file.name for file in tests.rglob("*.py") if bare.search(file.read_text(encoding="utf-8"))] == []
