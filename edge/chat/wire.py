"""OpenAI's shapes as this node reads and writes them. Types only, and the reading of a request into them.

Fields that OpenAI has and we have no use for are accepted and ignored; fields of ours are `language`,
`session` and `near` in a request, `grounding` in a reply, and `queue` in a stream.
"""

from typing import Any, Literal

import msgspec

from edge.answer.turn import Grounding, Message
from edge.search.query import Near
from sync.errors import Refused

Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
SESSION_CHARS = 128


class ContentPart(msgspec.Struct, frozen=True):
    """A part of a message; only parts of type "text" can be read here."""

    type: str
    text: str = ""


class ChatMessage(msgspec.Struct, frozen=True):
    """One message as clients send it."""

    role: Role
    content: str | list[ContentPart] | None = None

    def text(self) -> str:
        """The text of it. Refused where it holds anything else."""
        if self.content is None:
            return ""
        if isinstance(self.content, str):
            return self.content
        if other := [part.type for part in self.content if part.type != "text"]:
            raise Refused(
                f"A message part of type {other[0]!r} cannot be read here.",
                code="message.not_text",
                hint="Send text.",
            )
        return "\n".join(part.text for part in self.content)


class StreamOptions(msgspec.Struct, frozen=True):
    """`include_usage` adds a last chunk with token counts."""

    include_usage: bool = False


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/chat/completions`. `grammar` (GBNF), `logit_bias` and `ignore_eos` are for the
    bare engine."""

    messages: list[ChatMessage]
    model: str = "prilavok"
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = None
    seed: int | None = None
    n: int | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    logit_bias: dict[str, float] | None = None
    grammar: str | None = None
    ignore_eos: bool = False
    language: str | None = None
    session: str | None = None
    near: Near | None = None

    def conversation(self) -> tuple[Message, ...]:
        """What was said, oldest first; system and tool messages keep their role."""
        return tuple(Message(message.role, message.text()) for message in self.messages)

    def stops(self) -> tuple[str, ...]:
        """The stop strings."""
        if self.stop is None:
            return ()
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens; 0 where no model was asked."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The message of a whole reply, or the new part of it in a stream (`delta`)."""

    role: str | None = None
    content: str | None = None
    refusal: None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The one choice of a whole reply."""

    message: Reply
    finish_reason: Literal["stop", "length"]
    index: int = 0
    logprobs: None = None


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """A whole reply."""

    id: str
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: Usage
    object: Literal["chat.completion"] = "chat.completion"
    grounding: Grounding | msgspec.UnsetType = msgspec.UNSET


class Delta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds."""

    role: str | None = None
    content: str | None = None


class ChunkChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The one choice of a chunk."""

    delta: Delta
    finish_reason: Literal["stop", "length"] | None = None
    index: int = 0
    logprobs: None = None


class QueuePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request waits for the model: how many go before it, and about how long that takes."""

    position: int
    expected_wait_s: float


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a streamed reply."""

    id: str
    created: int
    model: str
    choices: tuple[ChunkChoice, ...]
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    usage: Usage | msgspec.UnsetType | None = msgspec.UNSET
    grounding: Grounding | msgspec.UnsetType = msgspec.UNSET
    queue: QueuePlace | msgspec.UnsetType = msgspec.UNSET


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/embeddings`. `input_type` is ours: what the texts are to be compared as."""

    input: str | list[str]
    model: str = "prilavok"
    encoding_format: Literal["float", "base64"] = "float"
    input_type: Literal["query", "passage"] = "query"


class EmbeddingItem(msgspec.Struct, frozen=True, kw_only=True):
    """One vector: numbers, or base64 of little-endian 32-bit floats."""

    index: int
    embedding: list[float] | str
    object: Literal["embedding"] = "embedding"


class EmbeddingList(msgspec.Struct, frozen=True, kw_only=True):
    """The vectors in the order of the texts."""

    data: tuple[EmbeddingItem, ...]
    model: str
    usage: Usage = Usage()
    object: Literal["list"] = "list"


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """A model that may be named in a request."""

    id: str
    created: int = 0
    owned_by: str = "prilavok"
    object: Literal["model"] = "model"


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    data: tuple[ModelCard, ...]
    object: Literal["list"] = "list"


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong. `type` and `code` are for programs; `hint` (ours) says what to do next."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None
    hint: str | None = None


class ErrorReply(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's error object."""

    error: ErrorBody


def encode(value: Any) -> bytes:
    """JSON as it goes out."""
    return msgspec.json.encode(value)
