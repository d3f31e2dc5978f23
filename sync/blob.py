"""Blobs of any size in pieces that fit a message, each checked on arrival: nothing false is ever kept.

    piece 1 … n   the blob's bytes, 96 KiB each, the last as long as it is
    piece 0       the index: MessagePack {size, pieces: [SHA-256 of each]}
    digest        SHA-256 of the index: the blob's name

So a head names a blob of any size by 32 bytes, and pieces may come in any order, twice, over weeks, from
whoever has them. Keeping pieces is not here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from sync.document import decode_exact, encode
from sync.errors import Corrupt, Refused
from sync.identity import Count, Digest, digest

PIECE_BYTES = 96 * 1024
MOST_PIECES = 2_900
INDEX_LIMIT_BYTES = PIECE_BYTES + 1024
BLOB_LIMIT_BYTES = MOST_PIECES * PIECE_BYTES

PieceDigest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Piece 0."""

    size: Annotated[int, msgspec.Meta(ge=0, le=BLOB_LIMIT_BYTES)]
    pieces: Annotated[tuple[PieceDigest, ...], msgspec.Meta(max_length=MOST_PIECES)]

    def __post_init__(self) -> None:
        if len(self.pieces) != -(-self.size // PIECE_BYTES):
            raise ValueError("the number of pieces does not fit the size")

    def length(self, piece: int) -> int:
        """How many bytes piece 1 … n has."""
        return min(PIECE_BYTES, self.size - (piece - 1) * PIECE_BYTES)


class BlobRef(msgspec.Struct, frozen=True, kw_only=True):
    """A blob by name. `size` bounds what is fetched, `unpacked` what it may become."""

    digest: Digest
    size: Count
    unpacked: Count


@dataclass(frozen=True)
class Blob:
    """A blob cut up: piece 0 is the index."""

    digest: str
    pieces: tuple[bytes, ...]


def cut(data: bytes) -> Blob:
    """The pieces of a blob, index first. Refused when it has more than 2,900 (272 MiB)."""
    if len(data) > BLOB_LIMIT_BYTES:
        raise _too_large(len(data))
    pieces = tuple(in_pieces([data]))
    index = index_of(len(data), [piece_digest(piece) for piece in pieces])
    return Blob(digest(index), (index, *pieces))


def in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces 1 … n of the bytes that come in parts of any size; holds no more than one piece and one part."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        at = 0
        while len(waiting) - at >= PIECE_BYTES:
            yield bytes(waiting[at : at + PIECE_BYTES])
            at += PIECE_BYTES
        del waiting[:at]
    if waiting:
        yield bytes(waiting)


def piece_digest(piece: bytes) -> bytes:
    """What the index says of a piece."""
    return bytes.fromhex(digest(piece))


def index_of(size: int, digests: Sequence[bytes]) -> bytes:
    """Piece 0; its SHA-256 is the blob's name. Refused when the blob is too big."""
    if size > BLOB_LIMIT_BYTES:
        raise _too_large(size)
    return encode(Index(size=size, pieces=tuple(digests)), INDEX_LIMIT_BYTES)


def read_index(ref: BlobRef, data: bytes) -> Index:
    """The index of a blob. Corrupt when it is not that blob's, or not of the size that was promised."""
    if digest(data) != ref.digest:
        raise _false(ref, 0)
    index = decode_exact(data, Index, INDEX_LIMIT_BYTES)
    if index.size != ref.size:
        raise _false(ref, 0)
    return index


def check(ref: BlobRef, index: Index, piece: int, data: bytes) -> bytes:
    """The bytes of piece 1 … n. Corrupt when they are not what the index names, whatever else they are."""
    if not 1 <= piece <= len(index.pieces) or len(data) != index.length(piece):
        raise _false(ref, piece)
    if piece_digest(data) != index.pieces[piece - 1]:
        raise _false(ref, piece)
    return data


def missing(index: Index, have: set[int]) -> Iterator[int]:
    """Pieces still to fetch, in order."""
    return (piece for piece in range(1, len(index.pieces) + 1) if piece not in have)


def _too_large(size: int) -> Refused:
    return Refused(
        f"A blob of {size} bytes is too big: at most {BLOB_LIMIT_BYTES}.",
        code="blob.too_large",
        hint="Split the market, or leave the vectors out.",
    )


def _false(ref: BlobRef, piece: int) -> Corrupt:
    return Corrupt(
        f"Piece {piece} of {ref.digest[:12]}… is not what its name says.",
        code="blob.false",
        hint="It is thrown away and fetched again; a captive portal or an old copy may be in the way.",
    )
