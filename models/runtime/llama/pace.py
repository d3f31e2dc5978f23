"""How long things take on this box, learnt while they are done: a step by its tokens, a request by its kind.

The time of a step is taken as base + tokens · each, fitted by least squares in which old steps fade.
"""

from dataclasses import dataclass

FADING = 0.97
LEARNING = 0.2


@dataclass
class Pace:
    """`base_s` and `token_s` are the fitted times; at first those of a small model on a PC."""

    base_s: float = 0.01
    token_s: float = 0.002
    service_s: float = 2.0
    _weight: float = 0.0
    _x: float = 0.0
    _xx: float = 0.0
    _y: float = 0.0
    _xy: float = 0.0

    def learn(self, tokens: int, took_s: float) -> None:
        """A step of so many tokens took so long."""
        self._weight = self._weight * FADING + 1
        self._x = self._x * FADING + tokens
        self._xx = self._xx * FADING + tokens * tokens
        self._y = self._y * FADING + took_s
        self._xy = self._xy * FADING + tokens * took_s
        spread = self._weight * self._xx - self._x * self._x
        if spread > 0.5 * self._weight * self._weight:  # steps of several sizes were seen
            slope = (self._weight * self._xy - self._x * self._y) / spread
            self.token_s = max(slope, 1e-6)
            self.base_s = max((self._y - self.token_s * self._x) / self._weight, 1e-6)
        else:
            self.base_s = max(self._y / self._weight - self.token_s * self._x / self._weight, 1e-6)

    def tokens_in(self, seconds: float) -> int:
        """How many tokens a step of that length computes."""
        return max(0, int((seconds - self.base_s) / self.token_s))

    def served(self, took_s: float) -> None:
        """A request took so long from its first token computed to its end."""
        self.service_s += LEARNING * (took_s - self.service_s)

    def wait_s(self, position: int, places: int, oldest_s: float) -> float:
        """Until the request with so many before it is served: the next place becomes free when the oldest of
        those served, since `oldest_s`, ends, the others one after another."""
        first = max(self.service_s - oldest_s, self.base_s)
        return first + position * self.service_s / max(places, 1)
