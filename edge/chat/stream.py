"""Writes the events of an answer in OpenAI's two forms: one JSON object, or server-sent events."""

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import msgspec

from edge.answer.turn import Begun, Done, Event, Grounding, Piece
from edge.chat.wire import (
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    ErrorBody,
    ErrorReply,
    QueuePlace,
    Reply,
    Usage,
    encode,
)
from models.runtime import generator as engine
from sync.errors import PrilavokError

Finish = Literal["stop", "length"]
END = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Pen:
    """What stays the same in every part of one reply."""

    id: str
    model: str
    include_usage: bool = False
    created: int = field(default_factory=lambda: int(time.time()))

    def chunk(
        self,
        delta: Delta,
        *,
        finish: Finish | None = None,
        grounding: Grounding | None = None,
        queue: engine.Queued | None = None,
    ) -> bytes:
        """One event of the stream."""
        chunk = Chunk(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=(ChunkChoice(delta=delta, finish_reason=finish),),
            grounding=grounding or msgspec.UNSET,
            queue=QueuePlace(position=queue.position, expected_wait_s=queue.expected_wait_s)
            if queue
            else msgspec.UNSET,
            usage=None if self.include_usage else msgspec.UNSET,
        )
        return event(encode(chunk))

    def piece(self, text: str) -> bytes:
        """One event with some text, as `chunk` writes it; what stays the same is written once."""
        before, after = self._frame
        return before + encode(text) + after

    @cached_property
    def _frame(self) -> tuple[bytes, bytes]:
        before, _, after = self.chunk(Delta(content="\x00")).partition(encode("\x00"))
        return before, after

    def usage(self, prompt: int, completion: int) -> bytes:
        """The last event before the end, for those who asked for it."""
        if not self.include_usage:
            return b""
        usage = Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
        return event(
            encode(Chunk(id=self.id, created=self.created, model=self.model, choices=(), usage=usage))
        )

    def whole(
        self, text: str, prompt: int, completion: int, finish: Finish, grounding: Grounding | None = None
    ) -> Completion:
        """The reply in one piece."""
        return Completion(
            id=self.id,
            created=self.created,
            model=self.model,
            choices=(Choice(message=Reply(role="assistant", content=text), finish_reason=finish),),
            usage=Usage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion),
            grounding=grounding or msgspec.UNSET,
        )


def event(data: bytes) -> bytes:
    """One server-sent event; JSON has no line ends of its own."""
    return b"data: " + data + b"\n\n"


async def stream_answer(pen: Pen, events: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    """The pipeline's answer: cards in the first chunk, words, the whole grounding in the last."""
    async with aclosing(events):
        try:
            async for happened in events:
                if isinstance(happened, Begun):
                    first = Delta(role="assistant", content="")
                    yield pen.chunk(first, grounding=happened.grounding, queue=happened.queue)
                elif isinstance(happened, Piece):
                    yield pen.chunk(Delta(content=happened.text))
                else:
                    yield pen.chunk(Delta(), finish="stop", grounding=happened.grounding)
                    yield pen.usage(happened.prompt_tokens, happened.completion_tokens)
        except PrilavokError as error:
            yield event(encode(error_reply(error)))
    yield END


async def stream_pieces(pen: Pen, news: AsyncGenerator[engine.Output, None]) -> AsyncGenerator[bytes, None]:
    """The bare engine's words; before them, where the request waits."""
    prompt, completion, finish = 0, 0, None
    async with aclosing(news):
        try:
            async for one in news:
                if isinstance(one, engine.Queued):
                    yield pen.chunk(Delta(), queue=one)
                elif isinstance(one, engine.Started):
                    prompt = one.prompt_tokens
                    yield pen.chunk(Delta(role="assistant", content=""))
                else:
                    completion += one.tokens
                    finish = one.finish or finish
                    if one.text:
                        yield pen.piece(one.text)
            yield pen.chunk(Delta(), finish=finish or "stop")
            yield pen.usage(prompt, completion)
        except PrilavokError as error:
            yield event(encode(error_reply(error)))
    yield END


async def whole_answer(pen: Pen, events: AsyncIterator[Event]) -> Completion:
    """The pipeline's answer, when it is all there."""
    done: Done | None = None
    async for happened in events:
        if isinstance(happened, Done):
            done = happened
    assert done is not None, "an answer ends with Done"
    return pen.whole(done.text, done.prompt_tokens, done.completion_tokens, "stop", done.grounding)


async def whole_pieces(pen: Pen, news: AsyncIterator[engine.Output]) -> Completion:
    """The bare engine's text, when it is all there."""
    text, prompt, completion, finish = [], 0, 0, None
    async for one in news:
        if isinstance(one, engine.Started):
            prompt = one.prompt_tokens
        elif isinstance(one, engine.Piece):
            text.append(one.text)
            completion += one.tokens
            finish = one.finish or finish
    return pen.whole("".join(text), prompt, completion, finish or "stop")


KINDS = {
    "Missing": "invalid_request_error",
    "Refused": "invalid_request_error",
    "Conflict": "invalid_request_error",
}


def error_reply(error: PrilavokError) -> ErrorReply:
    """OpenAI's error object for an error of ours."""
    kind = (
        "rate_limit_error"
        if error.code.startswith("limit.")
        else KINDS.get(type(error).__name__, "server_error")
    )
    body = ErrorBody(message=error.message, type=kind, code=error.code, hint=error.hint or None)
    return ErrorReply(error=body)
