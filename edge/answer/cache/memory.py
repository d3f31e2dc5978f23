"""Entries in this process's memory: for where no file can be made. Gone when the node stops."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection

import msgspec

from edge.answer.cache.entry import PER_GROUND, Cited, Entry, Limits, Size, Trimmed

_Key = tuple[bytes, bytes]
_OVERHEAD_BYTES = 400  # of Python's own, about


class MemoryStore:
    """The least used stand first. `bytes` are an estimate."""

    where = "memory"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._kept: OrderedDict[_Key, Entry] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def read(self, ground: bytes, now_s: int) -> tuple[Entry, ...]:
        """See Store."""
        with self._lock:
            return tuple(e for e in self._kept.values() if e.ground == ground and not self._old(e, now_s))

    def put(self, entry: Entry, now_s: int) -> Trimmed:
        """See Store."""
        with self._lock:
            self._remove(_key(entry))
            self._kept[_key(entry)] = entry
            self._bytes += _size(entry)
            expired = self._forget(lambda one: self._old(one, now_s))
            same = [key for key in self._kept if key[0] == entry.ground]
            crowded = sum(map(self._remove, same[:-PER_GROUND]))
            while self._kept and (len(self._kept) > self._limits.rows or self._bytes > self._limits.bytes):
                crowded += self._remove(next(iter(self._kept)))
            return Trimmed(expired, crowded)

    def touch(self, entry: Entry, now_s: int) -> None:
        """See Store."""
        with self._lock:
            if _key(entry) in self._kept:
                self._kept.move_to_end(_key(entry))

    def drop(self, entries: Collection[Entry]) -> int:
        """See Store."""
        keys = {_key(entry) for entry in entries}
        with self._lock:
            return self._forget(lambda one: _key(one) in keys)

    def drop_asked(self, questions: Collection[bytes]) -> int:
        """See Store."""
        gone = frozenset(questions)
        with self._lock:
            return self._forget(lambda one: one.question in gone)

    def cited(self) -> frozenset[Cited]:
        """See Store."""
        with self._lock:
            return frozenset(one for entry in self._kept.values() for one in entry.cited)

    def drop_citing(self, outdated: Collection[Cited]) -> int:
        """See Store."""
        gone = frozenset(outdated)
        with self._lock:
            return self._forget(lambda one: not gone.isdisjoint(one.cited))

    def size(self) -> Size:
        """See Store."""
        with self._lock:
            return Size(len(self._kept), self._bytes)

    def clear(self) -> int:
        """See Store."""
        with self._lock:
            return self._forget(lambda one: True)

    def close(self) -> None:
        """See Store."""

    def _old(self, entry: Entry, now_s: int) -> bool:
        return entry.made_s + self._limits.ttl_s <= now_s

    def _forget(self, which: Callable[[Entry], bool]) -> int:
        return sum(self._remove(key) for key in [key for key, entry in self._kept.items() if which(entry)])

    def _remove(self, key: _Key) -> int:
        gone = self._kept.pop(key, None)
        self._bytes -= _size(gone) if gone else 0
        return int(gone is not None)


def _key(entry: Entry) -> _Key:
    return entry.ground, entry.question


def _size(entry: Entry) -> int:
    return len(msgspec.msgpack.encode(entry)) + _OVERHEAD_BYTES
