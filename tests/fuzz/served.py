"""The campaign's calls over HTTP, to a service that is started for it, as its users start it."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fuzz.hostile import Call

CALL = "import sys; from cdshooks.cli import main; sys.exit(main())"
CLOSED = 0  # the status of a call that the server broke off, as it may when a body is far too large


@contextmanager
def service() -> Iterator[tuple[str, int, int]]:
    """Host, port and process id of a service with two workers, on a day that our fixtures fit."""
    words = ["serve", "--port", "0", "--workers", "2", "--today", "2026-01-15"]
    with (
        tempfile.TemporaryDirectory() as place,
        subprocess.Popen(
            [sys.executable, "-c", CALL, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a line a call
            text=True,
            env=os.environ | {"CDSHOOKS_DATABASE": f"{place}/cdshooks.db"},
        ) as server,
    ):
        try:
            found = next(m for line in iter(server.stdout.readline, "") if (m := re.search(r"http://([^:]+):(\d+)", line)))
            yield found[1], int(found[2]), server.pid
        finally:
            server.terminate()


class Connection:
    """One kept connection; a call that the server breaks off costs only itself."""

    def __init__(self, host: str, port: int):
        self.http = http.client.HTTPConnection(host, port, timeout=30)

    def send(self, one: Call) -> tuple[int, bytes]:
        try:
            self.http.request(one.method, one.path, one.body, one.headers)
            answer = self.http.getresponse()
            return answer.status, answer.read()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            return CLOSED, b""
        finally:
            # What the server did not read of a refused body must not become the next call's beginning.
            self.http.close()


def peak_mb(parent: int) -> int:
    """The most memory that one of the service's workers has ever had."""
    peaks = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:  # it has ended
            continue
        if f"\nPPid:\t{parent}\n" in text and (peak := re.search(r"VmHWM:\s+(\d+) kB", text)):
            peaks.append(int(peak[1]) // 1024)
    return max(peaks)
