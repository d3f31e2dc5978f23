"""Elements of a JSON document one at a time, however long the document is. The home of ijson."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson

from sync.interchange.entry import Rejected

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


def top_lists(head: bytes) -> set[str]:
    """Names of the lists directly in the object that these bytes begin, as far as they reach."""
    found = set()
    try:
        for prefix, event, _ in ijson.parse(io.BytesIO(head.removeprefix(BOM))):
            if event == "start_array" and "." not in prefix:
                found.add(str(prefix))
    except (ijson.JSONError, UnicodeDecodeError, ValueError):
        return found  # the head ends in the middle, or is no JSON: reading will tell
    return found


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
