"""Keys and values of consecutive tokens, outside llama.cpp, in the form in which it saves a sequence.

The layout is that of llama.cpp's `llama_kv_cache::state_write` for one sequence. Values stand row by row,
or transposed where flash attention is off; here always row by row. A context whose states do not read like
this (sliding windows, recurrent parts, several row sizes) gives None, and is used without copies of its
memory.
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
_COLUMNS = Struct("<iII")  # of transposed values: type, bytes of an element, elements of a row
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
    """How the rows of one context look: types and bytes of a row, layers, and streams of its cache.
    `value_element` is the bytes of one number where values are saved transposed, else 0."""

    streams: int
    layers: int
    key_type: int
    key_bytes: int
    value_type: int
    value_bytes: int
    value_element: int = 0

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

    def columns(self, layers: int, count: int) -> tuple[int, int, int, list[Rows]]:
        """Type, bytes of an element and of a row, and every layer's rows, of transposed values."""
        found, rows = set(), []
        for _ in range(layers):
            kind, element, elements = self.take(_COLUMNS)
            if element not in (2, 4):
                raise ValueError("values of that size are not transposed")
            found.add((kind, element, element * elements))
            columns = self.array(np.dtype(f"<u{element}"), count * elements).reshape(elements, count)
            rows.append(np.ascontiguousarray(columns.T).view(np.uint8))
        if len(found) != 1:
            raise ValueError("layers of several sizes")
        return *found.pop(), rows

    def span(self) -> tuple[Form, Span]:
        streams, cells = self.cells()
        transposed, layers = self.take(_LAYERS)
        if not 0 < layers < 4096:
            raise ValueError("layers out of bounds")
        key_type, key_bytes, keys = self.rows(layers, len(cells))
        element = 0
        if transposed:
            value_type, element, value_bytes, values = self.columns(layers, len(cells))
        else:
            value_type, value_bytes, values = self.rows(layers, len(cells))
        if any(self.state[self.at :]):  # counts of empty streams may follow
            raise ValueError("more than one cache")
        form = Form(streams, layers, key_type, key_bytes, value_type, value_bytes, element)
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
    element = form.value_element
    before = b"".join((*head, _LAYERS.pack(1 if element else 0, form.layers)))
    value_head = _COLUMNS if element else _ROWS
    keys_size = form.layers * (_ROWS.size + count * form.key_bytes)
    values_size = form.layers * (value_head.size + count * form.value_bytes)
    state = bytearray(len(before) + keys_size + values_size + _COUNT.size * (form.streams - 1))
    state[: len(before)] = before
    keys = np.frombuffer(state, np.uint8, keys_size, len(before)).reshape(form.layers, -1)
    values = np.frombuffer(state, np.uint8, values_size, len(before) + keys_size).reshape(form.layers, -1)
    _fill(keys, _ROWS.pack(form.key_type, form.key_bytes), [span.keys for span in spans])
    if element:
        columns = _COLUMNS.pack(form.value_type, element, form.value_bytes // element)
        _fill_transposed(values, columns, [span.values for span in spans], element)
    else:
        _fill(values, _ROWS.pack(form.value_type, form.value_bytes), [span.values for span in spans])
    return state


def _fill(table: Rows, head: bytes, parts: Sequence[Rows]) -> None:
    """One half of the state: for every layer a head and the rows of all parts."""
    table[:, : len(head)] = np.frombuffer(head, np.uint8)
    at = len(head)
    for part in parts:
        _, count, size = part.shape
        table[:, at : at + count * size].reshape(part.shape)[:] = part
        at += count * size


def _fill_transposed(table: Rows, head: bytes, parts: Sequence[Rows], element: int) -> None:
    """The same with a row for every number of a token's values."""
    table[:, : len(head)] = np.frombuffer(head, np.uint8)
    kind = np.dtype(f"<u{element}")
    for layer, target in enumerate(table):
        columns = target[len(head) :].view(kind).reshape(parts[0].shape[2] // element, -1)
        at = 0
        for part in parts:
            rows = np.ascontiguousarray(part[layer]).view(kind)
            columns[:, at : at + len(rows)] = rows.T
            at += len(rows)
