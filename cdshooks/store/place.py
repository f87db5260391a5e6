"""Where the database is: the words of the setting `database`, and the address that they stand for."""

import os
from dataclasses import dataclass
from pathlib import Path

from cdshooks.errors import SettingsError

NONE, HERE = "none", "sqlite"
_FILE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Place:
    """A SQLite file, or the address of a PostgreSQL database."""

    file: Path | None = None
    address: str = ""
    by_default: bool = False


def place(said: str, environ=os.environ) -> Place | None:
    """What the setting means; None where nothing is to be kept. Raises SettingsError.

    `sqlite` is a file in the user's folder for such things; `sqlite:///FILE` or a path names another;
    `postgresql://USER@HOST/NAME` a server; `none` keeps nothing.
    """
    if said == NONE:
        return None
    if said == HERE:
        return Place(_state_folder(environ) / "cdshooks" / "cdshooks.db", by_default=True)
    if said.startswith(("postgresql://", "postgres://")):
        return Place(address="postgresql+psycopg://" + said.partition("://")[2])
    return Place(_file(said.removeprefix(_FILE)))


def _state_folder(environ) -> Path:
    """Where the XDG base directory specification puts what a program keeps by itself."""
    told = Path(environ.get("XDG_STATE_HOME", ""))
    if told.is_absolute():
        return told
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        raise SettingsError("database: this user has no home folder; name a file for it, or none") from None


def _file(text: str) -> Path:
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"database: there is no folder {path.absolute().parent}; make it, or name another file")
    if path.is_dir():
        raise SettingsError(f"database: {path} is a folder; name a file in it")
    return path.absolute()
