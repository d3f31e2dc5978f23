"""What a channel is: whoever takes a message, by webhook today. Types only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Message:
    """A request in the clear. `id` is the same at every try, so that a receiver can tell repetitions."""

    id: str
    type: str
    at: datetime
    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Outcome:
    """What became of a try.

    "again": it is tried later, not before `wait_s` where the receiver said so. "gone": the receiver wants no
    more at all. `code` and `detail` say why; neither holds anything of the message.
    """

    kind: Literal["delivered", "again", "gone"]
    code: str = ""
    detail: str = ""
    status: int | None = None
    wait_s: float | None = None


class Channel(Protocol):
    """Where requests go."""

    def deliver(self, message: Message) -> Outcome:
        """Tries once, within bounds of time and size; never raises for what the other side does."""
