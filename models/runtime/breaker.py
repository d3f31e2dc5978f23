"""A circuit breaker: a server that fails again and again is left alone for a while, then tried by one.

closed → (failures in a row, or a server that asks for rest) → open → (the rest is over) → half-open: one
request tries. It succeeds: closed. It fails: open again, twice as long. Pure: the clock is given. Leaves out
what counts as a failure.
"""

import time
from collections.abc import Callable
from typing import Literal

from sync.errors import Unavailable

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Not thread-safe: one event loop owns it. Seconds throughout."""

    def __init__(
        self,
        *,
        failures: int = 3,
        rest_s: float = 5.0,
        longest_s: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._first_s = rest_s
        self._longest_s = longest_s
        self._clock = clock
        self._rest_s = rest_s
        self._until: float | None = None  # None: closed
        self._failed = 0
        self._next = 0
        self._since = 0  # passes given before this one belong to a state that is over
        self._probe: int | None = None
        self.opened = 0  # times

    @property
    def state(self) -> State:
        """As of now."""
        if self._until is None:
            return "closed"
        return "open" if self._clock() < self._until else "half-open"

    @property
    def rest_left_s(self) -> float:
        """Until it is tried again; 0 where it may be asked."""
        return 0.0 if self._until is None else max(0.0, self._until - self._clock())

    def check(self) -> None:
        """Raises Unavailable where a request may not go now."""
        state = self.state
        if state == "open" or (state == "half-open" and self._probe is not None):
            raise Unavailable(
                "The model server failed a moment ago and is left alone.",
                code="generator.resting",
                hint="It is tried again by itself; `prilavok-edge doctor` says whether it answers.",
                retry_after_s=self.rest_left_s or self._first_s,
            )

    def enter(self) -> int:
        """A pass for one request; hand it back to succeeded, failed or left. Raises as `check`."""
        self.check()
        given, self._next = self._next, self._next + 1
        if self._until is not None:
            self._probe = given
        return given

    def succeeded(self, given: int) -> None:
        """The server answered."""
        if self._over(given):
            return
        self._failed, self._rest_s = 0, self._first_s
        if self._until is not None:
            self._until, self._probe, self._since = None, None, self._next

    def failed(self, given: int, *, rest_s: float | None = None) -> None:
        """It did not. `rest_s`: it asked for so much rest itself, and gets it at once, within the bound."""
        if self._over(given):
            return
        self._failed += 1
        if rest_s is None and self._until is None and self._failed < self._limit:
            return
        if self._until is not None:
            self._rest_s = min(self._rest_s * 2, self._longest_s)
        rest = min(max(rest_s or 0.0, self._rest_s), self._longest_s)
        self._until, self._probe, self._since = self._clock() + rest, None, self._next
        self.opened += 1

    def left(self, given: int) -> None:
        """The request was given up and says nothing about the server; a second call does nothing."""
        if given == self._probe:
            self._probe = None

    def _over(self, given: int) -> bool:
        return given < self._since
