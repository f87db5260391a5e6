"""The real FHIR server, loaded once for all tests that ask it."""

import os

import pytest

from tests.real import charts
from tests.real.load import load
from tests.real.server import already_running, needed, running


@pytest.fixture(scope="session")
def hapi(tmp_path_factory):
    """The server with all charts on it. HAPI_URL and HAPI_TOKEN name one that `tests.real.keep` keeps running."""
    if os.environ.get("HAPI_URL"):
        with already_running(os.environ["HAPI_URL"], os.environ["HAPI_TOKEN"]) as hapi:
            yield hapi
        return
    needed()
    with running(tmp_path_factory.mktemp("hapi")) as hapi:
        refused = load(hapi, charts.records(charts.everything()).values())
        assert refused == []
        yield hapi
