"""The data keys of the conversations under way, in memory only: with them goes all that could be read back.

A session that is idle too long, or one too many, is forgotten; so is everything at a restart. What comes
later under the same name is sealed under a new key. The code of a session is how a visitor asks for erasure.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sync.identity import Random
from sync.key import system_random
from sync.seal import DataKey

TTL_S = 1800.0
MOST = 10_000
NODE = ""
"""The name under which the node speaks of itself: health reports, receipts."""


@dataclass
class Session:
    """One conversation's key. `known`: the hub has the key's frame. `erased`: nothing more is kept of it."""

    key: DataKey
    used_at: float
    known: bool = False
    erased: bool = False
    turns: int = 0

    def turn(self) -> int:
        """The number of the next turn, from 1."""
        self.turns += 1
        return self.turns


@dataclass
class SessionKeys:
    """At most `most` sessions, each gone `ttl_s` after it was last used. Thread-safe."""

    ttl_s: float = TTL_S
    most: int = MOST
    random: Random = system_random
    clock: Callable[[], float] = time.monotonic
    _live: OrderedDict[str, Session] = field(default_factory=OrderedDict)
    _by_key: dict[bytes, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, name: str | None) -> Session:
        """The session of that name, new or known. Without a name: a new one that nothing else belongs to."""
        if name is None:
            return Session(DataKey.born(self.random), self.clock())
        with self._lock:
            now = self.clock()
            while self._live and next(iter(self._live.values())).used_at < now - self.ttl_s:
                self._forget(next(iter(self._live)))
            session = self._live.get(name) or Session(DataKey.born(self.random), now)
            session.used_at = now
            self._live[name] = session
            self._live.move_to_end(name)
            self._by_key[session.key.id] = name
            while len(self._live) > self.most:
                self._forget(next(iter(self._live)))
            return session

    def find(self, name: str) -> Session | None:
        """The session of that name, if its key is still known; it is not counted as used."""
        with self._lock:
            found = self._live.get(name)
            return found if found and found.used_at >= self.clock() - self.ttl_s else None

    def mark_known(self, keys: Iterable[bytes]) -> None:
        """The hub has these keys: their frames need not be written again."""
        with self._lock:
            for key in keys:
                if (name := self._by_key.get(key)) is not None:
                    self._live[name].known = True

    def mark_unknown(self, keys: Iterable[bytes]) -> None:
        """The node has these keys' frames no more: each is written again before its session's next record."""
        with self._lock:
            for key in keys:
                if (name := self._by_key.get(key)) is not None:
                    self._live[name].known = False

    def names(self, keys: Iterable[bytes]) -> tuple[str, ...]:
        """The names of sessions under way that these keys are of."""
        with self._lock:
            return tuple(name for key in keys if (name := self._by_key.get(key)) is not None)

    def forget(self, keys: Iterable[bytes]) -> None:
        """Erased sessions: whoever goes on talking does so under a new key."""
        with self._lock:
            for key in keys:
                if (name := self._by_key.get(key)) is not None:
                    self._live[name].erased = True
                    self._forget(name)

    def end(self, name: str) -> None:
        """A conversation that was ended: the next under that name has a key of its own."""
        with self._lock:
            if name in self._live:
                self._forget(name)

    def _forget(self, name: str) -> None:
        session = self._live.pop(name)
        del self._by_key[session.key.id]
