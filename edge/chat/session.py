"""Who is asking, for as long as they ask: a name chosen by the page, forgotten after some idle time.

Held in memory only. It carries the session's allowance and the ids of its answers, never a word of what was
said: the messages come with every request, as OpenAI's interface has it.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.chat.limit import Bucket, Day

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
CODE_BITS = 40


def code(name: str) -> str:
    """The short code of a session, for a visitor to name: the first 40 bits of SHA-256, as XXXX-XXXX."""
    number = int.from_bytes(hashlib.sha256(name.encode("ascii")).digest()[: CODE_BITS // 8])
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(CODE_BITS - 5, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


@dataclass
class Session:
    """One visitor's conversation."""

    bucket: Bucket
    day: Day
    used_at: float


@dataclass(frozen=True)
class Said:
    """What feedback may be given on."""

    mode: str
    intent: str
    session: str | None = None


@dataclass
class Sessions:
    """At most `limit` sessions, each gone `ttl_s` after its last question; over it the longest idle goes."""

    ttl_s: float
    limit: int
    per_minute: int
    per_day: int = 1000
    clock: Callable[[], float] = time.monotonic
    _live: OrderedDict[str, Session] = field(default_factory=OrderedDict)

    def get(self, name: str) -> Session:
        """The session of that name, new or known, counted as used now."""
        self._drop_idle()
        session = self._live.pop(name, None) or Session(
            Bucket(self.per_minute, self.clock), Day(self.per_day, self.clock), self.clock()
        )
        session.used_at = self.clock()
        self._live[name] = session
        while len(self._live) > self.limit:
            self._live.popitem(last=False)
        return session

    def find(self, name: str) -> Session | None:
        """The session of that name, if it is alive; it is not counted as used."""
        self._drop_idle()
        return self._live.get(name)

    def forget(self, name: str) -> bool:
        """Lets a session go; whether there was one."""
        return self._live.pop(name, None) is not None

    def __len__(self) -> int:
        self._drop_idle()
        return len(self._live)

    def _drop_idle(self) -> None:
        before = self.clock() - self.ttl_s
        while self._live and next(iter(self._live.values())).used_at < before:
            self._live.popitem(last=False)


@dataclass
class Answered:
    """The last `limit` answers by id, so that feedback names one that was given; each may be rated once."""

    limit: int = 2000
    _known: OrderedDict[str, Said] = field(default_factory=OrderedDict)

    def add(self, answer_id: str, said: Said) -> None:
        """Remembers an answer as one that may be rated."""
        self._known[answer_id] = said
        while len(self._known) > self.limit:
            self._known.popitem(last=False)

    def of(self, session: str) -> dict[str, Said]:
        """A session's answers that may still be rated, by id."""
        return {id: said for id, said in self._known.items() if said.session == session}

    def forget(self, session: str) -> int:
        """Lets a session's answers go; gives how many there were."""
        gone = self.of(session)
        for id in gone:
            del self._known[id]
        return len(gone)

    def take(self, answer_id: str) -> Said | None:
        """What was said under that id, once."""
        return self._known.pop(answer_id, None)
