"""How many questions a session and the whole node may ask in a minute.

Never by network address: a shop is one address. Bodies and messages are bounded where they are parsed.
"""

import time
from collections.abc import Callable

from sync.errors import Unavailable

DAY_S = 86_400.0


class Bucket:
    """Lets `per_minute` through in any minute, and as many at once at most."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_s = per_minute / 60
        self._most = float(per_minute)
        self._left = self._most
        self._clock = clock
        self._at = clock()

    def wait_s(self) -> float:
        """Seconds until the next one may pass; 0 when it may now."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate_s)
        self._at = now
        return 0.0 if self._left >= 1 else (1 - self._left) / self._rate_s

    def take(self) -> None:
        """Counts one that passed."""
        self._left -= 1


class Day:
    """Lets so many through in 24 hours, counted by the monotonic clock: a box may have a wrong one."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._begun = clock()
        self._taken = 0

    @property
    def taken(self) -> int:
        """How many passed since the day began."""
        return self._taken

    def wait_s(self) -> float:
        """Seconds until the next one may pass; 0 when it may now."""
        past = self._clock() - self._begun
        if past >= DAY_S:
            self._begun, self._taken, past = self._clock(), 0, 0.0
        return 0.0 if self._taken < self._most else DAY_S - past

    def take(self) -> None:
        """Counts one that passed."""
        self._taken += 1


def admit(*allowances: tuple[Bucket | Day | None, str]) -> None:
    """Counts a question against all of them, or against none: Unavailable says how long to wait."""
    for bucket, whose in allowances:
        wait_s = bucket.wait_s() if bucket else 0.0
        if wait_s > 0:
            raise Unavailable(
                f"Too many questions: the {whose.replace('_', ' of this ')} has had its share.",
                code=f"limit.{whose}",
                hint=f"Ask again in {wait_s:.0f} s.",
                retry_after_s=wait_s,
            )
    for bucket, _ in allowances:
        if bucket:
            bucket.take()
