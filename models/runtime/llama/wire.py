"""What the node and the engine's process say to each other: MessagePack frames over a local socket.

A frame is its length in four bytes (little-endian), then a struct tagged with its name.
"""

from collections.abc import Iterator

import msgspec

from models.runtime.generator import Piece, Queued, Request, Started
from sync import errors
from sync.errors import PrilavokError, Unavailable

LIMIT_BYTES = 64 * 1024 * 1024


class Setup(msgspec.Struct, frozen=True, tag=True):
    """First word to the process. Empty `state` keeps nothing over a restart."""

    path: str
    sequences: int
    context: int
    threads: int
    batch: int
    queue_limit: int
    running_limit: int
    cache_bytes: int
    memory_bytes: int
    record_kv: bool
    drafts: bool
    state: str
    state_bytes: int


class Generate(msgspec.Struct, frozen=True, tag=True):
    """Serve a request; its news carry the id."""

    id: int
    request: Request


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Nobody listens any more."""

    id: int


class Tune(msgspec.Struct, frozen=True, tag=True):
    """What the governor decided."""

    threads: int
    chunk: int


class Close(msgspec.Struct, frozen=True, tag=True):
    """Keep what is worth keeping, and end."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The model is loaded."""

    context: int
    sequences: int
    record_kv: bool
    restored_tokens: int
    load_s: float


class Failure(msgspec.Struct, frozen=True, tag=True):
    """An error of ours on its way."""

    kind: str
    message: str
    code: str
    hint: str

    @classmethod
    def of(cls, error: PrilavokError) -> "Failure":
        """Packed."""
        return cls(type(error).__name__, error.message, error.code, error.hint)

    def unpack(self) -> PrilavokError:
        """As it was raised."""
        kind = getattr(errors, self.kind, Unavailable)
        error: PrilavokError = kind(self.message, code=self.code, hint=self.hint)
        return error


class News(msgspec.Struct, frozen=True, tag=True):
    """What happened to requests since the last frame, in order; empty as a sign of life."""

    of: list[tuple[int, Queued | Started | Piece | Failure]]
    vitals: dict[str, float] | None = None


Order = Setup | Generate | Cancel | Tune | Close
Report = Ready | Failure | News

_encoder = msgspec.msgpack.Encoder()
orders = msgspec.msgpack.Decoder(Order)
reports = msgspec.msgpack.Decoder(Report)


def frame(message: Order | Report) -> bytes:
    """Ready to send. OverflowError or ValueError for what cannot be written down, or is longer than the
    other side takes."""
    body = _encoder.encode(message)
    if len(body) > LIMIT_BYTES:
        raise ValueError(f"it takes {len(body)} bytes")
    return len(body).to_bytes(4, "little") + body


class Frames:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Whole frames, without their lengths. ValueError for one that is too long."""
        self._buffer += data
        while len(self._buffer) >= 4:
            size = int.from_bytes(self._buffer[:4], "little")
            if size > LIMIT_BYTES:
                raise ValueError(f"a frame of {size} bytes")
            if len(self._buffer) < 4 + size:
                return
            body = bytes(self._buffer[4 : 4 + size])
            del self._buffer[: 4 + size]
            yield body
