"""What a catalogue's content is, whatever the order it arrived in: the digest by which node and hub compare.

    line digest      BLAKE2b-128 of the line: JSON, keys sorted, no spaces, UTF-8
    content digest   SHA-256 over a label, the market's line digest, and id and line digest of every provider,
                     by id in the order of its UTF-8 bytes

A node stores line digests anyway, so a state is compared without reading its documents.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.errors import Corrupt, Refused

LINE_DIGEST_BYTES = 16
LINE_LIMIT_BYTES = 1024 * 1024
ID_LIMIT_BYTES = 1_000
_LABEL = b"prilavok/1/content\0"
_canonical = msgspec.json.Encoder(order="sorted").encode


class _Identified(msgspec.Struct):
    id: str


_identify = msgspec.json.Decoder(_Identified).decode


@dataclass(frozen=True)
class State:
    """A catalogue in memory: the market's document and the providers' lines by id, all canonical JSON."""

    market: bytes = b"{}"
    lines: Mapping[str, bytes] = field(default_factory=dict)

    def digest(self) -> str:
        """The content digest."""
        ordered = sorted(self.lines.items())
        return content_digest(self.market, ((id, line_digest(line)) for id, line in ordered))


def canonical(document: dict[str, Any]) -> bytes:
    """The one line that a document is written as."""
    return _canonical(document)


def line_digest(line: bytes) -> bytes:
    """16 bytes that stand for a line."""
    return hashlib.blake2b(line, digest_size=LINE_DIGEST_BYTES).digest()


def id_of(line: bytes) -> str:
    """The id that a line itself states. Corrupt when it states none."""
    try:
        return _identify(line).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Corrupt(
            f"A line is no provider: {error}.",
            code="line.malformed",
            hint="The change was made wrongly; publish the catalogue again.",
        ) from error


def content_digest(market: bytes, lines: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 in hexadecimal over ids and line digests, which come by ascending id, each id once.

    In SQL: ORDER BY id (binary). Refused when they do not come so, for the digest would mean nothing.
    """
    hashed = hashlib.sha256(_LABEL + line_digest(market))
    before = b""
    for id, digest in lines:
        key = id.encode()
        if key <= before or len(key) > ID_LIMIT_BYTES:
            raise Refused(
                f"Provider id {id!r} comes out of order, twice, or is too long.",
                code="content.order",
                hint="Ids come sorted by their UTF-8 bytes.",
            )
        hashed.update(len(key).to_bytes(2, "big") + key + digest)
        before = key
    return hashed.hexdigest()
