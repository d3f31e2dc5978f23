"""JSON Lines, the interchange form: one provider (or deletion) a line."""

from collections.abc import Iterator
from typing import BinaryIO

from sync.interchange.document import LINE_LIMIT_BYTES, parse
from sync.interchange.entry import Entry, Rejected

BOM = b"\xef\xbb\xbf"


def read(source: BinaryIO) -> Iterator[Entry]:
    """Entries by line number. Blank lines are passed over; a line over the limit is skipped unread."""
    number = 0
    while line := source.readline(LINE_LIMIT_BYTES + 2):
        number += 1
        if number == 1:
            line = line.removeprefix(BOM)
        if len(line) > LINE_LIMIT_BYTES and not line.endswith(b"\n"):
            _skip(source)
            yield Rejected(number, (f"is longer than {LINE_LIMIT_BYTES} bytes",))
        elif stripped := line.strip(b" \t\r\n"):
            yield parse(number, stripped)


def _skip(source: BinaryIO) -> None:
    while (rest := source.readline(LINE_LIMIT_BYTES)) and not rest.endswith(b"\n"):
        pass
