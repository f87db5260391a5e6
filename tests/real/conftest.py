"""The real FHIR server, started and loaded once for all tests that ask it, also when several processes run them."""

import os
from collections.abc import Iterator

import pytest

from tests.real import charts
from tests.real.load import load
from tests.real.server import Hapi, already_running, needed, running
from tests.real.together import shared_by_processes


@pytest.fixture(scope="session")
def hapi(tmp_path_factory):
    """The server with all charts on it. HAPI_URL and HAPI_TOKEN name one that `tests.real.keep` keeps running."""
    if os.environ.get("HAPI_URL"):
        with already_running(os.environ["HAPI_URL"], os.environ["HAPI_TOKEN"]) as hapi:
            yield hapi
        return
    needed()
    of_this_process = tmp_path_factory.getbasetemp()
    of_all = of_this_process.parent if "PYTEST_XDIST_WORKER" in os.environ else of_this_process
    with shared_by_processes(of_all / "hapi", loaded) as (url, token), already_running(url, token) as hapi:
        yield hapi


def loaded(folder) -> Iterator[tuple[str, str]]:
    """A new server with all charts on it, and what is needed to ask it."""
    with running(folder) as hapi:
        put_all_charts(hapi)
        yield hapi.url, hapi.token


def put_all_charts(hapi: Hapi) -> None:
    refused = load(hapi, charts.records(charts.everything()).values())
    assert refused == []
