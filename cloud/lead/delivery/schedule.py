"""When a delivery that failed is tried again: soon, then less and less often, for about four days.

After the Standard Webhooks specification, "Retries". Pure.
"""

from datetime import datetime, timedelta

PAUSES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400)
"""After the first try, the second, and so on; after the last, no more."""
LONGEST_S = 86_400.0
SPREAD = 0.2
"""Pauses are longer by up to this part, so that what failed together does not come back together."""


def next_try(tries: int, now: datetime, chance: float, asked_s: float | None = None) -> datetime | None:
    """When to try again after that many tries; None: never. `chance` is from 0 to 1.

    `asked_s`: the receiver asked to wait so long (Retry-After); at most a day of it counts.
    """
    if tries > len(PAUSES_S):
        return None
    pause_s = PAUSES_S[max(0, tries - 1)] * (1 + SPREAD * chance)
    return now + timedelta(seconds=max(pause_s, min(asked_s or 0, LONGEST_S)))
