"""The port behind which text is generated: what a request is, what comes back, and how it is stopped.

Types only. `models/runtime/llama.py` implements it over llama.cpp.
"""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

import msgspec


class ChatMessage(msgspec.Struct, frozen=True):
    """One message for the model's chat template; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to generate from, and within which bounds.

    Either `messages` (laid out by the model's own chat template; control tokens in them are taken out) or
    `prompt` (taken as it is, control tokens included). With both, `prompt` follows the laid-out messages: it
    is the beginning of the answer, already given. `grammar` is GBNF with a rule `root`. `temperature` 0 is
    greedy. `stop` strings end the text and are not part of it.
    """

    messages: tuple[ChatMessage, ...] = ()
    prompt: str | None = None
    grammar: str | None = None
    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()


class Piece(msgspec.Struct, frozen=True):
    """Some text, and the tokens it took (a piece may be empty text: half a character, or the end).

    `finish` is set on the last piece alone: "stop" (the model, the grammar or a stop string ended it) or
    "length".
    """

    text: str
    tokens: int
    finish: Literal["stop", "length"] | None = None


class Generator(Protocol):
    """An engine that answers many requests, in turn or at once."""

    @property
    def name(self) -> str:
        """The registry name."""
        ...

    def generate(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Stream the text. `aclose()` on the iterator stops the work within one token.

        Raises Refused (prompt too long, bad grammar, bad messages) or Unavailable (busy, closed, the engine
        failed). A request that failed does not spoil the next.
        """
        ...

    def prompt_tokens(self, request: Request) -> int:
        """How many tokens the laid-out prompt takes. Raises as generate does."""
        ...

    async def close(self) -> None:
        """Stop what runs, refuse what waits, give the memory back. A second call does nothing."""
        ...
