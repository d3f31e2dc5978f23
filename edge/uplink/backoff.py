"""How long to wait before the next try: longer each time, never the same for two nodes. Pure."""

import random
from collections.abc import Callable
from dataclasses import dataclass

FIRST_S, MOST_S = 1.0, 300.0


@dataclass
class Backoff:
    """Full jitter: anything from a half to the whole of a bound that doubles with each failure."""

    first_s: float = FIRST_S
    most_s: float = MOST_S
    dice: Callable[[], float] = random.random
    failures: int = 0

    def failed(self, least_s: float = 0.0) -> float:
        """Seconds to wait after one more failure, at least as many as the other side asked for."""
        bound = min(self.most_s, self.first_s * float(2 ** min(self.failures, 20)))
        self.failures += 1
        return max(least_s, bound * (0.5 + self.dice() / 2))

    def succeeded(self) -> None:
        """The next failure begins anew."""
        self.failures = 0
