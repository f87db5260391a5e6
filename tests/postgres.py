"""A PostgreSQL server for tests: the one that CDSHOOKS_TEST_DATABASE names, or Debian's, started in a folder in /tmp."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

MISSING = "missing part: PostgreSQL (apt-get install postgresql, or set CDSHOOKS_TEST_DATABASE)"


def programs() -> Path | None:
    """The folder of initdb and pg_ctl: on the PATH, or where Debian puts them."""
    found = shutil.which("pg_ctl")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


class Server:
    """One cluster on a free port of loopback; `address` is that of its superuser."""

    def __init__(self, durable: bool = False):
        self.bin = programs()
        self.folder = Path(tempfile.mkdtemp(prefix="cdshooks-pg-", dir="/tmp"))
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres", "postgres")
        self.data = self.folder / "data"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._durable = durable
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        options += "" if self._durable else " -c fsync=off"
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start")

    def stop(self, mode: str = "fast"):
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def kill(self):
        """As a loss of power would: all of its processes at once, by SIGKILL."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        processes = [postmaster, *self._children(postmaster)]
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until = time.monotonic() + 120
        while any(_lives(process) for process in processes) and time.monotonic() < until:
            time.sleep(0.02)
        # Its number may still be that of a zombie here, and then the next start believes that it lives.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self):
        subprocess.run(self._command("pg_ctl", "-D", self.data, "-m", "immediate", "stop"), capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _children(self, of):
        return map(int, subprocess.run(["pgrep", "-P", str(of)], capture_output=True, text=True).stdout.split())

    def _command(self, name, *words):
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        return [*user, str(self.bin / name), *map(str, words)]

    def _run(self, name, *words):
        # Into a file, not a pipe: the server would keep a pipe open and the reader waiting.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(self._command(name, *words), stdout=said, stderr=said, cwd="/tmp")
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{name}: {said.read().decode(errors='replace')[-1500:]}")


def _lives(process: int) -> bool:
    """Whether it still holds memory of the server: a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def new_database(address: str, name: str) -> str:
    """An empty database beside the one of this address; its address."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{address.rpartition('/')[0]}/{name}"
