"""A cache over the small market of `words.py` or over the invented town, with its counts in the open."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.answer import grammar, phrase
from edge.answer.cache.choice import opener
from edge.answer.cache.entry import Limits, Store
from edge.answer.cache.service import AnswerCache
from edge.answer.spoken import Spoken
from edge.answer.turn import Draft
from edge.answer.voice import Voice
from edge.catalog.store import Catalog
from sync.provider import Market, Provider
from tests.edge.answer.words import MARKET, PROVIDERS, Names
from tests.simulators.phraser import Phraser, WordVectors

LIMITS = Limits(bytes=4 << 20, ttl_s=86_400)
NOW = 1_800_000_000.0


@dataclass
class Counts:
    """What the cache counted."""

    lookups: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    makings: int = 0

    def looked(self, result: str) -> None:
        self.lookups[result] += 1

    def dropped(self, reason: str, entries: int) -> None:
        self.gone[reason] += entries

    def remade(self) -> None:
        self.makings += 1


@dataclass
class Records:
    """The part of a catalogue that the cache follows."""

    providers: dict[str, Provider] = field(default_factory=lambda: {one.id: one for one in PROVIDERS})
    number: int = 1

    def version(self) -> int:
        return self.number

    def many(self, ids: Any) -> list[Provider]:
        return [self.providers[id] for id in ids if id in self.providers]


@dataclass
class Kept:
    """A cache, the model whose words it keeps, and its counts."""

    cache: AnswerCache
    counts: Counts
    model: Phraser = field(default_factory=Phraser)

    async def answer(self, draft: Draft, market: Market = MARKET, **more: Any) -> tuple[str, Spoken]:
        """An answer's text and how it was said; all that it leaves to be written is written after it."""
        spoken = Spoken()
        more = {"generator": self.model} | more
        generator = more.pop("generator")
        pieces = phrase.compose(draft, generator, market, Names(), spoken, cache=self.cache, **more)
        text = "".join([piece async for piece in pieces])
        self.cache.settle()
        return text, spoken


@contextmanager
def kept(
    folder: Path | Callable[[bool], Store],
    records: Records | Catalog | None = None,
    *,
    similarity: float = 0.8,
    clock: Callable[[], float] = lambda: NOW,
    **more: Any,
) -> Iterator[Kept]:
    """A cache in a folder (or over a store of the caller's), closed at the end."""
    counts = Counts()
    cache = AnswerCache(
        opener(folder, LIMITS) if isinstance(folder, Path) else folder,
        records if records is not None else Records(),
        counts,
        speaker="phraser/phrase",
        encoder=WordVectors(),
        similarity=similarity,
        clock=clock,
        **more,
    )
    try:
        yield Kept(cache, counts)
    finally:
        cache.close()


def voiced(draft: Draft, market: Market = MARKET) -> tuple[Voice, list[grammar.Line]]:
    """What a lookup is made from."""
    voice = Voice(draft, market, Names())
    return voice, grammar.lines(voice)
