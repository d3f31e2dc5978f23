"""Gathers what a line brings into groups, and hands them on one at a time until it is told to stop.

A group that cannot be stored is kept and tried again: meanwhile nothing is said to be done, so the broker
stops sending. A busy line makes big groups by itself, for messages wait while one is stored.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from cloud.ingest.message import Came
from cloud.mqtt import Delivery
from sync.errors import Refused, Unavailable
from sync.topic import Channel, NodeTopic, parse

log = structlog.get_logger()
GROUP = 64
GROUP_BYTES = 8 * 1024 * 1024
IDLE_S = 0.5
PAUSE_S = (0.2, 10.0)


def now_ms() -> int:
    """The hub's clock."""
    return time.time_ns() // 1_000_000


@dataclass
class Gatherer:
    """`take` is a line's taker. `handle` is given each group, and raises Unavailable to get it again."""

    channel: Channel
    handle: Callable[[Sequence[Came]], None]
    stop: threading.Event
    clock: Callable[[], int] = now_ms
    foreign: int = 0
    """Messages that were no node's of that channel."""
    _waiting: "queue.SimpleQueue[tuple[Came, Delivery]]" = field(default_factory=queue.SimpleQueue)

    def take(self, delivery: Delivery) -> None:
        """From the line's thread: at most as many as the line may have open wait here."""
        try:
            topic = parse(delivery.topic)
        except Refused:
            topic = None
        if not isinstance(topic, NodeTopic) or topic.channel != self.channel:
            self.foreign += 1
            log.warning("foreign message", topic=delivery.topic[:256])
            delivery.done()
            return
        self._waiting.put((Came(topic, delivery.payload, self.clock(), delivery.retained), delivery))

    def run(self) -> None:
        """Until told to stop; the group at hand is finished or given up then."""
        while not self.stop.is_set():
            group = self._group()
            if group and self._handled([came for came, _ in group]):
                for _, delivery in group:
                    delivery.done()

    def _group(self) -> list[tuple[Came, Delivery]]:
        try:
            group = [self._waiting.get(timeout=IDLE_S)]
        except queue.Empty:
            return []
        size = len(group[0][0].payload)
        while len(group) < GROUP and size < GROUP_BYTES:
            try:
                group.append(self._waiting.get_nowait())
            except queue.Empty:
                break
            size += len(group[-1][0].payload)
        return group

    def _handled(self, came: Sequence[Came]) -> bool:
        pause_s = PAUSE_S[0]
        while not self.stop.is_set():
            try:
                self.handle(came)
            except Unavailable as error:
                log.warning("not stored yet", code=error.code, waiting=len(came), pause_s=pause_s)
                self.stop.wait(pause_s)
                pause_s = min(2 * pause_s, PAUSE_S[1])
            else:
                return True
        return False
