"""A server's answer read strictly: server-sent events within bounds, and the chunks of OpenAI's stream.

Bytes in, chunks out; no I/O. The form of events: the HTML standard, 9.2.6; fields it does not name are no
events of a model server and are refused. Leaves out what a chunk means for the answer (`remote_answer.py`).
"""

import re

import msgspec

from sync.errors import Unavailable

LINE_BYTES = 64 * 1024
DONE = "[DONE]"
FIELDS = frozenset(("data", "event", "id", "retry", "error"))
_ENDS = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a last \r may be half of \r\n


class Delta(msgspec.Struct, frozen=True):
    """What is added to a message. Thoughts (`reasoning_content`) are never shown."""

    content: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """`delta` of a chat, `text` of a completion."""

    delta: Delta | None = None
    text: str | None = None
    finish_reason: str | None = None


class Details(msgspec.Struct, frozen=True):
    """Tokens of the prompt that were not computed again."""

    cached_tokens: int | None = None


class Usage(msgspec.Struct, frozen=True):
    """Tokens so far."""

    prompt_tokens: int = 0
    completion_tokens: int | None = None
    prompt_tokens_details: Details | None = None


class Timings(msgspec.Struct, frozen=True):
    """llama.cpp's count: prompt tokens known before, computed, and tokens generated so far."""

    cache_n: int = 0
    prompt_n: int = 0
    predicted_n: int = 0


class Fault(msgspec.Struct, frozen=True):
    """An error object; servers differ in what `code` is."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None


class Chunk(msgspec.Struct, frozen=True):
    """One event. A chunk without choices carries usage alone."""

    choices: tuple[Choice, ...] | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    error: Fault | str | None = None


class Events:
    """Feed it bytes as they come, at most `limit_bytes` of them."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._seen = 0
        self._rest = b""
        self._data: list[str] = []

    def feed(self, block: bytes) -> list[str]:
        """The data of the events that are whole now. Raises Unavailable for what is no event."""
        self._seen += len(block)
        if self._seen > self._limit:
            raise garbage(f"more than {self._limit} bytes for one answer")
        *lines, self._rest = _ENDS.split(self._rest + block)
        if max(map(len, (*lines, self._rest))) > LINE_BYTES:
            raise garbage(f"a line of more than {LINE_BYTES} bytes")
        return [data for line in lines if (data := self._take(line)) is not None]

    def _take(self, line: bytes) -> str | None:
        """The data of an event that this line ends."""
        if not line:
            data, self._data = "\n".join(self._data), []
            return data or None
        if line.startswith(b":"):
            return None  # a comment, often to keep the line awake
        try:
            name, _, value = line.decode("utf-8").removeprefix("\ufeff").partition(":")
        except UnicodeDecodeError:
            raise garbage("bytes that are not UTF-8") from None
        if name not in FIELDS:
            raise garbage("something else than events")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        elif name == "error":  # llama.cpp before 2025 told of errors so
            self._data.append(f'{{"error":{value}}}')
        return None


def chunk(data: str) -> Chunk:
    """One event's data. Raises Unavailable where it is no chunk of OpenAI's stream."""
    try:
        read = msgspec.json.decode(data, type=Chunk)
    except (msgspec.DecodeError, ValueError):
        raise garbage("an event that is no chunk") from None
    if read.choices is None and read.error is None and read.usage is None and read.timings is None:
        raise garbage("an event that is no chunk")
    return read


def garbage(what: str) -> Unavailable:
    """The server does not speak as it should; what it said is not repeated: it may hold anything."""
    return Unavailable(
        f"The model server sent {what}.",
        code="generator.garbage",
        hint="Check generator_url and generator_flavour; `prilavok-edge doctor` asks the server who it is.",
    )
