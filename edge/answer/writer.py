"""The model's part of an answer: whether it may speak, and its sentence, checked, as it comes.

A model phrases only where the registry says so for its name and the language. What it may not say, or says
too late, the template says; a model that comes too late on this box, or is busy, rests for a while, so that
answers are not begun in one style and ended in the other.
"""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from edge.answer import phrase
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft
from edge.answer.voice import Labels
from models.runtime.generator import Generator
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

    `others` are the languages in which another generator speaks in its place.
    """

    generator: Generator
    modes: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Generator] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)

    def may(self, draft: Draft) -> bool:
        """May the model phrase this answer?"""
        understood = draft.understood
        wanted = bool(draft.cards) and understood.intent in _PHRASED and understood.language in self.modes
        return wanted and not self.pace.resting(time.monotonic())

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """The sentence in verified pieces; `spoken` tells afterwards who spoke."""
        generator = self.others.get(draft.understood.language, self.generator)
        async for piece in phrase.compose(draft, generator, market, taxonomy, spoken):
            yield piece
        self.pace.note(spoken.missed, time.monotonic())
