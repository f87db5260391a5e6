"""Tasks on a Dask cluster: few in flight, tried again elsewhere when a worker dies, set aside when it kills alone."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from time import sleep

from cdshooks.errors import BadInput, ServerUnreachable
from cdshooks.screen.processes import AGAIN

PAUSE, PATIENCE = 0.5, 120.0  # seconds between two looks, and without any worker until it is given up
IN_FLIGHT = 2  # tasks for each thread of the cluster: enough that nobody waits, few enough to lose little
_is_address = re.compile(r"[a-z]+://[^/\s:]+:[0-9]+/?|[a-z]+://\[[0-9a-f:]+\]:[0-9]+/?").fullmatch
KILLS = f"{AGAIN} each time, also when it was tried alone"


def run(
    tasks: Sequence[str], work: Callable[[str], None], address: str, folder: Path
) -> Iterator[tuple[str, str | None]]:
    """(task, why it was set aside or None) as they end. Every worker reads register, cards and `folder` by the same
    paths, and makes its own question of what was asked there; `work`, which belongs to this process, is not sent.

    When a worker dies the cluster suspects all that it held. Suspects are tried again, each alone: then it is known
    which of them kills.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise BadInput("--scheduler needs an extra; install cdshooks[distributed]") from None
    with _client(Client, address) as client, client.as_current():
        room = IN_FLIGHT * max(1, sum(client.nthreads().values()))
        suspects = []
        for task, future in _flown(client, tasks, folder, room):
            if isinstance(future.exception(), KilledWorker):
                suspects.append(task)
            else:
                yield task, _why(future)
        for task, future in _flown(client, suspects, folder, 1):
            yield task, KILLS if isinstance(future.exception(), KilledWorker) else _why(future)


def _client(kind: Callable, address: str):
    """The cluster. Raises ServerUnreachable, BadInput."""
    if not _is_address(address):
        raise BadInput(f"--scheduler {address}: give an address such as tcp://127.0.0.1:8786")
    try:
        return kind(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError):
        why = "no Dask scheduler answers there; start one, or mend the address"
        raise ServerUnreachable(f"--scheduler {address}: {why}") from None


def _flown(client, tasks: Sequence[str], folder: Path, room: int) -> Iterator[tuple]:
    """(task, its future) as they end, no more than `room` of them under way."""
    from distributed import as_completed

    waiting, alone = deque(tasks), 0.0
    flight = as_completed(_send(client, waiting.popleft(), folder, room) for _ in range(min(room, len(waiting))))
    while not flight.is_empty():
        ended = flight.next_batch(block=False)
        for future in ended:
            yield future.key.rpartition("/")[2], future
            if waiting:
                flight.add(_send(client, waiting.popleft(), folder, room))
        if not ended:
            sleep(PAUSE)
            alone = 0.0 if client.nthreads() else alone + PAUSE
        if alone > PATIENCE:  # else it would wait for ever, and say nothing
            raise ServerUnreachable("the cluster has no worker left; start some, and run the same command again")


def _send(client, task: str, folder: Path, room: int):
    # A key of its own for each round: Dask would answer the old one with what it remembers.
    return client.submit(one, task, str(folder), key=f"{folder}/{room}/{task}", retries=0, pure=False)


def _why(future) -> str | None:
    failure = future.exception()
    return (future.result() or None) if failure is None else type(failure).__name__


def one(task: str, folder: str) -> str:
    """On a worker: one task, its result written to the shared folder; says what went wrong, never a patient's data."""
    from cdshooks.screen.processes import where
    from cdshooks.screen.run import task as judged_task
    from cdshooks.screen.work import Work

    work = Work(Path(folder))
    if work.is_done(task):
        return ""
    question, files, rows = _question(folder, work.asked_text)
    try:
        work.done(task, judged_task(task, files, rows, question, work.folder))
    except Exception as fault:
        return f"{type(fault).__name__} in {where(fault)}"
    return ""


@lru_cache(maxsize=1)
def _question(folder: str, _asked: str):
    """What was asked, made anew from what stands in the folder: cards are loaded, and ways of writing rows are learned,
    once in a worker for one question.

    A worker lives on, and the next question may come by the same folder: by its text it is known to be another.
    """
    from datetime import date

    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.screen.bucket import Question
    from cdshooks.screen.inputs import register
    from cdshooks.screen.run import occasions, wanted_by
    from cdshooks.screen.truth import read_truth
    from cdshooks.screen.work import Work

    asked = Work(Path(folder)).asked
    day = None if asked["as_of"] == "last" else date.fromisoformat(asked["as_of"])
    settings = read_settings({"today": day, "cards": asked["cards"], "site": asked["site"], "timezone": asked["zone"]})
    library = load_library(settings.cards, settings.site)
    salt = bytes.fromhex(asked["salt"])
    on = occasions(library, settings, asked["orders"])
    told = read_truth(Path(asked["truth"])) if asked["truth"] else None
    own = {patient: truth.order for patient, truth in told.items()} if told else None
    question = Question(library, on, clock(settings), day, asked["ids"], salt, asked["silence"], own, asked["quality"])
    return question, register(Path(asked["source"])), wanted_by(question)
