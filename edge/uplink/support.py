"""A support bundle: how the node is, for whoever mends it from afar. Redacted, and sealed like any record.

A gzipped tar of small files: the log's last lines (words of conversations never enter the log), counters,
health, `doctor`, settings without secrets, the line to the hub. When it is too big, the oldest lines of the
log go. It travels as records of the lowest class, so it never takes the room of anything else.
"""

import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping, Sequence

from sync.record import MOST_PARTS, PART_BYTES, SupportPart

LIMIT_BYTES = 1024 * 1024
LOG = "log.jsonl"


def bundle(files: Mapping[str, bytes], log: Sequence[str], limit_bytes: int) -> bytes:
    """The bundle's bytes: at most `limit_bytes` and 1 MiB, as long as the files themselves fit."""
    limit = min(limit_bytes, LIMIT_BYTES, MOST_PARTS * PART_BYTES)
    lines = list(log)
    while True:
        packed = _packed({**files, LOG: "".join(f"{line}\n" for line in lines).encode()})
        if len(packed) <= limit or not lines:
            return packed
        lines = lines[len(lines) // 2 + 1 :]


def parts(command: str, packed: bytes) -> Iterator[SupportPart]:
    """The bundle as records."""
    count = -(-len(packed) // PART_BYTES)
    for number in range(count):
        data = packed[number * PART_BYTES : (number + 1) * PART_BYTES]
        yield SupportPart(command=command, part=number + 1, parts=count, data=data)


def _packed(files: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), 9, mtime=0)
