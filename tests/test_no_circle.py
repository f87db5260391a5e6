"""What a call made is gone when it is answered: nothing of it holds itself, and waits for somebody to look for garbage."""

import gc
import io
import json

import pytest

from cdshooks import create_app
from cdshooks.config import Settings
from cdshooks.ehr.shelf import request_names
from tests.conftest import TODAY
from tests.serving import fixture
from tests.shipped import LIBRARY


@pytest.fixture(scope="module")
def app():
    return create_app(Settings(today=TODAY, database="none", access_log=False), LIBRARY)


def call(app, sent: bytes, service: str) -> str:
    """As a server calls it; a test client would keep what was sent."""
    statuses = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": f"/cds-services/{service}", "SERVER_NAME": "x", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(sent),
        "CONTENT_LENGTH": str(len(sent)), "CONTENT_TYPE": "application/json",
    }  # fmt: skip
    answer = app(environ, lambda status, *_: statuses.append(status))
    b"".join(answer)
    answer.close()
    return statuses[0][:3]


def test_no_call_leaves_anything_of_its_patient_as_garbage(app):
    calls = [(sent, f"b12-{json.loads(sent)['hook']}") for sent in map(fixture, request_names())]
    assert {call(app, *each) for each in calls} == {"200"}  # and what is made once is made
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for each in calls:
            call(app, *each)
        gc.collect()
        ours = {type(one).__qualname__ for one in gc.garbage if type(one).__module__.startswith("cdshooks")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert ours == set()
