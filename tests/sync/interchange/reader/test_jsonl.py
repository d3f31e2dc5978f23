"""JSON Lines: one line, one entry, and no line is too much."""

import io

from hypothesis import given
from hypothesis import strategies as st

from sync.interchange.document import LINE_LIMIT_BYTES
from sync.interchange.entry import Rejected, Upsert
from sync.interchange.reader import jsonl

GOOD = b'{"id":"%d","categories":["a/b"],"name":"A"}'


def test_lines_are_counted_from_one_and_blank_ones_passed_over() -> None:
    source = b"\xef\xbb\xbf" + GOOD % 1 + b"\r\n\r\n   \n" + GOOD % 2
    assert [entry.number for entry in jsonl.read(io.BytesIO(source))] == [1, 4]


def test_bad_lines_spoil_no_others() -> None:
    lines = [GOOD % 1, b"\x00\x01", b'{"id":"\xff"}', b"{", GOOD % 5, b'{"id":"half']
    entries = list(jsonl.read(io.BytesIO(b"\n".join(lines))))
    assert [isinstance(entry, Upsert) for entry in entries] == [True, False, False, False, True, False]


def test_huge_line_is_skipped_without_being_held() -> None:
    class Endless(io.RawIOBase):
        """40 MB without a line break, then a good line; says how much was asked for at once."""

        def __init__(self) -> None:
            self.left = 40 * 1024 * 1024
            self.tail = b"\n" + GOOD % 2

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            size = min(len(buffer), self.left)
            data = b"x" * size if size else self.tail[: len(buffer)]
            self.left -= size
            self.tail = self.tail if size else self.tail[len(data) :]
            buffer[: len(data)] = data
            return len(data)

    first, second = jsonl.read(io.BufferedReader(Endless()))  # type: ignore[arg-type]
    assert first == Rejected(1, (f"is longer than {LINE_LIMIT_BYTES} bytes",))
    assert isinstance(second, Upsert)


@given(st.binary(max_size=500))
def test_no_bytes_raise(source: bytes) -> None:
    lines = source.count(b"\n") + 1
    assert all(entry.number <= lines for entry in jsonl.read(io.BytesIO(source)))
