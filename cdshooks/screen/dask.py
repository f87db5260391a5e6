"""Tasks on a Dask cluster: few in flight, each tried again elsewhere when its worker dies, set aside after three."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.screen.processes import AGAIN, DEATHS

IN_FLIGHT = 2  # tasks for each thread of the cluster: enough that nobody waits, few enough to lose little


def run(
    tasks: Sequence[str], work: Callable[[str], None], address: str, folder: Path
) -> Iterator[tuple[str, str | None]]:
    """(task, why it was set aside or None) as they end. Every worker reads register, cards and `folder` by the same
    paths, and makes its own question of what was asked there; `work`, which belongs to this process, is not sent.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError:
        raise BadInput("--scheduler needs an extra; install cdshooks[distributed]") from None
    with Client(address, timeout="20s", set_as_default=False) as client, client.as_current():
        waiting, deaths = deque(tasks), Counter()
        room = IN_FLIGHT * max(1, sum(client.nthreads().values()))
        flight = as_completed(_send(client, waiting.popleft(), folder) for _ in range(min(room, len(waiting))))
        for future in flight:
            task, failure = future.key.rpartition("/")[2], future.exception()
            if isinstance(failure, KilledWorker):
                deaths[task] += 1
                if deaths[task] < DEATHS:
                    flight.add(_send(client, task, folder, deaths[task]))
                    continue
                yield task, f"{AGAIN} {DEATHS} times"
            else:
                yield task, future.result() or None if failure is None else type(failure).__name__
            if waiting:
                flight.add(_send(client, waiting.popleft(), folder))


def _send(client, task: str, folder: Path, attempt: int = 0):
    # A key of its own for each attempt: Dask would answer the old one with what it remembers.
    return client.submit(one, task, str(folder), key=f"{folder}/{attempt}/{task}", retries=0, pure=False)


def one(task: str, folder: str) -> str:
    """On a worker: one task, its result written to the shared folder; says what went wrong, never a patient's data."""
    from cdshooks.screen.processes import where
    from cdshooks.screen.run import task as judged_task
    from cdshooks.screen.run import wanted_by
    from cdshooks.screen.work import Work

    work = Work(Path(folder))
    if work.is_done(task):
        return ""
    question, files = _question(folder)
    try:
        work.done(task, judged_task(task, files, wanted_by(question), question, work.folder))
    except Exception as fault:
        return f"{type(fault).__name__} in {where(fault)}"
    return ""


@lru_cache(maxsize=1)
def _question(folder: str):
    """What was asked, made anew from what stands in the folder: cards are loaded once in a worker."""
    from datetime import date

    from cdshooks.config import clock, read_settings
    from cdshooks.content.load import load_library
    from cdshooks.screen.bucket import Question
    from cdshooks.screen.inputs import register
    from cdshooks.screen.run import occasions
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
    question = Question(library, on, clock(settings), day, asked["ids"], salt, asked["silence"], own)
    return question, register(Path(asked["source"]))
