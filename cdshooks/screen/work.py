"""The folder in which a screening works: what was asked, the buckets, and what came of each, so that it can go on."""

import json
import os
import secrets
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import BinaryIO

import msgspec

from cdshooks import __version__
from cdshooks.errors import BadInput
from cdshooks.screen.bucket import Bucketful
from cdshooks.screen.judge import Found
from cdshooks.screen.split import PARTED
from cdshooks.screen.tally import Tally

ASKED, SPLIT, LOCK = "asked.json", "split.json", ".lock"


@dataclass(frozen=True)
class Asked:
    """All that decides what comes out; a folder in which something else was asked is begun anew."""

    source: str
    files: tuple[tuple[str, int, int], ...]  # (path, bytes, changed at)
    cards: str
    site: str | None
    content: str  # of every byte of cards, concepts and site file, and of the code that reads them
    as_of: str
    orders: tuple[str, ...]
    ids: bool
    zone: str
    silence: bool = False
    quality: bool = False
    truth: str | None = None  # each patient's own order is signed only
    drafts: str = ""  # a digest of what the orders say
    version: str = __version__  # of the program


class Work:
    """A folder of its own, readable by its owner only: the buckets hold rows of patients."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock: BinaryIO | None = None

    def open(self, asked: Asked, salt: bytes | None = None) -> bytes:
        """Makes the folder ready for what is asked, keeping what was done before for the same; gives the salt."""
        with _told(self.folder):
            return self._opened(asked, salt)

    def _opened(self, asked: Asked, salt: bytes | None) -> bytes:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take()
        told = json.loads(json.dumps(asdict(asked)))
        before = self._before()
        if before and {k: v for k, v in before.items() if k != "salt"} == told:
            return bytes.fromhex(before["salt"])
        self.clear()
        salt = salt or secrets.token_bytes(32)
        self._write(ASKED, told | {"salt": salt.hex()})
        return salt

    def _before(self) -> dict | None:
        """What was asked here before. Raises BadInput where the folder is not ours: nothing there is thrown away."""
        if not any(path.name != LOCK and not path.name.startswith(".part-") for path in self.folder.iterdir()):
            return None
        try:
            before = self._read(ASKED)
        except ValueError:
            before = None
        if isinstance(before, dict) and isinstance(before.get("salt"), str):
            return before
        self.close()
        raise BadInput(f"{self.folder}: holds something else than a screening; name a new folder for --work")

    def _take(self) -> None:
        """For this run alone, until it is closed: another one would take our results for answers to its question."""
        self._lock = (self.folder / LOCK).open("wb")
        try:
            flock(self._lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            self.close()
            raise BadInput(f"{self.folder}: another screening works there; name another --work, or wait") from None
        except OSError:  # storage that knows no locks
            pass

    def close(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None

    def clear(self) -> None:
        """Throws away what was made here; what else lies in the folder stays."""
        for path in self.folder.iterdir():
            if path.name.startswith(("rows-", "done-", "drugs.", ".part-")) or path.name == SPLIT:
                path.unlink()
            elif path.name.startswith(PARTED):
                shutil.rmtree(path, ignore_errors=True)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def asked(self) -> Mapping:
        return self._read(ASKED)

    @property
    def asked_text(self) -> str:
        return (self.folder / ASKED).read_text("utf-8")

    # --- how the register was parted ------------------------------------------------------------------------------

    def split(self) -> Mapping | None:
        """What was said of the parting that is done already."""
        return self._read(SPLIT)

    def was_split(self, told: Mapping) -> None:
        self._write(SPLIT, told)

    # --- what came of a task --------------------------------------------------------------------------------------

    def is_done(self, name: str) -> bool:
        return (self.folder / f"done-{name}").exists()

    def done(self, name: str, found: Bucketful) -> None:
        """Keeps what came of a task, whole or not at all."""
        rows = [(patient, day.isoformat(), asdict(card)) for patient, day, card in found.rows]
        tally = {f.name: _flat(getattr(found.tally, f.name)) for f in fields(Tally)}
        told = {name: getattr(found, name) for name in ("silent", "places", "patients")}
        told |= {"rows": rows, "tally": tally}
        self._replace(f"done-{name}", msgspec.msgpack.encode(told))

    def result(self, name: str) -> Bucketful:
        told = msgspec.msgpack.decode((self.folder / f"done-{name}").read_bytes())
        tally = Tally(**{name: _deep(value) for name, value in told["tally"].items()})
        rows = [(patient, date.fromisoformat(day), _card(card)) for patient, day, card in told["rows"]]
        silent = [tuple(silent) for silent in told["silent"]]
        return Bucketful(rows, tally, silent, told["places"], told["patients"])

    def results(self, names: list[str]) -> Iterator[Bucketful]:
        return (self.result(name) for name in names if self.is_done(name))

    def _read(self, name: str) -> dict | None:
        path = self.folder / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def _write(self, name: str, told: Mapping) -> None:
        self._replace(name, json.dumps(told).encode())

    def _replace(self, name: str, content: bytes) -> None:
        part = self.folder / f".part-{os.getpid()}-{name}"
        part.write_bytes(content)
        part.replace(self.folder / name)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise BadInput(f"{folder}: is no folder to work in ({fault.strerror}); name another --work") from None


def _flat(value: int | Counter) -> object:
    """A Counter whose keys are words or tuples of words, as pairs."""
    return list(value.items()) if isinstance(value, Counter) else value


def _deep(value: object) -> object:
    if not isinstance(value, list):
        return value
    return Counter({tuple(key) if isinstance(key, list) else key: count for key, count in value})


def _card(told: Mapping) -> Found:
    return Found(**{**told, "values": tuple(told["values"])})
