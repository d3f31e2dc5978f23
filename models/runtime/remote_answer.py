"""A server's chunks as the answer of a generator: when it begins, its pieces, how it ends; pure.

Stop strings and the limit of tokens are watched for here as well, whatever the server makes of them.
"""

from typing import Literal

from models.runtime.generator import Output, Piece, Request, Started
from models.runtime.remote_events import Chunk, Usage, garbage
from models.runtime.remote_status import as_fault, refusal, status_of
from models.runtime.stop import StopWatch
from sync.errors import Refused

# Beside OpenAI's own "stop" and "length": what Hugging Face's servers say for "stop".
STOPS = frozenset(("stop", "eos_token", "stop_sequence"))


class Reading:
    """One answer as it comes. `begun` with its first text; `finish` is set once the text is whole."""

    def __init__(self, request: Request) -> None:
        self._watch = StopWatch(request.stop)
        self._limit = request.max_tokens
        self.begun = False
        self._told = 0  # tokens of the pieces so far
        self._counted: int | None = None  # by the server, so far
        self._last = ""
        self.cut = False  # ended here, before the server did
        self.prompt_tokens = 0
        self.reused_tokens = 0
        self.finish: Literal["stop", "length"] | None = None

    @property
    def tokens(self) -> int:
        """Of the text so far."""
        return self._told

    def take(self, chunk: Chunk) -> list[Output]:
        """What it means for the listener. Raises Refused or Unavailable where it is an error or no sense."""
        if chunk.error is not None:
            fault = as_fault(chunk.error)
            raise refusal(status_of(fault), fault)
        self._count(chunk)
        if not chunk.choices or self.finish:
            return []
        choice = chunk.choices[0]
        text = (choice.delta.content if choice.delta else None) or choice.text or ""
        ended = None if choice.finish_reason is None else _ended(choice.finish_reason)
        if not text and ended is None:
            return []
        outputs: list[Output] = [] if self.begun else [Started(self.prompt_tokens, self.reused_tokens)]
        self.begun = True
        if text:
            outputs += self._say(text)
        self.finish = self.finish or ended
        return outputs

    def end(self) -> Piece:
        """The last piece: what was held back, and the tokens not told of yet."""
        held = self._last if self._watch.found else self._last + self._watch.flush("")
        told, self._told = self._told, max(self._told, min(self._counted or 0, self._limit))
        return Piece(held, self._told - told, self.finish)

    def _say(self, text: str) -> list[Output]:
        if self._told >= self._limit and (self._counted is None or self._counted > self._limit):
            self.finish, self.cut = "length", True  # the server goes on beyond what was asked for
            return []
        shown = self._watch.feed(text)
        if self._watch.found:
            self.finish, self.cut, self._last = "stop", True, shown
            return []
        told = self._told
        self._told = min(self._limit, told + 1 if self._counted is None else max(told, self._counted))
        return [Piece(shown, self._told - told)]

    def _count(self, chunk: Chunk) -> None:
        if chunk.timings is not None and chunk.timings.predicted_n:
            self._counted = chunk.timings.predicted_n
            self.prompt_tokens = chunk.timings.cache_n + chunk.timings.prompt_n
            self.reused_tokens = chunk.timings.cache_n
        elif chunk.usage is not None:
            self._count_usage(chunk.usage)

    def _count_usage(self, usage: Usage) -> None:
        self.prompt_tokens = usage.prompt_tokens or self.prompt_tokens
        if usage.completion_tokens is not None:
            self._counted = usage.completion_tokens
        details = usage.prompt_tokens_details
        if details is not None and details.cached_tokens is not None:
            self.reused_tokens = details.cached_tokens


def _ended(reason: str) -> Literal["stop", "length"]:
    if reason in STOPS:
        return "stop"
    if reason == "length":
        return "length"
    if reason == "content_filter":
        raise Refused(
            "The model server's filter broke the answer off.",
            code="generator.filtered",
            hint="Use a server without one, or another model.",
        )
    raise garbage("an answer that ended for no reason we know")
