"""The model's part of an answer: whether it may speak, and its sentence, checked, as it comes.

A model phrases only where the registry says so for its name and the language. What it may not say, or says
too late, the template says; a model that comes too late on this box, or is busy, rests for a while, so that
answers are not begun in one style and ended in the other. What it said before may be said again even then.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from edge.answer import phrase
from edge.answer.cache.service import AnswerCache
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft
from edge.answer.voice import Labels
from models.runtime.generator import Generator, Queued
from sync.provider import Market

_PHRASED = frozenset(("find", "fact", "compare"))
_REST_S, _LONGEST_REST_S = 30.0, 900.0


@dataclass
class Pace:
    """Whether the model keeps up: after answers that it did not finish in time it rests, each time longer."""

    rest_s: float = _REST_S
    resting_until: float = 0.0

    def resting(self, now: float) -> bool:
        """Is it to be left alone at `now` (monotonic seconds)?"""
        return now < self.resting_until

    def note(self, missed: int, now: float) -> None:
        """After an answer: `missed` sentences came too late or never."""
        if not missed:
            self.rest_s = _REST_S
            return
        self.resting_until = now + self.rest_s
        self.rest_s = min(self.rest_s * 2, _LONGEST_REST_S)


@dataclass(frozen=True)
class Writer:
    """`modes` says, by language, how the generator may speak ("phrase" or "prose"); elsewhere it may not.

    `cache` holds what it said, where answers are kept; `others` are the languages in which another generator
    speaks in its place.
    """

    generator: Generator
    modes: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Generator] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    cache: AnswerCache | None = None

    def may(self, draft: Draft) -> bool:
        """May the model phrase this answer?"""
        understood = draft.understood
        wanted = bool(draft.cards) and understood.intent in _PHRASED and understood.language in self.modes
        return wanted and (self.cache is not None or not self._away)

    def wait(self) -> Queued | None:
        """Where an answer that is begun now would wait, if it would."""
        vitals = self.generator.vitals()
        wait_s = vitals.get("expected_wait_seconds", 0.0)
        return Queued(int(vitals.get("waiting_requests", 0.0)), round(wait_s, 2)) if wait_s else None

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """The sentence in verified pieces; `spoken` tells afterwards who spoke."""
        own = self.others.get(draft.understood.language, self.generator)
        generator = None if self._away else own
        async for piece in phrase.compose(draft, generator, market, taxonomy, spoken, cache=self.cache):
            yield piece
        if generator is not None and (spoken.prompt_tokens or spoken.missed):
            self.pace.note(spoken.missed, time.monotonic())

    @property
    def _away(self) -> bool:
        """Does the model rest, or would its turn come too late? Then the template speaks at once."""
        queue = self.wait()
        late = queue is not None and queue.expected_wait_s > phrase.DEADLINE_S
        return late or self.pace.resting(time.monotonic())
