"""Several generators as one, in order: what the first cannot begin, the next one does.

After the first piece of text nobody takes over: half a sentence of one model is not ended by another. The
error is passed on then, and whoever composes ends the sentence.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from models.runtime.generator import Generator, Output, Piece, Queued, Request, Started
from sync.errors import PrilavokError, Refused


class Fallback:
    """Implements Generator over at least one; it owns them. `name` is the first one's."""

    def __init__(self, generators: Sequence[Generator]) -> None:
        self._generators = tuple(generators)
        self._counts: Counter[str] = Counter()
        self._counts["falls"] = self._counts["falls_refused"] = self._counts["exhausted"] = 0

    @property
    def name(self) -> str:
        """The first one's."""
        return self._generators[0].name

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        """See Generator.generate. When all fail, the last one's error is raised.

        A request that one refuses is still asked of the next, which may be able to do more.
        """
        for number, generator in enumerate(self._generators, 1):
            spoken = False
            try:
                async with aclosing(_begun(generator.generate(request))) as outputs:
                    async for output in outputs:
                        spoken = spoken or isinstance(output, Piece)
                        yield output
                return
            except PrilavokError as error:
                if spoken or number == len(self._generators):
                    self._counts["exhausted"] += not spoken
                    raise
                self._counts["falls"] += 1
                self._counts["falls_refused"] += isinstance(error, Refused)

    def vitals(self) -> Mapping[str, float]:
        """Those of all (of one name: added up), falls to a next one, and requests that none could begin."""
        told: Counter[str] = Counter()
        for generator in self._generators:
            told.update(generator.vitals())
        return {**told, **{f"fallback_{name}_total": float(count) for name, count in self._counts.items()}}

    async def close(self) -> None:
        """All of them."""
        for generator in self._generators:
            await generator.close()


class GrammarBound:
    """Implements Generator: another one that is asked only under a grammar; it owns that one.

    So a small model, trusted to phrase, does not write free text in a large one's place.
    """

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    @property
    def name(self) -> str:
        """The other's."""
        return self._generator.name

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        """See Generator.generate. Raises Refused without a grammar."""
        if request.grammar is None:
            raise Refused(
                f"{self.name} writes under a grammar only while a model server is set.",
                code="generator.unsupported",
                hint="Ask the server, or send a grammar.",
            )
        async with aclosing(self._generator.generate(request)) as outputs:
            async for output in outputs:
                yield output

    def vitals(self) -> Mapping[str, float]:
        """The other's."""
        return self._generator.vitals()

    async def close(self) -> None:
        """The other."""
        await self._generator.close()


async def _begun(outputs: AsyncGenerator[Output, None]) -> AsyncGenerator[Output, None]:
    """The outputs; Started is held back until the first piece, so that it comes once whoever speaks."""
    started: Started | None = None
    async with aclosing(outputs):
        async for output in outputs:
            if isinstance(output, Started):
                started = output
                continue
            if started is not None and not isinstance(output, Queued):
                yield started
                started = None
            yield output
