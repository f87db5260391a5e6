"""The folder in which all workers count together: new and empty for each start, gone after it."""

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class SharedCounts:
    """Must be made before anything is counted: prometheus-client looks for the folder once, when it is loaded."""

    def __init__(self, wanted: bool):
        self._own: str | None = None
        given = os.environ.get(FOLDER)
        if wanted and given:
            Path(given).mkdir(parents=True, exist_ok=True)
            for left in Path(given).glob("*.db"):  # counts of processes that are no more
                left.unlink()
        elif wanted:
            self._own = os.environ[FOLDER] = tempfile.mkdtemp(prefix="cdshooks-metrics-")

    def forget(self, pid: int) -> None:
        """A worker is gone: what it counted stays, what was true of it while it lived does not."""
        if os.environ.get(FOLDER):
            from prometheus_client.multiprocess import mark_process_dead

            mark_process_dead(pid)

    def remove(self) -> None:
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)
