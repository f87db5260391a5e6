"""Calls to the service without a network between: several times as many in the same time."""

from datetime import date
from io import BytesIO
from urllib.parse import unquote_to_bytes

from cdshooks import create_app
from cdshooks.config import Settings
from tests.fuzz.hostile import Call
from tests.shipped import LIBRARY


class Sender:
    """The service with these settings, on the day that our fixtures fit."""

    def __init__(self, **settings):
        # A machine that is busy with other things must not be taken for a fault of the service.
        self.app = create_app(Settings(today=date(2026, 1, 15), access_log=False, judge_deadline_ms=120_000, **settings), LIBRARY)

    def send(self, one: Call) -> tuple[int, bytes]:
        """Status and body of what is answered."""
        said: list[str] = []
        answer = self.app(environ_of(one), lambda status, headers, fault=None: said.append(status))
        try:
            body = b"".join(answer)
        finally:
            answer.close()
        return int(said[0][:3]), body


def environ_of(one: Call) -> dict:
    """The call as WSGI hands it over (PEP 3333)."""
    path, _, query = one.path.partition("?")
    headers = {name.upper().replace("-", "_"): value for name, value in one.headers.items()}
    return {f"HTTP_{name}": value for name, value in headers.items() if name != "CONTENT_TYPE"} | {
        "REQUEST_METHOD": one.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(one.body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(one.body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
