"""Blobs under way: pieces in any order, each checked as it comes, kept over restarts.

    uplink/blob/{digest}.index    piece 0
    uplink/blob/{digest}.data     the blob's bytes in their places; what has not come is a hole

Nothing is believed of what lies on the disk: after a restart every piece is held against its digest again,
so a power cut in the middle of one costs that one piece. Asking for pieces is `market.py`.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from edge.uplink.identity import FOLDER_RIGHTS
from sync.blob import PIECE_BYTES, BlobRef, Index, check, missing, read_index
from sync.errors import Corrupt, PrilavokError, Unavailable

FOLDER = "blob"


class Blob:
    """One blob under way. Unavailable where the disk cannot be written."""

    def __init__(self, folder: Path, ref: BlobRef) -> None:
        self.ref = ref
        self._folder = folder
        self._index_path = folder / f"{ref.digest}.index"
        self._data_path = folder / f"{ref.digest}.data"
        self.index = self._stored_index()
        self._have = set(self._stored_pieces())

    def missing(self) -> Iterator[int]:
        """Numbers of pieces still to come, in order; 0 is the index."""
        return iter((0,)) if self.index is None else missing(self.index, self._have)

    @property
    def complete(self) -> bool:
        """Whether all of it is here."""
        return next(self.missing(), None) is None

    @property
    def size_here(self) -> int:
        """Bytes of it that are here."""
        return sum(self.index.length(piece) for piece in self._have) if self.index is not None else 0

    def put(self, piece: int, data: bytes) -> None:
        """Keeps a piece. Corrupt when it is not what it should be: then nothing is kept of it."""
        if piece == 0:
            index = read_index(self.ref, data)
            self._write(self._index_path, 0, data)
            self.index = index
        elif self.index is not None and piece not in self._have:
            check(self.ref, self.index, piece, data)
            self._write(self._data_path, (piece - 1) * PIECE_BYTES, data)
            self._have.add(piece)

    def read(self) -> Iterator[bytes]:
        """The blob's bytes in order, each piece checked once more. Corrupt when the disk changed one."""
        index = self.index
        if index is None:
            raise Corrupt("The blob has no index.", code="blob.false", hint="It is fetched again.")
        with open(self._data_path, "rb") as file:
            for piece in range(1, len(index.pieces) + 1):
                yield check(self.ref, index, piece, file.read(index.length(piece)))

    def remove(self) -> None:
        """Forgets it."""
        for path in (self._index_path, self._data_path):
            with suppress(OSError):
                path.unlink()

    def _stored_index(self) -> Index | None:
        with suppress(OSError, PrilavokError):
            return read_index(self.ref, self._index_path.read_bytes())
        return None

    def _stored_pieces(self) -> Iterator[int]:
        index = self.index
        if index is None:
            return
        with suppress(OSError), open(self._data_path, "rb") as file:
            for piece in range(1, len(index.pieces) + 1):
                data = file.read(index.length(piece))
                with suppress(PrilavokError):
                    check(self.ref, index, piece, data)
                    yield piece

    def _write(self, path: Path, at: int, data: bytes) -> None:
        try:
            self._folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(handle, data, at)
            finally:
                os.close(handle)
        except OSError as error:
            raise Unavailable(
                f"A piece of the catalogue cannot be kept in {self._folder}: {error.strerror}.",
                code="disk.full",
                hint="Free some space; it goes on from there.",
            ) from None


def clear(folder: Path, wanted: Iterable[BlobRef] = ()) -> None:
    """Removes what is not wanted any more."""
    names = {ref.digest for ref in wanted}
    with suppress(OSError):
        for path in folder.iterdir():
            if path.name.partition(".")[0] not in names:
                path.unlink(missing_ok=True)


def need_room(folder: Path, ref: BlobRef, spare_bytes: int) -> None:
    """Unavailable when the disk has no room for a blob and what it becomes, beside what must stay free."""
    free = shutil.disk_usage(folder if folder.is_dir() else folder.parent).free
    if free < ref.size + 2 * ref.unpacked + spare_bytes:
        raise Unavailable(
            f"The published catalogue needs {(ref.size + 2 * ref.unpacked) // 1024 // 1024} MiB of disk.",
            code="disk.short",
            hint="Free some space; the node goes on with the catalogue that it has.",
        )
