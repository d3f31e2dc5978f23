"""Choices that come out the same on every machine and Python version.

`random.Random(text).random()` is the one method the standard library promises to keep stable, so every choice
is made from it. One dice per provider, seeded by its category and name: adding a provider changes no other.
Nothing here is for secrets.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of choices fixed by `seed`."""

    def __init__(self, seed: str) -> None:
        self._next = Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._next() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._next() * (high - low + 1))

    def spread(self, middle: float, reach: float) -> float:
        """A number around `middle`, at most `reach` away, near the middle more often."""
        return middle + (self._next() + self._next() - 1) * reach

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._next() * len(choices))]

    def weighed(self, weights: Mapping[str, float]) -> str:
        """One key, each as likely as its weight. The mapping must not be empty."""
        left = self._next() * sum(weights.values())
        for choice, weight in weights.items():
            left -= weight
            if left < 0:
                return choice
        return choice
