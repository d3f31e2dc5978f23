"""A model as a counter offers it to pages: a file of zeros, whole in its digests and of no use."""

import hashlib

CHUNK_BYTES = 4 * 1024 * 1024


def head(size: int) -> dict[str, object] | None:
    """What `GET /browser/model` says of `size` bytes; None for none."""
    if not size:
        return None
    sizes = [min(CHUNK_BYTES, size - at) for at in range(0, size, CHUNK_BYTES)]
    digests = {one: hashlib.sha256(bytes(one)).hexdigest()[:32] for one in set(sizes)}
    return {
        "form": 1,
        "name": "zeros",
        "digest": "0" * 64,
        "bytes": size,
        "chunk_bytes": CHUNK_BYTES,
        "chunks": [digests[one] for one in sizes],
        "modes": {"en": "phrase", "ar": "phrase"},
    }


def start(asked: str) -> int:
    """Where a `Range: bytes=a-b` begins."""
    return int(asked.removeprefix("bytes=").split("-")[0])


def piece(asked: str) -> bytes:
    """The bytes of one `Range: bytes=a-b`."""
    return bytes(int(asked.split("-")[1]) - start(asked) + 1)
