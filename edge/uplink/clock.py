"""Reads this box's clocks, and keeps what the hub's signed time tells of them. The rules are `sync/clock.py`.

A wall clock is believed when the system says that it is synchronised, or when the hub has told the time in
this run; then the time is counted from that moment, whatever the wall clock shows.
"""

import ctypes
import ctypes.util
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.secure.moment import WRITTEN
from sync.clock import AHEAD_MS, Anchor, Now, Stamp, judged, raised
from sync.identity import new_id
from sync.key import system_random

BUILT_MS = int(WRITTEN.timestamp() * 1000)
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
TIME_ERROR = 5
TIMEX_BYTES = 512
"""More than the kernel's struct timex has; all zero, it asks and changes nothing (adjtimex(2))."""


def synchronised() -> bool:
    """Whether the system says that its wall clock is kept right."""
    if TIMESYNCD.exists():
        return True
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        state = int(libc.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES)))
    except (OSError, AttributeError):
        return False
    return 0 <= state < TIME_ERROR


def _boottime() -> float:
    """Seconds since the system's boot, time asleep included, where the system can say."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass
class Clocks:
    """`boot` is this run of the program. Thread-safe."""

    synchronised: Callable[[], bool] = synchronised
    wall: Callable[[], float] = time.time
    mono: Callable[[], float] = _boottime
    boot: str = field(default_factory=lambda: new_id(system_random))
    floor_ms: int = 0
    anchor: Anchor | None = None
    _begun: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mono_ms(self) -> int:
        """Milliseconds since this run began."""
        with self._lock:
            if self._begun is None:
                self._begun = self.mono()
            return max(0, int((self.mono() - self._begun) * 1000))

    def now(self) -> Now:
        """The time as far as it is known."""
        in_step, anchor = self.synchronised(), self.anchor
        wall_ms = max(0, int(self.wall() * 1000))
        if anchor is not None and not in_step:
            wall_ms = max(0, anchor.at_ms + self.mono_ms() - anchor.mono_ms)
        trusted = judged(wall_ms, built_ms=BUILT_MS, synchronised=in_step, told=anchor is not None)
        return Now(wall_ms, trusted, self.floor_ms)

    def stamp(self) -> Stamp:
        """Now, as a record or message says it."""
        now = self.now()
        return Stamp(boot=self.boot, mono_ms=self.mono_ms(), wall_ms=now.wall_ms, trusted=now.trusted)

    def hear(self, told: Anchor) -> bool:
        """Takes the hub's signed time, just verified; whether the wall clock was wrong by more than 2 min."""
        shown_ms = max(0, int(self.wall() * 1000)) - self.mono_ms() + told.mono_ms
        self.anchor = told
        self.floor_ms = max(self.floor_ms, raised(self.now(), told.at_ms).floor_ms)
        return abs(shown_ms - told.at_ms) > AHEAD_MS

    def signed(self, at_ms: int) -> None:
        """Raises the floor by another verified time of the hub's, such as a head's."""
        self.floor_ms = max(self.floor_ms, raised(self.now(), at_ms).floor_ms)


@dataclass
class Steady:
    """Whether the time has been known and has run without a jump for `for_s` on end.

    A system that says its clock is right, or a hub that signs the time, may be years off for a while; what
    cannot be undone, such as throwing away what is too old, waits until the time has stood the test.
    """

    clocks: Clocks
    for_s: float = 3600.0
    _ahead_ms: int = 0
    _since_ms: int | None = None

    def now(self) -> Now | None:
        """The time, once it is steady. Asked often: a jump is seen only where it is asked for between."""
        now, mono_ms = self.clocks.now(), self.clocks.mono_ms()
        ahead_ms = now.wall_ms - mono_ms
        if not now.trusted:
            self._since_ms = None
        elif self._since_ms is None or abs(ahead_ms - self._ahead_ms) > AHEAD_MS:
            self._since_ms = mono_ms
        self._ahead_ms = ahead_ms
        steady = self._since_ms is not None and mono_ms - self._since_ms >= self.for_s * 1000
        return now if steady else None
