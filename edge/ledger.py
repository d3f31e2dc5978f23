"""The node's own file, `node.db`, and the one thread that writes it: what must not be lost, and what may be.

A job is a function of the open transaction. Jobs that wait are done together, each in a savepoint, and then
committed and synced once; a job's result is given only after that. What is written is the business of each
`store.py`. The catalogue has a file of its own.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from edge.database import Connection, Database, driver, translate
from sync.errors import PrilavokError, Unavailable
from sync.failpoint import reach

T = TypeVar("T")
TOGETHER = 128
WAITING = 1024
END_S = 10.0


class _Job(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.done: Future[T] = Future()
        self.done.set_running_or_notify_cancel()  # who waits may leave, and the work is done all the same
        self.result: T | None = None
        self.error: Exception | None = None

    def settle(self, error: Exception | None = None) -> None:
        """Tells who waits; after the commit, or with what stopped it."""
        failure = error or self.error
        if failure is not None:
            self.done.set_exception(failure)
        else:
            self.done.set_result(self.result)  # type: ignore[arg-type]  # T may itself be None


class Ledger:
    """One SQLite file and its writer. `tables` are made where they are missing."""

    def __init__(self, path: Path, tables: Sequence[str] = ()) -> None:
        self._database = Database(path)
        with self._database.writing() as connection:
            for table in tables:
                connection.execute(table)
        self._jobs: queue.Queue[_Job[object] | None] = queue.Queue(WAITING)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        return self._database.path

    def write(self, work: Callable[[Connection], T]) -> "Future[T]":
        """The result of the work, once it is on the disk. The future fails with what the work raised, alone.

        Unavailable at once when more than 1,024 jobs wait. Never blocks.
        """
        if self._closed:
            raise _stopping()
        job = _Job(work)
        try:
            self._jobs.put_nowait(job)  # type: ignore[arg-type]  # a job of T is one of object to the thread
        except queue.Full:
            raise Unavailable(
                "Too much waits to be written.",
                code="ledger.busy",
                hint="The disk is slow or stuck; try again in a moment.",
                retry_after_s=2.0,
            ) from None
        return job.done

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A snapshot, in the caller's thread."""
        with self._database.reading() as connection:
            yield connection

    def close(self) -> None:
        """Finishes what waits, then closes the file."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join(END_S)
        self._database.close()

    def _run(self) -> None:
        ending = False
        while not ending:
            jobs: list[_Job[object]] = []
            item = self._jobs.get()
            while item is not None:
                jobs.append(item)
                if len(jobs) == TOGETHER:
                    break
                try:
                    item = self._jobs.get_nowait()
                except queue.Empty:
                    break
            ending = item is None
            self._commit(jobs)

    def _commit(self, jobs: list[_Job[object]]) -> None:
        """All of them in one transaction; when that fails, each is told so."""
        if not jobs:
            return
        error: Exception | None = None
        try:
            with self._database.writing() as connection:
                for job in jobs:
                    self._do(job, connection)
                reach("ledger.before_commit")
            reach("ledger.committed")
        except Exception as raised:
            error = raised
        for job in jobs:
            job.settle(error)

    def _do(self, job: _Job[object], connection: Connection) -> None:
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(connection)
        except Exception as error:
            job.error = self._ours(error)
            try:
                connection.execute("ROLLBACK TO job")
            except driver().module.Error:  # a full disk has rolled back the whole round
                raise job.error from error
        connection.execute("RELEASE job")

    def _ours(self, error: Exception) -> Exception:
        if isinstance(error, driver().module.Error) and not isinstance(error, PrilavokError):
            return translate(error, self.path)
        return error


def _stopping() -> Unavailable:
    return Unavailable(
        "The node is stopping.", code="node.stopping", hint="Try again in a moment.", retry_after_s=5.0
    )
