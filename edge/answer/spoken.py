"""How an answer was said, filled in while it is: by the template, or by a model under its checks."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal, Protocol

from edge.answer.turn import Draft, Fact
from edge.answer.voice import Labels
from models.runtime.generator import Queued
from sync.provider import Market


@dataclass
class Spoken:
    """How an answer was said, filled in as it is."""

    mode: Literal["template", "phrase", "prose"] = "template"
    facts: tuple[Fact, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    replaced: int = 0  # the model's sentences that were refused and said by the template
    missed: int = 0  # sentences that the model did not write, or not in time


class Speaker(Protocol):
    """What phrases an answer in place of the template."""

    def may(self, draft: Draft) -> bool:
        """May it speak for this draft?"""
        ...

    def wait(self) -> Queued | None:
        """Where an answer that is begun now would wait, if it would."""
        ...

    def write(self, draft: Draft, market: Market, taxonomy: Labels, spoken: Spoken) -> AsyncIterator[str]:
        """The answer in verified pieces; `spoken` tells afterwards who spoke and which facts were said."""
        ...
