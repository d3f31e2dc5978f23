"""Where model files lie on this machine, and whether they are the ones the registry names.

One folder a model, its files inside. A file that was hashed is remembered by size and modification time, so
that a start need not hash half a gigabyte. Leaves out fetching and choosing.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from models.registry import File, Model
from sync.errors import Conflict, Corrupt, Missing

Condition = Literal["intact", "missing", "corrupt"]


class _Stamp(msgspec.Struct, frozen=True):
    """A file as it was when it hashed to `sha256`."""

    sha256: str
    size_bytes: int
    modified_ns: int


class Shelf:
    """The folder of all models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, model: Model) -> Path:
        """The model's own folder, there or not."""
        return self.folder / model.name

    def path(self, model: Model, file: File) -> Path:
        """Where a file of the model lies or will lie."""
        return self.place(model) / file.path

    def complete(self, model: Model) -> bool:
        """Whether every file is there and has the right size. Hashes nothing."""
        return all(self._fits(self.path(model, file), file) for file in model.files)

    def require(self, model: Model) -> Path:
        """The model's folder. Raises Missing where it is not complete."""
        if not self.complete(model):
            raise Missing(
                f"{model.name} is not complete in {self.place(model)}.",
                code="models.absent",
                hint=f"Run `prilavok-edge models pull {model.name}`.",
            )
        return self.place(model)

    def condition(self, model: Model, file: File, *, thorough: bool = False) -> Condition:
        """A file's state; hashed where it changed since it last was, always where `thorough`."""
        path = self.path(model, file)
        if not path.is_file():
            return "missing"
        if not self._fits(path, file):
            return "corrupt"
        if not thorough and self._stamps(model).get(file.path) == _stamp(path, file.sha256):
            return "intact"
        if sha256_of(path) != file.sha256:
            return "corrupt"
        self._remember(model, file)
        return "intact"

    def put(self, part: Path, model: Model, file: File) -> None:
        """Check a finished download and move it into place: flushed, then renamed. Raises Corrupt."""
        actual = sha256_of(part)
        if actual != file.sha256:
            raise Corrupt(
                f"{file.path} hashes to {actual[:12]}…, not to {file.sha256[:12]}….",
                code="models.hash",
                hint="The source carries other bytes; nothing was replaced.",
            )
        target = self.path(model, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        flush(part)
        os.replace(part, target)
        flush(target.parent)
        self._remember(model, file)

    @contextmanager
    def locked(self, model: Model) -> Iterator[None]:
        """Keep other processes from writing this model meanwhile. Raises Conflict where one does."""
        self.place(model).mkdir(parents=True, exist_ok=True)
        with (self.place(model) / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"Another process is fetching {model.name}.",
                    code="models.locked",
                    hint="Wait until it has finished.",
                ) from None
            yield

    def _fits(self, path: Path, file: File) -> bool:
        return path.is_file() and file.size_bytes in (None, path.stat().st_size)

    def _stamps(self, model: Model) -> dict[str, _Stamp]:
        try:
            return msgspec.json.decode(
                (self.place(model) / ".verified.json").read_bytes(), type=dict[str, _Stamp]
            )
        except (OSError, msgspec.MsgspecError):
            return {}

    def _remember(self, model: Model, file: File) -> None:
        stamps = self._stamps(model) | {file.path: _stamp(self.path(model, file), file.sha256)}
        try:
            write(self.place(model) / ".verified.json", msgspec.json.encode(stamps))
        except PermissionError:
            return  # a shelf that may only be read is hashed anew each time


def _stamp(path: Path, sha256: str) -> _Stamp:
    status = path.stat()
    return _Stamp(sha256, status.st_size, status.st_mtime_ns)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb", buffering=0) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have a file's bytes or a folder's entries on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes) -> None:
    """Replace a small state file: the old or the new one is there, whole, at any instant."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    flush(temporary)
    os.replace(temporary, path)
    flush(path.parent)
