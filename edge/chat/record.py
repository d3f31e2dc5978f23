"""Where a turn and a rating are recorded: the port that the outbox stands behind.

An answer never fails because it could not be recorded; that is counted under `failures` with its code.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, Protocol

from edge.answer.turn import Done
from edge.chat.session import code
from edge.metrics import Metrics
from sync.errors import PrilavokError

WAIT_S = 2.0
"""How long an answer's end may wait for the disk."""


@dataclass(frozen=True)
class Turn:
    """A question as it was asked, and what became of it."""

    answer_id: str
    session: str | None
    question: str
    done: Done


@dataclass(frozen=True)
class Rated:
    """A visitor's word on one answer."""

    answer_id: str
    session: str | None
    score: Literal[1, -1]
    reason: str
    mode: str
    intent: str


class Records(Protocol):
    """Keeps what is told to it; on the disk when it returns."""

    async def turn(self, turn: Turn) -> None:
        """A turn that ended."""
        ...

    async def rated(self, rated: Rated) -> None:
        """A rating."""
        ...

    def code(self, session: str) -> str:
        """By which a visitor can name the session to have its records exported or erased."""
        ...

    def forget(self, session: str) -> None:
        """The session has ended: what comes later under its name belongs to another."""
        ...


class NoRecords:
    """A node that belongs to no hub keeps nothing."""

    async def turn(self, turn: Turn) -> None:
        return

    async def rated(self, rated: Rated) -> None:
        return

    def code(self, session: str) -> str:
        return code(session)

    def forget(self, session: str) -> None:
        return


async def kept(recording: Awaitable[None], metrics: Metrics) -> None:
    """Waits for a record as long as an answer may; what goes wrong is counted."""
    try:
        await asyncio.wait_for(recording, WAIT_S)
    except TimeoutError:
        metrics.failures.labels("record.slow").inc()
    except PrilavokError as error:
        metrics.failures.labels(error.code).inc()
