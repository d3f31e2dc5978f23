"""Where lines come from: a file, a gzip file or standard input, and which form they are in."""

import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast, get_args

from edge.catalog.entry import Entries
from edge.catalog.reader import jsonl, jsonld, osm, table
from edge.catalog.reader.context import Context
from edge.catalog.reader.mapping import Mapping
from sync.errors import Corrupt, Missing, Refused

Form = Literal["jsonl", "csv", "jsonld", "overpass", "geojson"]
FORMS: tuple[Form, ...] = get_args(Form)
HEAD_BYTES = 65_536
STDIN = "-"

_READERS: dict[Form, Callable[[BinaryIO, Context], Entries]] = {
    "jsonld": jsonld.read,
    "overpass": osm.read_overpass,
    "geojson": osm.read_geojson,
}


@contextmanager
def opened(path: Path, taken: Callable[[int], None] | None = None) -> Iterator[BinaryIO]:
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
        counted = io.BufferedReader(cast(io.RawIOBase, _Counted(raw, taken)), HEAD_BYTES)
        if counted.peek(2)[:2] == b"\x1f\x8b":
            unpacked = gzip.GzipFile(fileobj=counted)
            yield cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, unpacked), HEAD_BYTES))
        else:
            yield cast(BinaryIO, counted)
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


def entries(source: BinaryIO, form: Form, context: Context, mapping: Mapping | None = None) -> Entries:
    """The entries of a source in a known form."""
    if form == "jsonl":
        return jsonl.read(source)
    if form == "csv":
        return table.read(source, context, mapping)
    return _READERS[form](source, context)


def sniff(path: Path, source: BinaryIO) -> Form:
    """The form by the file's name, else by its first bytes. Refused where neither tells."""
    name = path.name.lower().removesuffix(".gz")
    for ending, form in ((".jsonl", "jsonl"), (".ndjson", "jsonl"), (".csv", "csv"), (".geojson", "geojson")):
        if name.endswith(ending):
            return cast(Form, form)
    head = cast(io.BufferedReader, source).peek(HEAD_BYTES)
    if name.endswith(".jsonld") or b'"@context"' in head or b'"@type"' in head:
        return "jsonld"
    if b'"FeatureCollection"' in head or b'"features"' in head:
        return "geojson"
    if b'"elements"' in head:
        return "overpass"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "jsonl"
    raise Refused(
        f"the form of {path} is not known.",
        code="source.form",
        hint=f"Say which with --format: {', '.join(FORMS)}.",
    )
