"""Who is asking, for as long as they ask: a name chosen by the page, forgotten after some idle time.

Held in memory only. It carries the session's allowance and the ids of its answers, never a word of what was
said: the messages come with every request, as OpenAI's interface has it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from edge.chat.limit import Bucket


@dataclass
class Session:
    """One visitor's conversation."""

    bucket: Bucket
    used_at: float
    answers: int = 0


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
    clock: Callable[[], float] = time.monotonic
    _live: OrderedDict[str, Session] = field(default_factory=OrderedDict)

    def get(self, name: str) -> Session:
        """The session of that name, new or known, counted as used now."""
        self._drop_idle()
        session = self._live.pop(name, None) or Session(Bucket(self.per_minute, self.clock), self.clock())
        session.used_at = self.clock()
        self._live[name] = session
        while len(self._live) > self.limit:
            self._live.popitem(last=False)
        return session

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

    def take(self, answer_id: str) -> Said | None:
        """What was said under that id, once."""
        return self._known.pop(answer_id, None)
