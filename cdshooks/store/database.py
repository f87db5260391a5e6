"""The database, opened in each process when it is first wanted; its failures come as our own errors."""

import errno
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DisconnectionError, SQLAlchemyError

from cdshooks.errors import SettingsError, StoreUnavailable
from cdshooks.store import schema
from cdshooks.store.gate import Gate
from cdshooks.store.place import Place

log = logging.getLogger("cdshooks")

READ, WRITE, WRITE_SOON = "read", "write", "write soon"
LOCK_WAIT = 3  # seconds until a lock that others hold is given up
_POOL = {"pool_size": 5, "max_overflow": 3, "pool_timeout": LOCK_WAIT}
# A server that is gone must be noticed, a query that hangs must end: a worker has few threads.
_SERVER = {
    "connect_timeout": LOCK_WAIT,
    "tcp_user_timeout": 5000,
    "options": f"-c statement_timeout=10000 -c lock_timeout={LOCK_WAIT}000 -c timezone=UTC",
}


class Database:
    """Connections to one place, for any number of processes that are forked after it was made."""

    def __init__(self, place: Place, gate: Gate | None = None):
        self.place = place
        self._gate = gate or Gate()
        self._opening = threading.Lock()
        self._engine: Engine | None = None
        self._pid = 0

    @property
    def is_embedded(self) -> bool:
        """A file of our own, which is made and upgraded without asking."""
        return self.place.file is not None

    def start(self) -> None:
        """Make a SQLite file and bring it up to date; of a server only look at the tables.

        Raises StoreOutdated when the tables are not ours, and SettingsError for a file that was named and cannot be
        written. A database that does not answer now is told to the log: cards do not need it, and it may come back.
        """
        try:
            if self.is_embedded:
                make(self.place.file)
            self._ready()
        except StoreUnavailable as error:
            if self.is_embedded and not self.place.by_default and not os.access(self.place.file, os.W_OK):
                raise SettingsError(f"database: {error}; name a file that can be written") from None
            log.warning("%s; cards are answered all the same, feedback gets 503 until it can be kept", error)
        finally:
            self.close()  # what is open here must not be shared with the workers

    def close(self) -> None:
        """Give all connections back; the next use opens new ones."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[Connection]:
        """A transaction that is on disk when the block is left; raises StoreUnavailable when it is not.

        One that need not be durable is quicker; after a loss of power (not of the process) its last second may lack.
        """
        with self._gate.entered(), self.unguarded(WRITE if durable else WRITE_SOON) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and in SQLite waits for no writer."""
        with self._gate.entered(), self.unguarded(READ) as connection:
            yield connection

    @contextmanager
    def unguarded(self, mode: str) -> Iterator[Connection]:
        """The same past the gate, for threads that no call waits for."""
        with told(self.place), self._ready().execution_options(cdshooks_mode=mode).begin() as connection:
            if mode == WRITE_SOON and not self.is_embedded:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def _ready(self) -> Engine:
        """The engine of this process; at its first use the tables are looked at."""
        if self._engine is not None and self._pid == os.getpid():
            return self._engine
        with self._opening:
            if self._engine is None or self._pid != os.getpid():
                self._engine, self._pid = self._opened(), os.getpid()
        return self._engine

    def _opened(self) -> Engine:
        engine = open_engine(self.place)
        try:
            with told(self.place):
                schema.upgrade(engine) if self.is_embedded else schema.check(engine)
        except BaseException:
            engine.dispose()
            raise
        return engine


@contextmanager
def told(place: Place):
    """Whatever the database complains of as StoreUnavailable; in words that repeat no value of a row."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"the database {_name(place)} cannot be used now ({_reason(error)})") from None


def _name(place: Place) -> str:
    """Its name in a message: of an address only host and database, for it may hold a password."""
    return str(place.file) if place.file else place.address.rpartition("@")[2].partition("?")[0]


def _reason(error: Exception) -> str:
    """SQLite's own words hold no data; PostgreSQL's may, so of these the class and the code are told."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, sqlite3.Error | OSError):
        return str(cause)
    return f"{type(cause).__name__} {getattr(cause, 'sqlstate', None) or ''}".strip()


def open_engine(place: Place) -> Engine:
    return _open_file(place.file) if place.file else _open_server(place.address)


def _open_server(address: str) -> Engine:
    try:
        # Asked before each use whether it still lives: after a restart of the server all of them are dead.
        return create_engine(address, connect_args=_SERVER, pool_pre_ping=True, pool_recycle=1800, **_POOL)
    except ModuleNotFoundError:
        raise SettingsError("database: PostgreSQL needs psycopg: pip install 'cdshooks[postgres]'") from None
    except ArgumentError:
        raise SettingsError("database: that is no address; give postgresql://USER@HOST/NAME") from None


def _open_file(file: Path) -> Engine:
    def connect():
        # mode=rw: a file that is gone is an error; a new, empty one would look as if nothing had ever been kept.
        connection = sqlite3.connect(
            f"file:{quote(str(file))}?mode=rw", uri=True, timeout=LOCK_WAIT, check_same_thread=False,
            isolation_level=None,
        )  # fmt: skip
        connection.execute("PRAGMA journal_mode=WAL").close()
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=_queue(), **_POOL)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "connect", lambda _connection, record: record.info.update(inode=_inode(file)))
    event.listen(engine, "checkout", lambda _connection, record, _proxy: _same_file(record, file))
    return engine


def _queue():
    from sqlalchemy.pool import QueuePool

    return QueuePool


def _begin(connection: Connection) -> None:
    """The sqlite3 module begins too late for SQLAlchemy: two writers would read first, and one would lose its write."""
    mode = connection.get_execution_options().get("cdshooks_mode", WRITE)
    if mode == READ:
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if mode == WRITE else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _inode(file: Path) -> int:
    return os.stat(file).st_ino if file.exists() else 0


def _same_file(record, file: Path) -> None:
    """A file that was deleted or replaced can still be written through an open connection, and all of it is lost."""
    if record.info["inode"] != _inode(file):
        raise DisconnectionError


def make(file: Path) -> None:
    """The file and its folder, for nobody but their owner; one that is there is left alone.

    Not even opened and closed: that would take from SQLite the locks that this process holds on it (POSIX), another
    process would then delete the write-ahead log under our connections, and what we still wrote would be lost.
    """
    with told(Place(file)):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if not os.access(file, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
