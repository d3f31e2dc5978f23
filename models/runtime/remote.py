"""A generator over any OpenAI-compatible server: vLLM, llama.cpp's server, Hugging Face's router.

What a server can do to a node ends here: it may hang, break off, send garbage or a sign-in page, and each
time the listener gets an error of ours, the connection is closed and the next request goes its way. Leaves
out the words of each flavour (`remote_dialect.py`), one call (`remote_line.py`), and who speaks instead
(`fallback.py`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from models.runtime.breaker import Breaker
from models.runtime.gate import Gate
from models.runtime.generator import Output, Piece, Request
from models.runtime.own_loop import OwnLoop
from models.runtime.remote_answer import Reading
from models.runtime.remote_dialect import compose
from models.runtime.remote_events import DONE, Events, chunk
from models.runtime.remote_line import Line, cut, late
from models.runtime.remote_server import Server
from sync.errors import PrilavokError, Refused, Unavailable

LINGER_S = 1.0  # for the count of tokens after the end of the text
HEAD_BYTES, TOKEN_BYTES = 64 * 1024, 4 * 1024  # of an answer: at most, beside and for every token
# Refusals that say more of the settings than of the request: the next request would meet them as well.
SETTINGS = frozenset(("generator.key", "generator.not_found", "generator.redirect"))
COUNTERS = (
    "requests",
    "answers",
    "failures",
    "refusals",
    "cancelled",
    "prompt_tokens",
    "reused_tokens",
    "tokens",
)


class RemoteGenerator:
    """Implements Generator. Every request sees one event loop in one thread, which owns the connections."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._line = Line(server)
        self._gate = Gate(server.concurrency, server.queue_limit)
        self._breaker = Breaker(
            failures=server.failures, rest_s=server.rest_s, longest_s=server.longest_rest_s
        )
        self._counts: Counter[str] = Counter()
        self._loop = OwnLoop("remote", ended)

    @property
    def name(self) -> str:
        """The model's name on the server."""
        return self._server.model

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        """See Generator.generate. `prompt_tokens` of Started is 0 where the server tells it only at the end.

        `logit_bias` names tokens of the server's model. Raises also Refused for what the flavour cannot do.
        """
        async with aclosing(self._loop.stream(lambda: self._serve(request))) as outputs:
            async for output in outputs:
                yield output

    def vitals(self) -> Mapping[str, float]:
        """Requests and their ends, tokens, retries, openings of the breaker; who waits and for how long."""
        told = {f"remote_{name}_total": float(self._counts[name]) for name in COUNTERS}
        told["remote_retries_total"] = float(self._line.retries)
        told["remote_breaker_opened_total"] = float(self._breaker.opened)
        told["remote_running_requests"] = float(self._gate.running)
        told["remote_waiting_requests"] = float(self._gate.waiting)
        told["remote_expected_wait_s"] = self._gate.expected_wait_s(self._gate.waiting)
        told["remote_rest_left_s"] = self._breaker.rest_left_s
        return told

    async def close(self) -> None:
        """Close the connections; whoever listens gets Unavailable. A second call does nothing."""
        await self._loop.close(self._line.close)

    async def _serve(self, request: Request) -> AsyncGenerator[Output, None]:
        self._counts["requests"] += 1
        try:
            operation, body = compose(request, self._server)
            self._breaker.check()
            async with aclosing(self._in_turn(request, operation, body)) as outputs:
                async for output in outputs:
                    yield output
        except Refused:
            self._counts["refusals"] += 1
            raise
        except PrilavokError:
            self._counts["failures"] += 1
            raise
        except (GeneratorExit, asyncio.CancelledError):
            self._counts["cancelled"] += 1
            raise
        self._counts["answers"] += 1

    async def _in_turn(self, request: Request, operation: str, body: bytes) -> AsyncGenerator[Output, None]:
        visit, whole = self._gate.enter(request.session), False
        try:
            async with aclosing(self._gate.wait(visit)) as places:
                async for place in places:
                    yield place
            async with aclosing(self._judged(request, operation, body)) as outputs:
                async for output in outputs:
                    yield output
            whole = True
        finally:
            self._gate.leave(visit, whole=whole)

    async def _judged(self, request: Request, operation: str, body: bytes) -> AsyncGenerator[Output, None]:
        """The answer; the breaker learns how it went."""
        given, begun, spoke = self._breaker.enter(), time.monotonic(), False
        try:
            async with aclosing(self._answer(request, operation, body)) as outputs:
                async for output in outputs:
                    spoke = spoke or isinstance(output, Piece)
                    yield output
            self._breaker.succeeded(given)
        except Refused as error:
            (self._breaker.failed if error.code in SETTINGS else self._breaker.succeeded)(given)
            raise
        except Unavailable as error:
            self._breaker.failed(given, rest_s=error.retry_after_s or None)
            raise
        except (GeneratorExit, asyncio.CancelledError):
            if not spoke and time.monotonic() - begun > self._server.first_s / 2:
                self._breaker.failed(given)  # whoever left had waited long
            raise
        finally:
            self._breaker.left(given)

    async def _answer(self, request: Request, operation: str, body: bytes) -> AsyncGenerator[Output, None]:
        """One call and its pieces. Leaving it closes the connection."""
        patience, reading = Patience(self._server), Reading(request)
        events = Events(HEAD_BYTES + TOKEN_BYTES * request.max_tokens)
        try:
            async with AsyncExitStack() as stack:
                async with patience.within():
                    blocks = await stack.enter_async_context(self._line.post(operation, body))
                heard = await stack.enter_async_context(aclosing(_data(blocks, events, patience, reading)))
                async for data in heard:
                    for output in reading.take(chunk(data)):
                        yield output
                    patience.heard(reading)
                    if reading.cut:
                        break
            if reading.finish is None:
                raise cut("no end of the text came")
            last = reading.end()
        finally:
            self._counts["prompt_tokens"] += reading.prompt_tokens
            self._counts["reused_tokens"] += reading.reused_tokens
            self._counts["tokens"] += reading.tokens
        yield last


class Patience:
    """Until when the next bytes are waited for; owned by the event loop it is made on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._now = asyncio.get_running_loop().time
        self._ends = self._now() + server.total_s
        self._until = self._now() + server.first_s
        self._finished = False

    def heard(self, reading: Reading) -> None:
        """An event came."""
        self._finished = reading.finish is not None
        if self._finished:
            self._until = self._now() + LINGER_S
        elif reading.begun:
            self._until = self._now() + self._server.pause_s

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """Raises Unavailable when the time is over; not after the end of the text: nothing is missing."""
        try:
            async with asyncio.timeout_at(min(self._until, self._ends)):
                yield
        except TimeoutError:
            if not self._finished:
                raise late("does not answer") from None


async def _data(
    blocks: AsyncIterator[bytes], events: Events, patience: Patience, reading: Reading
) -> AsyncGenerator[str, None]:
    """The data of each event up to [DONE], or to the end where the text was whole before."""
    done = False
    while True:
        block: bytes | None = None
        try:
            async with patience.within():
                block = await anext(blocks, None)
        except Unavailable:
            if reading.finish is None:
                raise
        if block is None and reading.finish is None:
            events.feed(b"\n")  # what stands there may be no event at all
        if block is None or done:  # after [DONE] the end is read, so that the connection can serve again
            return
        for data in events.feed(block):
            if data == DONE:
                done = True
                break
            yield data


def ended() -> Unavailable:
    """Said to those who listen, or come, when it closes."""
    return Unavailable(
        "The generator is closing.", code="generator.closed", hint="Answers go on by template."
    )
