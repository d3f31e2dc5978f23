"""The file of a small model as a page can take it along: named by its digest, checked piece by piece.

Only a model that is one GGUF file of at most LIMIT_BYTES is offered: a browser holds all of it in memory.
Which model that is, is decided where the node's parts are opened.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from models.registry import Model
from models.shelf import Shelf
from sync.errors import Unavailable

LIMIT_BYTES = 150 * 1024 * 1024
CHUNK_BYTES = 4 * 1024 * 1024
CHUNK_DIGITS = 32


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a page needs to fetch it. `digest` is the file's SHA-256, a chunk's the first 32 digits of its
    own; `modes` says how it may speak, by language."""

    name: str
    digest: str
    bytes: int
    chunk_bytes: int
    chunks: tuple[str, ...]
    modes: dict[str, str]
    form: int = 1


class BrowserModel:
    """One file, never changed while it is served; `modes` says how it may speak, by language."""

    def __init__(self, name: str, path: Path, digest: str, modes: Mapping[str, str]) -> None:
        self.name = name
        self.path = path
        self.digest = digest
        self.modes = modes
        self._lock = threading.Lock()
        self._head: Head | None = None

    def head(self) -> Head:
        """Blocking: the first time the whole file is read. Unavailable where it cannot be."""
        with self._lock:
            if self._head is None:
                self._head = self._read_head()
            return self._head

    def size(self) -> int:
        """In bytes."""
        try:
            return self.path.stat().st_size
        except OSError as error:
            raise _gone(self.path, error) from error

    def pieces(self, start: int, end: int, piece_bytes: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The bytes from `start` up to and without `end`. Blocking."""
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                while start < end and (piece := file.read(min(piece_bytes, end - start))):
                    start += len(piece)
                    yield piece
        except OSError as error:
            raise _gone(self.path, error) from error

    def _read_head(self) -> Head:
        size = self.size()
        digests = [hashlib.sha256(piece).hexdigest()[:CHUNK_DIGITS] for piece in self.pieces(0, size)]
        return Head(
            name=self.name,
            digest=self.digest,
            bytes=size,
            chunk_bytes=CHUNK_BYTES,
            chunks=tuple(digests),
            modes=dict(self.modes),
        )


def offered(model: Model | None, shelf: Shelf) -> BrowserModel | None:
    """The model as pages can have it; None where it is not here, too large, in pieces, or may not speak."""
    modes = {language: mode for language, mode in model.modes.items() if mode != "template"} if model else {}
    if model is None or not modes or len(model.files) != 1 or not shelf.complete(model):
        return None
    (file,) = model.files
    path = shelf.path(model, file)
    if path.suffix != ".gguf" or path.stat().st_size > LIMIT_BYTES:
        return None
    return BrowserModel(model.name, path, file.sha256, modes)


def _gone(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"{path.name} cannot be read: {error.strerror}.",
        code="browser.model_unreadable",
        hint="Run `prilavok-edge models verify`.",
    )
