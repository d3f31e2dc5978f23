"""Whether two lists of right and wrong, of the same questions, differ by more than chance. Pure."""

import math
import random
from collections.abc import Sequence

RESAMPLES = 2000


def bootstrap(first: Sequence[bool], second: Sequence[bool], seed: int) -> tuple[float, float]:
    """The 95 % interval of first minus second, in points: questions drawn anew with both their results."""
    differences = [int(a) - int(b) for a, b in zip(first, second, strict=True)]
    if not differences:
        return 0.0, 0.0
    rng = random.Random(seed)
    count = len(differences)
    drawn = sorted(100 * sum(rng.choices(differences, k=count)) / count for _ in range(RESAMPLES))
    return drawn[round(0.025 * (RESAMPLES - 1))], drawn[round(0.975 * (RESAMPLES - 1))]


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """The exact two-sided p-value: only questions where the two differ say anything."""
    won = sum(a and not b for a, b in zip(first, second, strict=True))
    lost = sum(b and not a for a, b in zip(first, second, strict=True))
    differ = won + lost
    if differ == 0:
        return 1.0
    tail: float = sum(math.comb(differ, k) for k in range(min(won, lost) + 1)) / 2**differ
    return min(1.0, 2 * tail)
