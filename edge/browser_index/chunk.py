"""Cuts files into chunks of one size, each with its digest.

One size, not by content: a SQLite file that is changed in place keeps its pages where they were, so a change
touches the chunks of the pages it wrote and no others.
"""

import hashlib
from pathlib import Path

from edge.browser_index.form import CHUNK_DIGITS, Part


def cut(path: Path, media_type: str, size_bytes: int) -> Part:
    """The part that a file is."""
    whole, total, chunks = hashlib.sha256(), 0, []
    with path.open("rb") as file:
        while data := file.read(size_bytes):
            whole.update(data)
            total += len(data)
            chunks.append(chunk_digest(data))
    return Part(
        digest=whole.hexdigest(),
        bytes=total,
        media_type=media_type,
        chunk_bytes=size_bytes,
        chunks=tuple(chunks),
    )


def chunk_digest(data: bytes) -> str:
    """The name of a chunk."""
    return hashlib.sha256(data).hexdigest()[:CHUNK_DIGITS]
