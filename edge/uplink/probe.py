"""When the hub is asked what it still has: at the beginning of a connection, now and then, where in doubt.

In doubt is who hears of fewer records than were acknowledged before. Only an answer to the latest question
counts, so that a broker that repeats old acknowledgements has nothing sent again.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from edge.outbox.recall import Recalled
from sync.ack import Ack
from sync.identity import Random, new_id
from sync.key import system_random
from sync.span import Span

log = structlog.get_logger()
EVERY_S = 900.0
SOON_S = 5.0


class Memory(Protocol):
    """What is here of what the hub acknowledged (`edge/outbox/recall.py`)."""

    def epochs(self) -> list[str]: ...
    def question(self, epoch_id: str, probe: str, forgotten: tuple[Span, ...] = ...) -> bytes | None: ...


@dataclass
class Probe:
    """Of one thread. `every_s` without a doubt, `soon_s` with one."""

    memory: Memory
    clock: Callable[[], float] = time.monotonic
    every_s: float = EVERY_S
    soon_s: float = SOON_S
    random: Random = system_random
    refilled: int = 0
    """Records that the hub had lost and that were put back to be sent again."""
    forgotten: int = 0
    """Numbers that the hub had lost and that were here no more."""
    _doubt: bool = True
    _asked_at: float = float("-inf")
    _to_ask: list[str] = field(default_factory=list)
    _asked: dict[str, str] = field(default_factory=dict)
    _lost: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    _upto: dict[str, int] = field(default_factory=dict)

    def connected(self) -> None:
        """A connection begins: the hub may be another than before."""
        self._doubt, self._asked_at = True, float("-inf")
        self._to_ask.clear()

    def next(self, without: Collection[str] = ()) -> bytes | None:
        """The next question to publish, an epoch at a time; none about those in `without`."""
        if not self._to_ask and self.clock() >= self._asked_at + (
            self.soon_s if self._doubt else self.every_s
        ):
            self._to_ask = [epoch for epoch in self.memory.epochs() if epoch not in without]
            self._asked_at, self._doubt = self.clock(), False
        if not self._to_ask:
            return None
        epoch = self._to_ask.pop()
        self._asked[epoch] = new_id(self.random)
        return self.memory.question(epoch, self._asked[epoch], self._lost.pop(epoch, ()))

    def heard(self, said: Ack, *, idle: bool) -> bool:
        """Whether an acknowledgement answers the latest question. `idle`: nothing of ours is under way."""
        fresh = bool(said.probe) and self._asked.get(said.epoch) == said.probe
        before = self._upto.get(said.epoch, 0)
        self._upto[said.epoch] = said.upto if fresh else max(before, said.upto)
        if fresh:
            del self._asked[said.epoch]
        elif said.upto < before or (idle and said.holes):
            self._doubt = True
        return fresh

    def found(self, epoch: str, recalled: Recalled) -> None:
        """What became of an answer: the hub is asked again until it has everything."""
        if recalled.whole:
            return
        self._doubt = True
        self._lost[epoch] = recalled.forgotten
        self.refilled += recalled.records
        self.forgotten += sum(map(len, recalled.forgotten))
        log.warning(
            "the hub has lost what it acknowledged",
            code="hub.restored",
            records=recalled.records,
            forgotten=sum(map(len, recalled.forgotten)),
            hint="Its database was put back from an older copy; what is still here is sent again.",
        )
