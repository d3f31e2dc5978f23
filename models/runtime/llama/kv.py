"""Keys and values of consecutive tokens, outside llama.cpp, in the form in which it saves a sequence.

The layout is that of llama.cpp's `llama_kv_cache::state_write` for one sequence, without transposed values
(flash attention on). A context whose states do not read like this (sliding windows, recurrent parts, several
row sizes) gives None, and is used without copies of its memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.uint8]

MAGIC = 0xAF143CD8
F16 = 1  # GGML_TYPE_F16
_HEAD, _COUNT, _LAYERS, _ROWS = Struct("<Iii"), Struct("<I"), Struct("<II"), Struct("<iQ")
_CELL = np.dtype([("position", "<i4"), ("sequences", "<u4"), ("sequence", "<i4")])


@dataclass(frozen=True, eq=False)
class Span:
    """Keys and values of the tokens at positions `begin` … `end` - 1: uint8 (layers, tokens, row bytes)."""

    begin: int
    keys: Rows
    values: Rows

    def __len__(self) -> int:
        return int(self.keys.shape[1])

    @property
    def end(self) -> int:
        """The position after the last token."""
        return self.begin + len(self)

    @property
    def size_bytes(self) -> int:
        """Memory that it takes."""
        return int(self.keys.nbytes + self.values.nbytes)

    def part(self, begin: int, end: int) -> "Span":
        """The tokens at positions `begin` … `end` - 1, without copying."""
        low, high = begin - self.begin, end - self.begin
        return Span(begin, self.keys[:, low:high], self.values[:, low:high])

    def copy(self) -> "Span":
        """The same in memory of its own."""
        return Span(self.begin, self.keys.copy(), self.values.copy())


@dataclass(frozen=True)
class Form:
    """How the rows of one context look: types and bytes of a row, layers, and streams of its cache."""

    streams: int
    layers: int
    key_type: int
    key_bytes: int
    value_type: int
    value_bytes: int

    @property
    def token_bytes(self) -> int:
        """Keys and values of one token in all layers."""
        return self.layers * (self.key_bytes + self.value_bytes)

    @classmethod
    def of(cls, state: bytes) -> "Form | None":
        """Read off a saved sequence that holds at least one token; None for another layout."""
        try:
            return _Reader(state).form()
        except (ValueError, IndexError):
            return None


class _Reader:
    """Walks over a saved state. ValueError where it is not of the known layout."""

    def __init__(self, state: bytes) -> None:
        self.state = state
        self.at = 0

    def take(self, form: Struct) -> tuple[int, ...]:
        if self.at + form.size > len(self.state):
            raise ValueError("the state ends early")
        values = form.unpack_from(self.state, self.at)
        self.at += form.size
        return values

    def array(self, kind: np.dtype, count: int) -> npt.NDArray[np.void]:
        size = kind.itemsize * count
        if self.at + size > len(self.state):
            raise ValueError("the state ends early")
        values = np.frombuffer(self.state, kind, count, self.at)
        self.at += size
        return values

    def cells(self) -> tuple[int, npt.NDArray[np.void]]:
        """Streams, and the cells of the one stream that has any."""
        magic, _, streams = self.take(_HEAD)
        if magic != MAGIC or not 0 < streams < 4096:
            raise ValueError("not a saved sequence")
        found: npt.NDArray[np.void] | None = None
        for _ in range(streams):
            (count,) = self.take(_COUNT)
            if count:
                found = self.array(_CELL, count)
                break
        if found is None or not (found["sequences"] == 1).all():
            raise ValueError("no cells of one sequence")
        return streams, found

    def rows(self, layers: int, count: int) -> tuple[int, int, list[Rows]]:
        """Type and bytes of a row, and every layer's rows in the order of the cells."""
        kinds, sizes, rows = set(), set(), []
        for _ in range(layers):
            kind, size = self.take(_ROWS)
            kinds.add(kind)
            sizes.add(size)
            rows.append(self.array(np.dtype(np.uint8), count * size).reshape(count, size))
        if len(kinds) != 1 or len(sizes) != 1:
            raise ValueError("layers of several sizes")
        return kinds.pop(), sizes.pop(), rows  # type: ignore[return-value]

    def span(self) -> tuple[Form, Span]:
        streams, cells = self.cells()
        transposed, layers = self.take(_LAYERS)
        if transposed or not 0 < layers < 4096:
            raise ValueError("values are transposed")
        key_type, key_bytes, keys = self.rows(layers, len(cells))
        value_type, value_bytes, values = self.rows(layers, len(cells))
        if any(self.state[self.at :]):  # counts of empty streams may follow
            raise ValueError("more than one cache")
        form = Form(streams, layers, key_type, key_bytes, value_type, value_bytes)
        order = np.argsort(cells["position"], kind="stable")
        begin = int(cells["position"][order[0]])
        if not np.array_equal(cells["position"][order], np.arange(begin, begin + len(cells))):
            raise ValueError("positions have holes")
        straight = bool((order == np.arange(len(order))).all())
        stacked = (
            np.stack(part if straight else [layer[order] for layer in part]) for part in (keys, values)
        )
        return form, Span(begin, next(stacked), next(stacked))

    def form(self) -> Form:
        return self.span()[0]


def read(state: bytes) -> Span:
    """What a saved sequence holds, by position. ValueError for another layout or holes."""
    return _Reader(state).span()[1]


def write(form: Form, spans: Sequence[Span]) -> bytearray:
    """A saved sequence of spans that follow each other."""
    begin, count = spans[0].begin, sum(map(len, spans))
    cells = np.zeros(count, _CELL)
    cells["position"] = np.arange(begin, begin + count)
    cells["sequences"] = 1
    head = [_HEAD.pack(MAGIC, 0, form.streams), _COUNT.pack(count), cells.tobytes()]
    before = b"".join((*head, _LAYERS.pack(0, form.layers)))
    sizes = [form.layers * (_ROWS.size + count * size) for size in (form.key_bytes, form.value_bytes)]
    state = bytearray(len(before) + sum(sizes) + _COUNT.size * (form.streams - 1))
    state[: len(before)] = before
    at = len(before)
    keys, values = [span.keys for span in spans], [span.values for span in spans]
    for kind, size, parts in (
        (form.key_type, form.key_bytes, keys),
        (form.value_type, form.value_bytes, values),
    ):
        _fill(
            np.frombuffer(state, np.uint8, form.layers * (_ROWS.size + count * size), at), kind, size, parts
        )
        at += form.layers * (_ROWS.size + count * size)
    return state


def _fill(target: Rows, kind: int, size: int, parts: Sequence[Rows]) -> None:
    """One half of the state: for every layer the type, the row's size and the rows of all parts."""
    layers = parts[0].shape[0]
    table = target.reshape(layers, -1)
    table[:, : _ROWS.size] = np.frombuffer(_ROWS.pack(kind, size), np.uint8)
    at = _ROWS.size
    for part in parts:
        wide = part.shape[1] * size
        table[:, at : at + wide].reshape(layers, part.shape[1], size)[:] = part
        at += wide
