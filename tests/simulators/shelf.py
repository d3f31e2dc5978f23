"""A broker's retained messages, and lines to them that tell late, twice, out of order, wrongly or not at all.

In memory and without a clock: `Shelf` is what the broker keeps, `ShelfLine` the `Line` of one node.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from edge.uplink.line import Message, Unsent
from sync.errors import Unavailable
from tests.sync.cast import Publisher


@dataclass
class Shelf:
    """Retained messages by topic. `lose` is as a broker that was killed; `put` reaches whoever listens."""

    kept: dict[str, bytes] = field(default_factory=dict)
    lines: list["ShelfLine"] = field(default_factory=list)

    def put(self, topic: str, payload: bytes) -> None:
        """Kept, and told to whoever asked for the topic."""
        self.kept[topic] = payload
        for line in self.lines:
            line.hear(topic)

    def lose(self) -> None:
        """Everything; every line is cut."""
        self.kept.clear()
        for line in list(self.lines):
            line.cut()

    def fill(self, publisher: Publisher, head_topic: str, head: bytes) -> None:
        """Every piece that a publisher ever made, then its head."""
        for digest, blob in publisher.blobs.items():
            for number, piece in enumerate(blob.pieces):
                topic = f"p/1/{publisher.tenant}/b/{digest}/{number}"
                if self.kept.get(topic) != piece:
                    self.put(topic, piece)
        self.put(head_topic, head)


@dataclass
class ShelfLine:
    """The `Line` of `edge/uplink/line.py`; gone after so many messages, where `lives` says so."""

    shelf: Shelf
    dice: random.Random
    lives: int | None = None
    gone: bool = False
    asked: set[str] = field(default_factory=set)
    coming: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelf.lines.append(self)

    def hear(self, topic: str) -> None:
        """A message on its way: now and then twice, damaged, or not at all."""
        if topic not in self.asked or topic not in self.shelf.kept:
            return
        payload, fate = self.shelf.kept[topic], self.dice.random()
        if fate < 0.03:
            return
        if fate < 0.06:
            place = self.dice.randrange(len(payload))
            payload = payload[:place] + bytes((payload[place] ^ 1,)) + payload[place + 1 :]
        self.coming += [Message(topic, payload)] * (2 if fate > 0.9 else 1)

    def subscribe(self, topics: Iterable[str]) -> None:
        self._check()
        for topic in topics:
            self.asked.add(topic)
            self.hear(topic)

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self._check()
        self.asked -= set(topics)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._check()

    def wait(self, timeout_s: float) -> list[Message]:
        """A few of what is on its way, in no order."""
        self._check()
        self.dice.shuffle(self.coming)
        came, self.coming = self.coming[:3], self.coming[3:]
        if self.lives is not None:
            self.lives -= len(came)
            if self.lives < 0:
                self.cut()
                self._check()
        return came

    def taken(self, message: Message) -> None:
        self._check()

    def unsent(self) -> Unsent:
        return Unsent(0, 0.0)

    def close(self) -> None:
        self.cut()

    def cut(self) -> None:
        """Gone, with all that was on its way."""
        if not self.gone:
            self.gone = True
            self.shelf.lines.remove(self)

    def _check(self) -> None:
        if self.gone:
            raise Unavailable("The line is cut.", code="broker.gone")
