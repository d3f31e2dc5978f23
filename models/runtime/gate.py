"""At most so many requests under way at once; the others wait in turn, told their place and expected wait.

The expected wait is measured: the mean time of answers so far, weighted to the last ones. One event loop
owns a gate. Leaves out who is next (`turns.py`).
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

from models.runtime.generator import Queued
from models.runtime.turns import Turns
from sync.errors import Unavailable

FIRST_GUESS_S = 2.0  # an answer's time until one was measured
NEWEST = 0.3  # weight of the newest measurement


class Visit:
    """One request's way through the gate."""

    def __init__(self) -> None:
        self.begun_s: float | None = None
        self.news = asyncio.Event()


class Gate:
    """`slots` at a time, `limit` waiting."""

    def __init__(self, slots: int, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._slots = slots
        self._limit = limit
        self._clock = clock
        self._turns: Turns[Visit] = Turns(limit)
        self._running = 0
        self._mean_s: float | None = None

    @property
    def running(self) -> int:
        """Requests under way."""
        return self._running

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return len(self._turns)

    def expected_wait_s(self, position: int) -> float:
        """Until the request with so many before it is served."""
        mean = FIRST_GUESS_S if self._mean_s is None else self._mean_s
        return mean * (position + 1) / self._slots

    def enter(self, session: str) -> Visit:
        """Through, or in the line. Raises Unavailable where the line is full. `leave` in any case."""
        visit = Visit()
        if self._running < self._slots:
            self._admit(visit)
        elif self._turns.full:
            raise Unavailable(
                f"{self._limit} requests wait for the model server already.",
                code="generator.busy",
                hint="Try again in a moment; answers go on by template.",
                retry_after_s=self.expected_wait_s(self._limit),
            )
        else:
            self._turns.join(session, visit)
        return visit

    async def wait(self, visit: Visit) -> AsyncGenerator[Queued, None]:
        """The visit's place each time it changes, until it is through."""
        told = -1
        while visit.begun_s is None:
            position = self._turns.place(visit)
            if position != told:
                told = position
                yield Queued(position, self.expected_wait_s(position))
            else:
                await visit.news.wait()
                visit.news.clear()

    def leave(self, visit: Visit, *, whole: bool = False) -> None:
        """Make room, wherever it stands; `whole`: its time tells of others. Once."""
        if visit.begun_s is None:
            self._turns.leave(visit)
        else:
            self._running -= 1
            if whole:
                self._measure(self._clock() - visit.begun_s)
            if (following := self._turns.next()) is not None:
                self._admit(following)
        for other in self._turns.items():
            other.news.set()

    def _admit(self, visit: Visit) -> None:
        self._running += 1
        visit.begun_s = self._clock()
        visit.news.set()

    def _measure(self, took_s: float) -> None:
        self._mean_s = took_s if self._mean_s is None else self._mean_s + NEWEST * (took_s - self._mean_s)
