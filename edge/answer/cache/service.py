"""Says a phrased answer again where it would be phrased from the same facts, and forgets it where not.

Looking up is done in the answer's own thread: one read, and one embedding where the exact question is new but
something near it may be there. Writing is done by one thread of its own. Whatever happens to the store, an
answer is given: after a failure the cache rests for a while, a damaged file is made anew. Left out: which
answers are the same (key.py), and checking the lines again (phrase.py), which happens before they are said.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import structlog

from edge.answer.cache.entry import Entry, Size, Store, Trimmed, moment
from edge.answer.cache.key import Asked, asked, cited, question
from edge.answer.cache.likeness import Encoder, Likeness
from edge.answer.grammar import Line
from edge.answer.voice import Voice
from edge.catalog.store import MANY_LIMIT
from sync.errors import Corrupt, PrilavokError
from sync.provider import Provider

T = TypeVar("T")
Result = Literal["hit_exact", "hit_semantic", "miss", "stale", "refused", "failed"]
Reason = Literal["changed", "expired", "crowded", "refused", "backlog", "erased"]
Opener = Callable[[bool], Store]

log = structlog.get_logger()
BACKLOG = 256
REST_S = 30.0
END_S = 5.0


class Records(Protocol):
    """What is used of the catalogue."""

    def version(self) -> int:
        """Grows with every change."""
        ...

    def many(self, ids: Sequence[str]) -> list[Provider]:
        """Those of the providers that exist; at most MANY_LIMIT ids count."""
        ...


class Tally(Protocol):
    """Where it is counted."""

    def looked(self, result: Result) -> None:
        """One lookup, and how it went."""
        ...

    def dropped(self, reason: Reason, entries: int) -> None:
        """Entries that had to go, or could not be kept."""
        ...

    def remade(self) -> None:
        """The store was damaged and is made anew."""
        ...


@dataclass(frozen=True)
class Found:
    """An answer that may be said again, once its lines are accepted."""

    entry: Entry
    how: Literal["hit_exact", "hit_semantic"]


class AnswerCache:
    """`opener` gives the store; told True, it first moves aside what is damaged.

    `similarity` is the least cosine of two questions that count as near; at 1 only the same question does,
    and no vectors are made.
    """

    def __init__(
        self,
        opener: Opener,
        catalog: Records,
        tally: Tally,
        *,
        speaker: str,
        encoder: Encoder | None = None,
        similarity: float = 1.0,
        rest_s: float = REST_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._opener = opener
        self._store = opener(False)
        self._catalog = catalog
        self._tally = tally
        self._speaker = speaker
        self._likeness = Likeness(encoder if similarity < 1.0 else None, similarity)
        self._clock = clock
        self._rest_s = rest_s
        self._door = threading.Lock()
        self._resting_until = 0.0
        self._damaged = False
        self._seen = -1
        self._work: queue.Queue[Callable[[], None] | None] = queue.Queue(BACKLOG)
        self._thread = threading.Thread(target=self._run, name="answer-cache", daemon=True)
        self._thread.start()

    def recall(self, voice: Voice, lines: Sequence[Line]) -> Found | None:
        """An answer phrased from these very facts for this question or one near it. Never raises.

        What stands on records that have changed is forgotten, not given.
        """
        wanted = asked(voice, lines, self._speaker)
        known = self._tried(lambda: self._read(wanted))
        if known is None:
            self._tally.looked("failed")
            return None
        fresh = [entry for entry in known if entry.cited == wanted.cited]
        found = self._choose(wanted, fresh)
        stale = [entry for entry in known if entry.cited != wanted.cited]
        if stale:
            self._later(lambda: self._tally.dropped("changed", self._store.drop(stale)))
        if found is None:
            self._tally.looked("stale" if stale else "miss")
        return found

    def said(self, found: Found) -> None:
        """The answer's lines were accepted again and are being said."""
        self._tally.looked(found.how)
        self._later(lambda: self._store.touch(found.entry, self._now))

    def refuse(self, found: Found) -> None:
        """A line was not accepted: whatever happened to the entry, it goes."""
        self._tally.looked("refused")
        self._later(lambda: self._tally.dropped("refused", self._store.drop([found.entry])))

    def keep(self, voice: Voice, lines: Sequence[Line], texts: Sequence[str]) -> None:
        """Keeps what the model said, line by line; all of it must have been accepted. Returns at once."""
        wanted, texts = asked(voice, lines, self._speaker), tuple(texts)
        self._later(lambda: self._put(wanted, texts))

    def forget(self, questions: Sequence[str]) -> None:
        """Forgets what was said to these questions, whoever asked them. Returns at once."""
        digests = frozenset(question(text) for text in questions)
        self._later(lambda: self._tally.dropped("erased", self._store.drop_asked(digests)))

    def forget_all(self) -> None:
        """Forgets everything. Returns at once."""
        self._later(lambda: self._tally.dropped("erased", self._store.clear()))

    def follow(self) -> str | None:
        """A chore: after a change of the catalogue, looks over what is kept. The tally says what went."""
        version = self._catalog.version()
        if version == self._seen or self._resting:
            return None
        self._seen = version
        self._later(self._sweep)
        return f"looking over the kept answers for version {version}"

    def size(self) -> Size | None:
        """How much is kept; None where the store is away."""
        with self._door:
            return self._tried(lambda: self._store.size())

    def settle(self) -> None:
        """Waits until all that was to be written is, as far as the store lets it."""
        done = threading.Event()
        self._work.put(done.set)
        done.wait(END_S)

    def close(self) -> None:
        """Writes what waits and lets go of the store."""
        if self._thread.is_alive():
            with suppress(queue.Full):
                self._work.put(None, timeout=END_S)
            self._thread.join(END_S)
        with self._door:
            self._store.close()

    @property
    def _now(self) -> int:
        return int(self._clock())

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._resting_until

    def _read(self, wanted: Asked) -> tuple[Entry, ...]:
        with self._door:
            return self._store.read(wanted.ground, self._now)

    def _choose(self, wanted: Asked, fresh: Sequence[Entry]) -> Found | None:
        """The same question, else the nearest that is near enough."""
        for entry in fresh:
            if entry.question == wanted.question:
                return Found(entry, "hit_exact")
        nearest = self._likeness.nearest(wanted.words, fresh)
        return Found(nearest, "hit_semantic") if nearest else None

    def _put(self, wanted: Asked, texts: tuple[str, ...]) -> None:
        now = self._now
        vector = self._likeness.vector(wanted.words)
        entry = Entry(
            ground=wanted.ground,
            question=wanted.question,
            cited=wanted.cited,
            lines=texts,
            made_s=moment(now),
            vector=vector,
            vector_model=self._likeness.model if vector else "",
        )
        self._count(self._store.put(entry, now))

    def _count(self, trimmed: Trimmed) -> None:
        self._tally.dropped("expired", trimmed.expired)
        self._tally.dropped("crowded", trimmed.crowded)

    def _sweep(self) -> None:
        """Forgets what stands on records that are not as they were, or not at all any more."""
        try:
            known = self._store.cited()
            ids = sorted({one.provider for one in known})
            parts = [ids[at : at + MANY_LIMIT] for at in range(0, len(ids), MANY_LIMIT)]
            current = {cited(record) for part in parts for record in self._catalog.many(part)}
            self._tally.dropped("changed", self._store.drop_citing(known - current))
        except PrilavokError:
            self._seen = -1
            raise

    def _later(self, work: Callable[[], None]) -> None:
        try:
            self._work.put_nowait(lambda: self._tried(work))
        except queue.Full:
            self._tally.dropped("backlog", 1)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            if self._damaged:
                self._remake()

    def _tried(self, work: Callable[[], T]) -> T | None:
        """The result, or None where the store failed: then the cache rests, or is made anew."""
        if self._resting:
            return None
        try:
            return work()
        except PrilavokError as error:
            self._resting_until = time.monotonic() + self._rest_s
            log.warning("answer cache rests", code=error.code, reason=error.message, rest_s=self._rest_s)
            if isinstance(error, Corrupt):
                self._damaged = True
                with suppress(queue.Full):  # whoever works then sees to it
                    self._work.put_nowait(lambda: None)
            return None

    def _remake(self) -> None:
        self._damaged = False
        self._tally.remade()
        with self._door:
            self._store.close()
            try:
                self._store = self._opener(True)
            except PrilavokError as error:
                log.warning("answer cache stays away", code=error.code, reason=error.message)
                return
        self._seen, self._resting_until = -1, 0.0
