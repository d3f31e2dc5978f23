"""Requests that wait for the one thread that serves them: first come, first served, bounded.

A request whose listener is gone leaves the line at once and keeps nobody else out.
"""

import asyncio
import threading
from collections import deque

from models.runtime.generator import Piece, Request
from sync.errors import Unavailable


class Job:
    """A request on its way, and where its pieces go. Made on the event loop that listens."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.cancelled = threading.Event()
        self.results: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def post(self, result: Piece | Exception) -> None:
        """From any thread; a listener whose event loop has ended counts as gone."""
        try:
            self._loop.call_soon_threadsafe(self.results.put_nowait, result)
        except RuntimeError:
            self.cancelled.set()


class WaitingLine:
    """Thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def closed(self) -> bool:
        """Whether nobody is served any more."""
        return self._closed

    def join(self, job: Job) -> None:
        """Stand last. Raises Unavailable where the line is full or closed."""
        with self._changed:
            if self._closed:
                raise ended()
            if len(self._jobs) >= self._limit:
                raise Unavailable(
                    f"{self._limit} requests wait already.",
                    code="generator.busy",
                    hint="Try again in a moment; answers go on by template.",
                )
            self._jobs.append(job)
            self._changed.notify()

    def leave(self, job: Job) -> None:
        """Cancel, wherever it stands; a second call does nothing."""
        job.cancelled.set()
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def next(self) -> Job | None:
        """The first in the line, as soon as there is one; None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            return None if self._closed else self._jobs.popleft()

    def close(self) -> None:
        """Send everybody away. A second call does nothing."""
        with self._changed:
            self._closed = True
            for job in self._jobs:
                job.post(ended())
            self._jobs.clear()
            self._changed.notify_all()


def ended() -> Unavailable:
    """Said to those who come too late."""
    return Unavailable(
        "The generator is closing.", code="generator.closed", hint="Answers go on by template."
    )
