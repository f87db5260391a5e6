"""One costly thing for several processes: who comes first makes it, and takes it down when the last one has left."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 1800  # seconds that its maker waits for the others


@contextmanager
def shared_by_processes(folder: Path, made: Callable[[Path], Iterator[tuple]]) -> Iterator[tuple]:
    """What `made(folder)` yields, made by one of the processes that name the same folder; it must fit into JSON."""
    folder.mkdir(exist_ok=True)
    told, user = folder / "told.json", folder / f"user-{os.getpid()}"
    making = None
    with locked(folder):
        if not told.exists():
            making = contextmanager(made)(folder)
            told.write_text(json.dumps(making.__enter__()), encoding="utf-8")
        user.touch()
    try:
        yield tuple(json.loads(told.read_text(encoding="utf-8")))
    finally:
        user.unlink()
        if making:
            withdraw(folder, told)
            making.__exit__(None, None, None)


def withdraw(folder: Path, told: Path) -> None:
    """Wait until nobody uses it, and let nobody else begin to."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with locked(folder):
            if not any(lives(int(user.name.removeprefix("user-"))) for user in folder.glob("user-*")):
                told.unlink()
                return
        time.sleep(0.2)


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
