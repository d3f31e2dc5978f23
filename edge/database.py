"""The node's SQLite files: a driver that can load extensions, WAL, snapshots, one writer at a time.

Readers get a connection of their own per thread; writers queue and begin with BEGIN IMMEDIATE. The errors of
whichever driver is in use are translated here. What the tables mean is the business of each `store.py`.
"""

import functools
import importlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import sqlite_vec

from sync.errors import Conflict, Corrupt, Missing, PrilavokError, Refused, Unavailable

Connection = sqlite3.Connection

DRIVERS = ("pysqlite3.dbapi2", "sqlite3", "sqlean.dbapi2")
BUSY_TIMEOUT_S = 30.0
READER_CACHE_KIB = 4_000
WRITER_CACHE_KIB = 32_000
CLOSE_PATIENCE_S = 5.0
LOCK_NAME = "node.lock"
COMPANIONS = ("", "-wal", "-shm")


@dataclass(frozen=True)
class Driver:
    """A DB-API module that loads sqlite-vec and has FTS5 with trigrams."""

    name: str
    module: ModuleType

    def connect(self, path: str) -> Connection:
        """A connection in autocommit mode with sqlite-vec loaded; transactions are begun by hand."""
        connection: Connection = self.module.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.enable_load_extension(True)
        sqlite_vec.load(connection)
        connection.enable_load_extension(False)
        return connection


@functools.cache
def driver() -> Driver:
    """The first driver that can do what the product needs. Refused when there is none."""
    tried = []
    for name in DRIVERS:
        try:
            found = Driver(name, importlib.import_module(name))
            connection = found.connect(":memory:")
            connection.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='trigram')")
            connection.close()
            return found
        except Exception as error:
            tried.append(f"{name}: {error}")
    raise Refused(
        f"no SQLite here can load extensions ({'; '.join(tried)}).",
        code="sqlite.no_extensions",
        hint="Install pysqlite3 (x86_64) or sqlean.py (ARM) into this environment, or use a Python that can.",
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turns the driver's errors about the file at `path` into the product's."""
    try:
        yield
    except driver().module.Error as error:
        raise translate(error, path) from error


def translate(error: Exception, path: Path) -> PrilavokError:
    """The product's error for a driver's error about the file at `path`."""
    text = str(error)
    if "is full" in text or "disk I/O error" in text:
        return Unavailable(
            f"cannot write {path}: {text}.",
            code="disk.full" if "full" in text else "disk.error",
            hint="Free some space or check the disk, then try again; what was stored before is untouched.",
        )
    if "locked" in text or "busy" in text:
        return Unavailable(
            f"{path} is being written by another process.",
            code="database.busy",
            hint="Wait until the other import ends, then try again.",
        )
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return Corrupt(
            f"{path} is damaged: {text}.",
            code="database.corrupt",
            hint="Run `prilavok-edge catalog repair`; it saves what can be read and rebuilds the rest.",
        )
    if "unable to open" in text or "readonly" in text:
        return Unavailable(
            f"cannot open {path}: {text}.",
            code="database.unreadable",
            hint="Check that the folder exists and that this user may write in it.",
        )
    return Corrupt(f"{path}: {text}.", code="database.error", hint="Run `prilavok-edge doctor`.")


class Database:
    """One SQLite file. Thread-safe: readers never wait, writers wait for each other.

    `patience_s` is how long one waits for another process. A file that is not `durable` may lose its last
    transactions in a power cut, never its soundness; it is for what can be made again.
    """

    def __init__(self, path: Path, *, patience_s: float = BUSY_TIMEOUT_S, durable: bool = True) -> None:
        self.path = path
        self._patience_ms = int(patience_s * 1000)
        self._synchronous = "FULL" if durable else "NORMAL"
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._blocks = 0
        self._guard = threading.Condition()
        self._writing = threading.Lock()
        self._writer: Connection | None = None
        with translated(path), self._writing, self._inside(self._only_writer) as writer:
            writer.execute("SELECT count(*) FROM sqlite_master").fetchall()  # reads, so that damage shows

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot: everything read inside is of one moment. Nests; never waits for a writer."""
        with translated(self.path), self._inside(self._reader) as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it on a normal end, nothing of it when an exception leaves the block."""
        with self._writing, translated(self.path), self._inside(self._only_writer) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(driver().module.Error):  # a full disk has already rolled back
                    connection.execute("ROLLBACK")
                raise

    def compact_log(self) -> None:
        """Moves the write-ahead log into the file, as far as readers allow; call it after a big import."""
        with self._writing, translated(self.path), self._inside(self._only_writer) as writer:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            writer.execute("PRAGMA shrink_memory")

    def shrink(self) -> None:
        """Gives back what is free inside the file and wipes what stood there; rewrites the whole file."""
        with self._writing, translated(self.path), self._inside(self._only_writer) as writer:
            writer.execute("VACUUM")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def damage(self) -> str | None:
        """What SQLite's own check finds wrong, or None. Reads the whole file."""
        try:
            with self.reading() as connection:
                rows = connection.execute("PRAGMA quick_check(3)").fetchall()
        except Corrupt as error:
            return error.message
        found = [str(row[0]) for row in rows if row[0] != "ok"]
        return "; ".join(found) or None

    def close(self) -> None:
        """Closes every connection of every thread.

        SQLite forbids closing a connection that another thread is inside, so blocks are waited for. After
        CLOSE_PATIENCE_S the connections are let go instead: each is closed by the end of its last block.
        """
        with self._guard:
            if self._guard.wait_for(lambda: self._blocks == 0, CLOSE_PATIENCE_S):
                for connection in self._opened:
                    connection.close()
            self._opened = []
            self._local = threading.local()
            self._writer = None

    @contextmanager
    def _inside(self, choose: Callable[[], Connection]) -> Iterator[Connection]:
        """The chosen connection, which nobody closes while the block runs."""
        with self._guard:
            self._blocks += 1
        try:
            yield choose()
        finally:
            with self._guard:
                self._blocks -= 1
                self._guard.notify_all()

    def _only_writer(self) -> Connection:
        if self._writer is None:
            self._writer = self._connect(WRITER_CACHE_KIB)
        return self._writer

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect(READER_CACHE_KIB)
            connection.execute("PRAGMA query_only = 1")
            self._local.connection = connection
        return connection

    def _connect(self, cache_kib: int) -> Connection:
        connection = driver().connect(str(self.path))
        with self._guard:
            self._opened.append(connection)
        connection.execute(f"PRAGMA busy_timeout = {self._patience_ms}").fetchall()
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        connection.execute(f"PRAGMA cache_size = -{cache_kib}")
        return connection


def move_aside(path: Path) -> Path:
    """Renames a damaged file, with its log, so that a new one can take its place; gives the new name."""
    if not path.exists():
        raise Missing(f"{path} does not exist.", code="database.missing", hint="Check the data folder.")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for companion in COMPANIONS:
        source = path.with_name(path.name + companion)
        if source.exists():
            os.replace(source, aside.with_name(aside.name + companion))
    return aside


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Holds a data folder for one node while the block runs; a second node is told Conflict.

    The lock dies with the process, so a power cut leaves nothing to clean. Imports do not take it: SQLite
    makes them wait their turn, and the node sees the new version with its next question.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK_NAME, "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read(20).decode("ascii", "replace").strip() or "unknown"
            raise Conflict(
                f"{folder} is in use by the node with process id {holder}.",
                code="data.in_use",
                hint="Stop that node first, or start this one with another data folder.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield
