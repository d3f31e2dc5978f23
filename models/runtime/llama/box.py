"""What this box can carry: cores, memory, heat, and the load of others; and what the engine may take of it.

Sensing is in `Box`, deciding is pure: `fit` before the engine starts, `Governor` while it runs.
"""

import os
from dataclasses import dataclass
from typing import Any

import psutil

from sync.errors import Unavailable

LEAST_CONTEXT = 512
LEAST_SEQUENCES = 2
SHARE_OF_MEMORY = 4  # the engine takes a quarter of the memory at most
MOST_BYTES = 1536 * 1024 * 1024
HOT_C, COOL_C = 78.0, 70.0  # a Raspberry Pi throttles from 80 °C, most others from 85 °C on
HOT_MARGIN_C = 7.0  # below what the sensor itself calls high
PATIENCE = 5  # readings that agree before something is taken back or given


def physical_cores() -> int:
    """Cores this process may use; sibling hardware threads only slow each other down."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


def memory_bytes(setting: int) -> int:
    """What the engine's caches may take: the setting, or a quarter of the memory and 1.5 GiB at most."""
    return setting or min(int(psutil.virtual_memory().total) // SHARE_OF_MEMORY, MOST_BYTES)


def fit(token_bytes: int, sequences: int, context: int, limit_bytes: int) -> tuple[int, int]:
    """How many sequences of how many tokens fit: fewer sequences first, then shorter ones.

    Raises Unavailable where not even the least fits.
    """
    if limit_bytes <= 0 or token_bytes <= 0:
        return sequences, context
    tokens = limit_bytes // token_bytes
    fewer = min(sequences, max(LEAST_SEQUENCES, tokens // context))
    shorter = min(context, tokens // fewer)
    if shorter < min(LEAST_CONTEXT, context):
        raise Unavailable(
            f"{limit_bytes} bytes hold {tokens} tokens of this model, too few for {fewer} answers at once.",
            code="generator.memory",
            hint="Raise the setting engine_memory_bytes or choose a smaller model.",
        )
    return fewer, shorter


@dataclass(frozen=True)
class Reading:
    """Cores that others keep busy, and the hottest sensor against what it calls high (None: no sensor)."""

    others: float
    hottest_c: float | None = None
    high_c: float | None = None


@dataclass(frozen=True)
class Tuning:
    """Threads that compute, and tokens of prompts in one step at most."""

    threads: int
    chunk: int


class Governor:
    """Takes cores back when it gets hot or others need them, and gives them again when that is over."""

    def __init__(self, cores: int, chunk: int) -> None:
        self._cores, self._chunk = cores, chunk
        self._for = 0
        self._wanted = self.now = Tuning(cores, chunk)

    def decide(self, reading: Reading) -> Tuning | None:
        """The new tuning, where several readings agree on one."""
        wanted = self._want(reading)
        self._for = self._for + 1 if wanted == self._wanted else 1
        self._wanted = wanted
        if wanted == self.now or self._for < PATIENCE:
            return None
        self.now = wanted
        return wanted

    def _want(self, reading: Reading) -> Tuning:
        hot = min(HOT_C, reading.high_c - HOT_MARGIN_C) if reading.high_c else HOT_C
        cool = hot - (HOT_C - COOL_C)
        throttled = self.now.chunk < self._chunk
        heat = reading.hottest_c
        if heat is not None and (heat >= hot or (throttled and heat > cool)):
            return Tuning(max(1, self._cores // 2), max(32, self._chunk // 4))
        spare = self._cores - round(reading.others - 0.2)  # a core is given up when others use most of one
        return Tuning(max(1, min(self._cores, spare)), self._chunk)


class Box:
    """Reads the sensors. `own` are the processes whose load does not count as others'."""

    def __init__(self, own: int) -> None:
        self._own = psutil.Process(own)
        psutil.cpu_percent()
        self._own.cpu_percent()

    def read(self) -> Reading:
        """Since the last reading."""
        count = psutil.cpu_count() or 1
        total = psutil.cpu_percent() / 100 * count
        try:
            own = self._own.cpu_percent() / 100
        except psutil.Error:
            own = 0.0
        hottest, high = self._heat()
        return Reading(max(0.0, total - own), hottest, high)

    @staticmethod
    def _heat() -> tuple[float | None, float | None]:
        sensors: dict[str, list[Any]] = getattr(psutil, "sensors_temperatures", dict)()
        found = [entry for entries in sensors.values() for entry in entries if entry.current]
        if not found:
            return None, None
        hottest = max(found, key=lambda entry: entry.current)
        return float(hottest.current), float(hottest.high) if hottest.high else None
