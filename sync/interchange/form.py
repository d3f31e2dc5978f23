"""Which form lines are in, and the reader of each. Where the bytes come from is the caller's."""

import gzip
import io
from collections.abc import Callable
from typing import BinaryIO, Literal, TypeAlias, cast, get_args

from sync.errors import Refused
from sync.interchange.entry import Entries
from sync.interchange.reader import jsonl, jsonld, osm, table
from sync.interchange.reader.context import Context
from sync.interchange.reader.mapping import Mapping

Form = Literal["jsonl", "csv", "jsonld", "overpass", "geojson"]
FORMS: tuple[Form, ...] = get_args(Form)
HEAD_BYTES = 65_536
Unpacked: TypeAlias = "io.BufferedReader[io.RawIOBase]"

_READERS: dict[Form, Callable[[BinaryIO, Context], Entries]] = {
    "jsonld": jsonld.read,
    "overpass": osm.read_overpass,
    "geojson": osm.read_geojson,
}


def unpacked(source: BinaryIO) -> Unpacked:
    """The bytes of a source, unpacked where it is gzip.

    Reading one that breaks off raises gzip.BadGzipFile or EOFError.
    """
    raw = io.BufferedReader(cast(io.RawIOBase, source), HEAD_BYTES)
    if raw.peek(2)[:2] != b"\x1f\x8b":
        return raw
    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=raw)), HEAD_BYTES)


def entries(source: BinaryIO, form: Form, context: Context, mapping: Mapping | None = None) -> Entries:
    """The entries of a source in a known form."""
    if form == "jsonl":
        return jsonl.read(source)
    if form == "csv":
        return table.read(source, context, mapping)
    return _READERS[form](source, context)


def sniff(name: str, head: bytes) -> Form:
    """The form by the file's name, else by its first bytes. Refused where neither tells."""
    lower = name.lower().removesuffix(".gz")
    for ending, form in ((".jsonl", "jsonl"), (".ndjson", "jsonl"), (".csv", "csv"), (".geojson", "geojson")):
        if lower.endswith(ending):
            return cast(Form, form)
    if lower.endswith(".jsonld") or b'"@context"' in head or b'"@type"' in head:
        return "jsonld"
    if b'"FeatureCollection"' in head or b'"features"' in head:
        return "geojson"
    if b'"elements"' in head:
        return "overpass"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "jsonl"
    raise Refused(
        f"the form of {name} is not known.",
        code="source.form",
        hint=f"Say which with --format: {', '.join(FORMS)}.",
    )
