"""Ours against a static answer, over HTTP: one sync worker each on the same CPU, by turns; calls, CPU seconds, memory."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from tests.bench.bodies import TODAY

HERE = Path(__file__).parent
CONNECTIONS = 8
STATIC, OURS = "static_app:create_app()", "cdshooks:create_app()"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Served:
    """A server that runs; what its turns took: seconds of CPU a call, calls a second, and seconds that calls waited."""

    process: subprocess.Popen
    port: int
    cpu: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return quantiles(self.times, n=100)[98]

    def processes(self) -> list[int]:
        own = self.process.pid
        return [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]

    def seconds(self) -> float:
        """CPU seconds of gunicorn and its worker so far: they do not grow while others have the processor."""
        stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.processes())
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS

    def megabytes(self) -> float:
        """What the worker holds, pages that it shares with the master included."""
        told = Path(f"/proc/{self.processes()[-1]}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in told if line.startswith("Rss:")) / 1024

    def turn(self, path: str, body: bytes, seconds: float) -> None:
        begun, call = self.seconds(), _call(self.port, path, body)
        took = load(call, seconds)
        self.cpu.append((self.seconds() - begun) / len(took))
        self.rates.append(len(took) / seconds)
        self.times += took


@contextmanager
def serving(app: str, cpu: int, **environ: str) -> Iterator[Served]:
    """One gunicorn with one sync worker on one CPU."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--chdir", str(HERE)]
    command += ["--log-level", "error", "--no-control-socket", app]
    told = {"CDSHOOKS_TODAY": TODAY.isoformat(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environ
    quiet = subprocess.DEVNULL  # the log is written all the same: a line for each request, as users have it
    pin = lambda: os.sched_setaffinity(0, {cpu})  # noqa: E731
    process = subprocess.Popen(command, env=os.environ | told, stderr=quiet, preexec_fn=pin)
    try:
        _wait(app, port)
        yield Served(process, port)
    finally:
        process.terminate()
        process.wait()


def _wait(app: str, port: int) -> None:
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{app} did not start")


def by_turns(servers: list[Served], path: str, body: bytes, rounds: int, seconds: float) -> None:
    """So that a machine that is busy for a while is busy for all."""
    for served in servers:
        load(_call(served.port, path, body), 0.5)
    for _ in range(rounds):
        for served in servers:
            served.turn(path, body, seconds)


def ratio(of: list[float], by: list[float]) -> float:
    """Of two turns one after the other, the middle one of all rounds."""
    return median(a / b for a, b in zip(of, by, strict=True))


def _call(port: int, path: str, body: bytes) -> Callable[[], None]:
    """A function that makes one call. A sync worker closes each connection, so every call opens its own."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    message = head.encode() + body

    def call():
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(message)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not a 200: {answer[:2000].decode()}")

    return call


def load(call: Callable[[], None], seconds: float) -> list[float]:
    """Calls from several connections for so long; how many seconds each took."""
    took, failed, until = [], [], time.perf_counter() + seconds

    def work():
        try:
            while (begun := time.perf_counter()) < until:
                call()
                took.append(time.perf_counter() - begun)
        except (SystemExit, OSError) as error:
            failed.append(error)

    workers = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise SystemExit(str(failed[0]))
    return took
