"""Where lines come from: a file, a gzip file or standard input. Which form they are in: sync.interchange."""

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from sync.errors import Corrupt, Missing, Refused
from sync.interchange.form import Unpacked, unpacked

STDIN = "-"


@contextmanager
def opened(path: Path, taken: Callable[[int], None] | None = None) -> Iterator[Unpacked]:
    """The bytes of a source, unpacked where it is gzip. `taken` hears the bytes read so far, as stored."""
    try:
        raw = sys.stdin.buffer if str(path) == STDIN else open(path, "rb")  # noqa: SIM115 (closed below)
    except IsADirectoryError as error:
        raise Refused(f"{path} is a folder.", code="source.folder", hint="Name a file.") from error
    except OSError as error:
        raise Missing(
            f"cannot read {path}: {error.strerror}.",
            code="source.missing",
            hint="Check the path and its rights.",
        ) from error
    try:
        yield unpacked(cast(BinaryIO, _Counted(raw, taken)))
    except (gzip.BadGzipFile, EOFError) as error:
        raise Corrupt(
            f"{path} breaks off: {error}.", code="source.gzip", hint="Fetch the file again."
        ) from error
    finally:
        if raw is not sys.stdin.buffer:
            raw.close()


class _Counted(io.RawIOBase):
    """Tells how far the reading has come."""

    def __init__(self, source: BinaryIO, taken: Callable[[int], None] | None) -> None:
        self._source = source
        self._taken = taken
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._taken is not None:
            self._taken(self._count)
        return len(data)
