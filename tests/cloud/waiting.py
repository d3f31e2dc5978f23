"""Waiting for what other processes do."""

import time
from collections.abc import Callable

WAIT_S = 20.0


def soon(holds: Callable[[], bool], limit_s: float = WAIT_S) -> bool:
    """Whether it comes to hold in time."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False
