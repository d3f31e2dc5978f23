"""What goes when there is no room, and what has grown too old. Pure: numbers in, a decision out.

    over a class's own cap      the oldest of that class goes
    over the whole cap          the oldest of the lowest class goes, never one above the newcomer's
    nothing lower to give       the newcomer itself does not get in
    leads                       never go; over their cap a new one is refused
    what the hub has            goes before any of these, beyond its share, and after some days

Priorities are those of `sync/record.py`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.clock import Now
from sync.record import CLASSES, RULES, Class

SHARES: dict[Class, float] = {"lead": 0.5, "feedback": 0.25, "chat": 1.0, "health": 0.05}


@dataclass(frozen=True)
class Caps:
    """At most so many bytes in all, and of each class its share of them.

    `settled_share` of them at most, for `settled_s` at most, hold what the hub has acknowledged.
    """

    total_bytes: int
    shares: Mapping[Class, float] = field(default_factory=lambda: SHARES)
    settled_share: float = 0.25
    settled_s: int = 72 * 3600

    def of(self, cls: Class) -> int:
        """A class's own cap in bytes."""
        return int(self.total_bytes * self.shares[cls])

    def settled(self, used_bytes: int) -> int:
        """How many bytes of what the hub has may be kept beside so many that wait."""
        return max(0, min(int(self.total_bytes * self.settled_share), self.total_bytes - used_bytes))


@dataclass(frozen=True)
class Waiting:
    """A record that could go."""

    id: int
    cls: Class
    bytes: int


@dataclass(frozen=True)
class Room:
    """Whether the newcomer gets in, and who goes first for it. Nobody goes for one who does not get in."""

    accepted: bool
    drops: tuple[Waiting, ...] = ()


Oldest = Callable[[Class], Iterator[Waiting]]


def make_room(caps: Caps, used: Mapping[Class, int], cls: Class, size: int, oldest: Oldest) -> Room:
    """Room for `size` bytes of a class, given the bytes used by each and each class's records in order."""
    left = {name: used.get(name, 0) for name in CLASSES}
    lines: dict[Class, Iterator[Waiting]] = {}
    drops: list[Waiting] = []

    def drop(victim: Class) -> bool:
        line = lines.setdefault(victim, oldest(victim))
        gone = next(line, None) if RULES[victim].droppable else None
        if gone is not None:
            drops.append(gone)
            left[victim] -= gone.bytes
        return gone is not None

    while left[cls] + size > caps.of(cls):
        if not drop(cls):
            return Room(False)
    while sum(left.values()) + size > caps.total_bytes:
        if not any(drop(victim) for victim in _below(cls)):
            return Room(False)
    return Room(True, tuple(drops))


def _below(cls: Class) -> list[Class]:
    """The classes that may give way to one, the lowest first; itself among them."""
    return [name for name in reversed(CLASSES) if RULES[name].priority >= RULES[cls].priority]


def too_old(cls: Class, now: Now) -> int | None:
    """Records of the class written at or before this wall time have outlived their use.

    None: they never do, or the clock is not trusted enough to throw anything away for it.
    """
    ttl_s = RULES[cls].ttl_s
    return None if ttl_s is None or not now.trusted else now.wall_ms - ttl_s * 1000
