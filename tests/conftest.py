"""The world the tests run in: far from UTC, frozen in time, alone on the network, and strict about warnings."""

import datetime as dt
import gc
import os
import socket
import tempfile
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import read_once  # noqa: F401
import time_machine
from hypothesis import HealthCheck, settings
from long import is_all_long, is_long

FAR = ZoneInfo("Pacific/Auckland")  # 13 hours ahead: its today differs from UTC's for half of each day
os.environ["TZ"] = FAR.key
time.tzset()
TEST_DATABASE = os.environ.get("CDSHOOKS_TEST_DATABASE")
for name in [name for name in os.environ if name.startswith("CDSHOOKS_")]:
    del os.environ[name]
# What the service keeps where nothing else is said: never in the home of the one who runs the tests.
STATE = tempfile.TemporaryDirectory(prefix="cdshooks-state-")
os.environ["XDG_STATE_HOME"] = STATE.name

TODAY = dt.date(2026, 1, 15)
NOON_THERE = dt.datetime(2026, 1, 15, 12, 0, tzinfo=FAR)  # in UTC still the 14th
SHARED = Path(__file__).resolve().parents[2] / "shared"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
MISSING = "missing part: "

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True)
settings.load_profile("ci" if IN_CI else "here")


def shared(path: str = "") -> Path:
    """A file or folder of the material that lies beside the checkout; without it the test is skipped, in CI failed."""
    if (SHARED / path).exists():
        return SHARED / path
    return pytest.skip(f"{MISSING}../shared/{path} is not beside this checkout", allow_module_level=True)


def shared_files(pattern: str) -> list[Path]:
    """All shared files that match; an empty list where the material is absent (pytest then skips and says so)."""
    return sorted(SHARED.glob(pattern))


@pytest.fixture(scope="module")
def browser():
    """A real Chromium, one for all tests of a file."""
    from browser import chromium  # which needs this file

    with chromium() as found:
        yield found


@pytest.fixture(autouse=True)
def _frozen_clock():
    """A frozen clock that still ticks: waiting for something keeps working."""
    with time_machine.travel(NOON_THERE, tick=True):
        yield


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch):
    """A test that reaches for the network fails at once, and says where it wanted to go."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in {"127.0.0.1", "127.0.0.2", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address!r}; only loopback is open")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres():
    """The address of a PostgreSQL server on which databases can be made."""
    import postgres

    if TEST_DATABASE:
        yield TEST_DATABASE
        return
    if postgres.programs() is None:
        pytest.skip(postgres.MISSING)
    server = postgres.Server()
    yield server.address
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """What the setting `database` may say: the test that asks for it runs on each kind, on an empty one."""
    if request.param == "sqlite":
        return str(tmp_path / "kept.db")
    import postgres

    return postgres.new_database(request.getfixturevalue("postgres"), f"cdshooks_{os.getpid()}")


def pytest_ignore_collect(collection_path, config):
    """Files of long proofs are not even read where these are left out: to read some takes a second."""
    file = collection_path.relative_to(config.rootpath).as_posix()
    return True if config.option.markexpr == "not long" and is_all_long(file) else None


def pytest_collection_modifyitems(items):
    for item in items:
        if is_long(item.nodeid.partition("[")[0]):
            item.add_marker(pytest.mark.long)


def pytest_collection_finish(session):
    """What is there now stays: to look through it for garbage again and again would stop every thread for half a second."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        _fail_when_a_part_is_missing(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    if IN_CI and report.skipped:
        _fail_when_a_part_is_missing(report)
    return report


def _fail_when_a_part_is_missing(report):
    """In CI every part is there: what is skipped for want of one is not green, unless MAY_MISS_PARTS is set."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if MISSING in reason and "MAY_MISS_PARTS" not in os.environ:
        report.outcome, report.longrepr = "failed", f"{reason}\n(in CI every part must be there)"
