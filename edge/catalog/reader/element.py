"""Elements of a JSON document one at a time, however long the document is. The home of ijson."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson

from edge.catalog.entry import Rejected

ELEMENT_LIMIT_BYTES = 8 * 1024 * 1024
BOM = b"\xef\xbb\xbf"


class _TooLong(Exception):
    """One element is over the limit."""


class _Bounded:
    """A source that refuses to go on when no element has ended for ELEMENT_LIMIT_BYTES."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._started = False
        self.since_last_bytes = 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        if not self._started and data:
            self._started = True
            data = data.removeprefix(BOM)
        self.since_last_bytes += len(data)
        if self.since_last_bytes > ELEMENT_LIMIT_BYTES:
            raise _TooLong
        return data


def elements(source: BinaryIO, path: str) -> Iterator[tuple[int, Any] | Rejected]:
    """(number, value) of each value at an ijson path ("features.item"; "" is the whole), counted from 1.

    A document that breaks off or is no JSON ends with one Rejected; what came before it was good.
    """
    bounded = _Bounded(source)
    number = 0
    try:
        for number, value in enumerate(ijson.items(bounded, path, use_float=True), 1):
            bounded.since_last_bytes = 0
            yield number, value
    except _TooLong:
        yield Rejected(number + 1, (f"is longer than {ELEMENT_LIMIT_BYTES} bytes; what follows is not read",))
    except (ijson.JSONError, UnicodeDecodeError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        yield Rejected(number + 1, (f"is no JSON: {reason}; what follows is not read",))
