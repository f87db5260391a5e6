"""Tasks in processes of this machine: one that dies costs only itself, and one that kills thrice is set aside."""

import gc
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait

DEATHS = 3
OBJECTS = 50_000  # made and not freed before the collector looks: those of some patients
ENOUGH = ""
AGAIN = "its worker died"


def run(tasks: Sequence[str], work: Callable[[str], None], workers: int) -> Iterator[tuple[str, str | None]]:
    """(task, why it was set aside or None) as they end. `work` keeps what it finds; what it raises is told."""
    waiting, deaths = deque(tasks), Counter()
    crew = {}
    try:
        while waiting or crew:
            while waiting and len(crew) < workers:
                hand = _Hand(work)
                crew[hand.line] = hand
                hand.give(waiting.popleft())
            for line in wait(list(crew)):
                hand = crew[line]
                task, ended = hand.task, hand.heard()
                if ended is None:  # it died over the task
                    crew.pop(line).end()
                    deaths[task] += 1
                    if deaths[task] < DEATHS:
                        waiting.append(task)
                        continue
                    yield task, f"{AGAIN} {DEATHS} times"
                    continue
                yield task, ended or None
                if waiting:
                    hand.give(waiting.popleft())
                else:
                    crew.pop(line).end()
    finally:
        for hand in crew.values():
            hand.kill()


class _Hand:
    """One worker process and the line to it."""

    def __init__(self, work: Callable[[str], None]):
        context = multiprocessing.get_context("fork")  # what was loaded is shared, not loaded again
        self.line, far = context.Pipe()
        self.task = ""
        self._process = context.Process(target=_serve, args=(far, self.line, work), daemon=True)
        self._process.start()
        far.close()

    def give(self, task: str) -> None:
        self.task = task
        self.line.send(task)

    def heard(self) -> str | None:
        """Empty when the task is done, else what went wrong; None when the worker is gone."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        # Said in words: its siblings hold copies of our end of the line, so that closing it would not be heard.
        with suppress(OSError):
            self.line.send(ENOUGH)
        self.line.close()
        self._process.join(timeout=5)
        self.kill()

    def kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(line: Connection, far: Connection, work: Callable[[str], None]) -> None:
    """In the worker: task after task, until the line is cut."""
    far.close()
    # Ctrl-C reaches every process of a terminal: the parent says what becomes of it, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # cards and codes stay: no collection need look through them
    gc.set_threshold(OBJECTS, *gc.get_threshold()[1:])
    while True:
        try:
            task = line.recv()
        except (EOFError, OSError):
            return
        if task == ENOUGH:
            return
        try:
            work(task)
            line.send("")
        except Exception as fault:  # told to the parent, which goes on with the other tasks
            line.send(f"{type(fault).__name__} in {where(fault)}")


def where(fault: BaseException) -> str:
    """The place of a fault in our code; what it says may hold a patient's data, and is not repeated."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "an unknown place"
