"""The port to the broker: one connection from its welcome to its end. Types only; MQTT is `mqtt.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

RECEIVE_MOST = 8
"""So many messages may be under way to a node at once: at most 800 KiB."""


@dataclass(frozen=True)
class Message:
    """What came under a topic. `mark` names it to `Line.taken`."""

    topic: str
    payload: bytes
    mark: int = 0


@dataclass(frozen=True)
class Will:
    """What the broker says for a node that is gone."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Unsent:
    """Messages that the broker has not confirmed, and since when the oldest waits."""

    count: int
    oldest_s: float


class Line(Protocol):
    """Of one thread. Unavailable from any call once the connection is gone."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hands a message to the connection, with quality of service 1."""
        ...

    def subscribe(self, topics: Iterable[str]) -> None:
        """Asks for topics, what is retained there first."""
        ...

    def unsubscribe(self, topics: Iterable[str]) -> None:
        """Asks for them no more."""
        ...

    def wait(self, timeout_s: float) -> list[Message]:
        """Moves what is to be moved; gives what came, after at most so long."""
        ...

    def taken(self, message: Message) -> None:
        """The message is dealt with: the broker may forget it."""
        ...

    def unsent(self) -> Unsent:
        """What the broker has not confirmed yet. No receipt: only the hub's acknowledgement is one."""
        ...

    def close(self) -> None:
        """Says goodbye if there is time for it; never blocks long."""
        ...
