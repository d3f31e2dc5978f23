"""The port over which tries are counted, its rule, and the counter in this process' memory.

A rule lets so many tries through at once and then one every `span_s / tries`: what is kept of a key is one
moment, when all of its tries will be forgotten (the generic cell rate algorithm, ITU-T I.371). Who is
limited, and for what, is in `gate`; the counter that processes share, in `redis_store`.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

KEYS_LIMIT = 100_000
ROUNDING = 1e-4
"""By how much of a span sums of moments may be off, so that the last try of a rule still fits."""


@dataclass(frozen=True)
class Rule:
    """So many tries in so many seconds."""

    tries: int
    span_s: float

    @property
    def each_s(self) -> float:
        """How long one try weighs."""
        return self.span_s / self.tries


class Tries(Protocol):
    """Counts tries by key. Thread-safe."""

    @property
    def where(self) -> str:
        """Where they are counted, for people; no secret."""
        ...

    def take(self, key: str, rule: Rule) -> float:
        """Counts a try and gives 0; over the rule it counts nothing and gives the seconds until one fits.

        Unavailable where counting is somebody else's and they do not answer.
        """
        ...

    def give_back(self, key: str, rule: Rule) -> None:
        """The last try was none. Errors as `take`."""
        ...

    def close(self) -> None:
        """Ends connections."""
        ...


class MemoryTries:
    """The counter of one process. Over KEYS_LIMIT keys, those that were new first are forgotten."""

    where = "this process"

    def __init__(self, clock: Callable[[], float] = time.monotonic, keys_limit: int = KEYS_LIMIT) -> None:
        self._clock = clock
        self._keys_limit = keys_limit
        self._until: dict[str, float] = {}
        self._guard = threading.Lock()

    def take(self, key: str, rule: Rule) -> float:
        """See Tries."""
        with self._guard:
            now = self._clock()
            after = self._standing(key, rule, now) + rule.each_s
            if after - now > rule.span_s * (1 + ROUNDING):
                return after - now - rule.span_s
            while len(self._until) >= self._keys_limit and key not in self._until:
                self._until.pop(next(iter(self._until)))
            self._until[key] = after
            return 0.0

    def give_back(self, key: str, rule: Rule) -> None:
        """See Tries."""
        with self._guard:
            now = self._clock()
            if key in self._until:
                self._until[key] = self._standing(key, rule, now) - rule.each_s

    def close(self) -> None:
        """See Tries."""

    def _standing(self, key: str, rule: Rule, now: float) -> float:
        """When its tries are forgotten: not before now; what a clock that jumped left behind is nothing."""
        until = self._until.get(key, now)
        return now if until > now + 2 * rule.span_s else min(max(until, now), now + rule.span_s)
