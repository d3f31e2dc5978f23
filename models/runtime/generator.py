"""The port behind which text is generated: what a request is, what comes back, and how it is stopped.

Types only. `llama.py` implements it over llama.cpp, `remote.py` over any OpenAI-compatible server.
"""

from collections.abc import AsyncGenerator, Mapping
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
    greedy. `stop` strings end the text and are not part of it. `logit_bias` is added to the logits of token
    ids. `ignore_eos` goes on where the model would end (for measurement). `session` is whose request it is:
    the queue is first come, first served among sessions and fair between them.
    """

    messages: tuple[ChatMessage, ...] = ()
    prompt: str | None = None
    grammar: str | None = None
    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    logit_bias: dict[int, float] = {}
    ignore_eos: bool = False
    session: str = ""


class Queued(msgspec.Struct, frozen=True, tag=True):
    """The request waits: `position` requests go before it (0: it is next), for about `expected_wait_s`."""

    position: int
    expected_wait_s: float


class Started(msgspec.Struct, frozen=True, tag=True):
    """The request is served. `reused_tokens` of the prompt were known already and are not computed again."""

    prompt_tokens: int
    reused_tokens: int = 0


class Piece(msgspec.Struct, frozen=True, tag=True):
    """Some text, and the tokens it took (a piece may be empty text: half a character, or the end).

    `finish` is set on the last piece alone: "stop" (the model, the grammar or a stop string ended it) or
    "length".
    """

    text: str
    tokens: int
    finish: Literal["stop", "length"] | None = None


Output = Queued | Started | Piece


class Generator(Protocol):
    """An engine that answers many requests, in turn or at once."""

    @property
    def name(self) -> str:
        """The registry name."""
        ...

    def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        """Queued as often as there is news while the request waits, Started once, then the text in pieces.

        `aclose()` on the iterator stops the work within one step. Raises Refused (prompt too long, bad
        grammar, bad messages) or Unavailable (busy, closed, the engine failed). A request that failed does
        not spoil the next.
        """
        ...

    def vitals(self) -> Mapping[str, float]:
        """Figures of the engine for `/metrics`, by name: a counter's name ends in `_total`, a gauge's in its
        unit. Cheap, from any thread."""
        ...

    async def close(self) -> None:
        """Stop what runs, refuse what waits, give the memory back. A second call does nothing."""
        ...
