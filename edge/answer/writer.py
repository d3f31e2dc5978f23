"""The model's part of an answer: whether it may speak, and its sentence, checked, as it comes.

A model phrases only where the registry says so for its name and the language. What it may not say, or says
too late, the template says.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from edge.answer import phrase
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft
from edge.answer.voice import Labels
from models.runtime.generator import Generator
from sync.provider import Market

_PHRASED = frozenset(("find", "fact", "compare"))


@dataclass(frozen=True)
class Writer:
    """`modes` says, by language, how the generator may speak ("phrase" or "prose"); elsewhere it may not."""

    generator: Generator
    modes: Mapping[str, str] = field(default_factory=dict)

    def may(self, draft: Draft) -> bool:
        """May the model phrase this answer?"""
        understood = draft.understood
        return bool(draft.cards) and understood.intent in _PHRASED and understood.language in self.modes

    async def write(
        self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken
    ) -> AsyncIterator[str]:
        """The sentence in verified pieces; `spoken` tells afterwards who spoke."""
        async for piece in phrase.compose(draft, self.generator, market, taxonomy, spoken):
            yield piece
