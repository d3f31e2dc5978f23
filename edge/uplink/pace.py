"""How much the line may be used, and for what: quiet hours, metered lines, bandwidth caps. Pure but a clock.

In quiet hours and on a metered line only requests to be called back go up, with what acknowledges them;
catalogues wait. A cap is a bucket that fills with time and may be overdrawn by one message.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sync.errors import Refused

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)\Z")
DAY_MIN = 24 * 60
BURST_S = 2.0


def hours(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of minutes of the day in "09:00-18:00,22:30-06:00". Refused where it is none."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = HOURS.match(part)
        if match is None or int(match[3]) * 60 + int(match[4]) > DAY_MIN:
            raise Refused(
                f"{part!r} is no span of hours.",
                code="hours.invalid",
                hint="Write 09:00-18:00, several separated by commas.",
            )
        found.append((int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])))
    return tuple(found)


def within(spans: tuple[tuple[int, int], ...], at: datetime) -> bool:
    """Whether a local time is in one of the spans; one that ends before it begins runs past midnight."""
    minute = at.hour * 60 + at.minute
    return any(
        first <= minute < last if first < last else minute >= first or minute < last for first, last in spans
    )


@dataclass
class Bucket:
    """At most `per_s` bytes a second in the long run; 0: no cap."""

    per_s: int
    clock: Callable[[], float] = time.monotonic
    _left: float = 0.0
    _at: float | None = None

    def open(self) -> bool:
        """Whether something may go now."""
        if not self.per_s:
            return True
        now = self.clock()
        if self._at is None:
            self._left = self.per_s * BURST_S
        else:
            self._left = min(self.per_s * BURST_S, self._left + (now - self._at) * self.per_s)
        self._at = now
        return self._left > 0

    def take(self, size: int) -> None:
        """So many bytes went."""
        self._left -= size


@dataclass(frozen=True)
class Pace:
    """What holds now."""

    urgent_only: bool = False
    up: Bucket = field(default_factory=lambda: Bucket(0))
    down: Bucket = field(default_factory=lambda: Bucket(0))

    @property
    def may_send(self) -> bool:
        """Whether the cap lets a message go."""
        return self.up.open()

    @property
    def may_fetch(self) -> bool:
        """Whether a piece of a catalogue may be asked for."""
        return not self.urgent_only and self.down.open()

    def sent(self, size: int) -> None:
        """So many bytes went up."""
        self.up.take(size)

    def fetched(self, size: int) -> None:
        """So many bytes came down."""
        self.down.take(size)
