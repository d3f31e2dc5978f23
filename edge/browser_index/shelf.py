"""The published generations of the browser index on disk: put there whole, read by digest.

    browser/current            the name of the generation that is offered
    browser/<generation>/      head.json and one file a part, with its gzip form beside it

A generation never changes once it has its name. The one before is kept, for pages that are half through it; a
power cut leaves the old one or the new one, and what is half made is thrown away at the next start.
"""

import gzip
import hashlib
import os
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.browser_index.chunk import chunk_digest
from edge.browser_index.form import FORM, Head, Part
from sync.errors import Corrupt, Missing, Unavailable

CURRENT, HEAD_FILE, DRAFT = "current", "head.json", "draft"
KEPT = 2
NAME_DIGITS = 16


@dataclass(frozen=True)
class Place:
    """Where the bytes with a digest stand."""

    path: Path
    offset: int
    length: int


@dataclass(frozen=True)
class Generation:
    """One published head, and where its files are."""

    name: str
    head: Head
    encoded: bytes
    folder: Path

    def part(self, name: str) -> Path:
        """The file of a part."""
        return self.folder / name


class Shelf:
    """The generations of one data folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._generations: list[Generation] = []
        self._chunks: dict[str, Place] = {}
        self._parts: dict[str, Path] = {}
        self.damaged = False
        self._load()

    @property
    def current(self) -> Generation | None:
        """What is offered now; None before the first was published."""
        return self._generations[0] if self._generations else None

    def head(self) -> Generation:
        """What is offered. Unavailable while the first is being built."""
        if self.current is None:
            raise Unavailable(
                "The browser's copy of the catalogue is being made.",
                code="browser.building",
                hint="Ask again in a moment.",
                retry_after_s=2.0,
            )
        return self.current

    def chunk(self, digest: str) -> bytes:
        """The chunk of that digest. Missing when no generation kept here has it."""
        place = self._chunks.get(digest)
        if place is None:
            raise _gone()
        with suppress(OSError), place.path.open("rb") as file:
            file.seek(place.offset)
            data = file.read(place.length)
            if chunk_digest(data) == digest:
                return data
        raise self._damage(place.path)

    def part(self, digest: str, packed: bool) -> bytes:
        """A whole part, `packed` as gzip. Missing when no generation kept here has it."""
        path = self._parts.get(digest)
        if path is None:
            raise _gone()
        try:
            data = path.with_name(f"{path.name}.gz").read_bytes() if packed else path.read_bytes()
        except OSError:
            raise self._damage(path) from None
        if not packed and hashlib.sha256(data).hexdigest() != digest:
            raise self._damage(path)
        return data

    def draft(self) -> Path:
        """An empty folder to make the files of the next generation in."""
        draft = self._folder / DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        return draft

    def publish(self, draft: Path, head: Head) -> Generation:
        """Offers the draft, whole or not at all, and lets the oldest generation go."""
        encoded = msgspec.json.encode(head)
        for name, part in head.parts.items():
            self._pack(draft / name, part)
        (draft / HEAD_FILE).write_bytes(encoded)
        for path in draft.iterdir():
            _sync(path)
        name = hashlib.sha256(encoded).hexdigest()[:NAME_DIGITS]
        target = self._folder / name
        with self._lock:
            shutil.rmtree(target, ignore_errors=True)
            os.replace(draft, target)
            _write_whole(self._folder / CURRENT, name.encode())
            kept = [one for one in self._generations if one.name != name][: KEPT - 1]
            self._offer([Generation(name, head, encoded, target), *kept])
            self.damaged = False
            self._tidy()
        return self._generations[0]

    def _pack(self, path: Path, part: Part) -> None:
        """The gzip form of a part, taken over where the part is one that is offered already."""
        packed, known = path.with_name(f"{path.name}.gz"), self._parts.get(part.digest)
        if known is not None and not self.damaged:
            shutil.copyfile(known.with_name(f"{known.name}.gz"), packed)
        else:
            packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))

    def _load(self) -> None:
        """What was published before; what cannot be read is made again."""
        try:
            current = (self._folder / CURRENT).read_text("ascii")
        except (OSError, UnicodeDecodeError):
            return
        found = [one for path in self._folder.iterdir() if (one := _read(path))]
        found.sort(key=lambda one: (one.name != current, one.head.made_at))
        if found and found[0].name == current:
            self._offer(found[:KEPT])
            self._tidy()

    def _offer(self, generations: list[Generation]) -> None:
        chunks: dict[str, Place] = {}
        parts: dict[str, Path] = {}
        for one in reversed(generations):
            for name, part in one.head.parts.items():
                parts[part.digest] = one.part(name)
                chunks |= _places(one.part(name), part)
        self._generations, self._chunks, self._parts = generations, chunks, parts

    def _tidy(self) -> None:
        kept = {one.name for one in self._generations}
        for path in self._folder.iterdir():
            if path.is_dir() and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)

    def _damage(self, path: Path) -> Corrupt:
        self.damaged = True
        return Corrupt(
            f"{path.name} of the browser index is damaged; it is made again.",
            code="browser.damaged",
            hint="Ask for the head again in a moment.",
        )


def _gone() -> Missing:
    return Missing(
        "No current browser index has these bytes.", code="browser.gone", hint="Fetch /browser/head again."
    )


def _places(path: Path, part: Part) -> dict[str, Place]:
    size = part.chunk_bytes
    return {
        digest: Place(path, n * size, min(size, part.bytes - n * size))
        for n, digest in enumerate(part.chunks)
    }


def _read(folder: Path) -> Generation | None:
    try:
        encoded = (folder / HEAD_FILE).read_bytes()
        head = msgspec.json.decode(encoded, type=Head)
    except (OSError, msgspec.DecodeError):
        return None
    whole = all(
        (folder / name).is_file() and (folder / name).stat().st_size == p.bytes
        for name, p in head.parts.items()
    )
    named = hashlib.sha256(encoded).hexdigest()[:NAME_DIGITS] == folder.name
    return Generation(folder.name, head, encoded, folder) if whole and named and head.form == FORM else None


def _write_whole(path: Path, data: bytes) -> None:
    """A small file, replaced whole, with its folder on the disk."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(data)
    _sync(partial)
    os.replace(partial, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
