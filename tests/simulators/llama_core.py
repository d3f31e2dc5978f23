"""A model of llama.cpp under the scheduler: computes nothing, and remembers exactly what stands where.

Every cell knows its token, its position and a digest of all it could see when it was computed; the spans that
go in and out carry the same. What a batch must never do (a position left out or taken twice, a span at the
wrong place, a token that saw something else) raises AssertionError at once. Logits depend on the visible
tokens alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models.runtime.llama.constraint import Constraint, Mask
from models.runtime.llama.kv import Span
from models.runtime.llama.plan import Batch
from models.runtime.llama.rope import Rope
from models.runtime.llama.sampling import Row
from sync.errors import Unavailable

VOCABULARY = 24
END = 0
TEXTS = (b"", *(bytes([97 + token]) for token in range(VOCABULARY - 1)))
CELL = np.dtype([("token", "<i4"), ("position", "<i4"), ("seen", "<u8")])
TOKEN_BYTES = 2 * CELL.itemsize
_MASK = (1 << 64) - 1


def seen_after(seen: int, token: int) -> int:
    """The digest of what a token sees, itself included."""
    return (seen * 6364136223846793005 + token * 1442695040888963407 + 1) & _MASK


def digest(tokens: Sequence[int]) -> int:
    """Of a whole row of tokens."""
    seen = 0
    for token in tokens:
        seen = seen_after(seen, int(token))
    return seen


def logits(visible: int, last: int) -> Row:
    """What the model says after some tokens: mostly a round that comes back, so that drafts prove right."""
    row = ((visible >> 16) * np.arange(1, VOCABULARY + 1) % 251).astype(np.float32)
    if visible >> 40 & 7:
        row[1 + last % 5] += 300.0
    return row


@dataclass
class CoreSimulator:
    """Implements Core. `strict`: every cell was computed after exactly what stands before it; without it
    (records that were moved) only tokens and positions are held to that. `failures` are decodes, counted
    from 1, that break half-way. Its clock moves by what a step takes on a PC."""

    sequences: int = 4
    context: int = 64
    most: int = 32
    copies: bool = True
    cuts: bool = True
    strict: bool = True
    failures: frozenset[int] = frozenset()
    steps: list[Batch] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        assert self.cuts or not self.copies, "what can be copied can be cut"
        self._cells = [np.empty(0, CELL) for _ in range(self.sequences)]

    def tokens(self, sequence: int) -> list[int]:
        """What stands in a sequence."""
        return [int(token) for token in self._cells[sequence]["token"]]

    def decode(self, batch: Batch) -> Sequence[Row]:
        """See Core.decode."""
        lengths = {len(batch.tokens), len(batch.positions), len(batch.sequences), len(batch.wanted)}
        assert len(lengths) == 1, "rows of several lengths"
        assert 0 < len(batch) <= self.most, f"a batch of {len(batch)}"
        self.steps.append(batch)
        self.now_s += 0.01 + 0.002 * len(batch)
        broken = len(self.steps) in self.failures
        rows = []
        for index in range(len(batch) // 2 if broken else len(batch)):
            sequence, token = batch.sequences[index], batch.tokens[index]
            self._append(sequence, token, batch.positions[index])
            if batch.wanted[index]:
                rows.append(logits(digest(self.tokens(sequence)), token))
        if broken:
            raise Unavailable("The model failed to decode.", code="generator.failed")
        return rows

    def truncate(self, sequence: int, length: int) -> bool:
        """See Core.truncate; a memory that cannot be cut can still be emptied."""
        cells = self._cells[sequence]
        if length >= len(cells):
            return True
        if length and not self.cuts:
            return False
        self._cells[sequence] = cells[:length]
        return True

    def place(self, sequence: int, spans: Sequence[Span]) -> None:
        """See Core.place."""
        assert self.copies
        assert spans
        cells = np.concatenate([read(span) for span in spans])
        assert len(cells) <= self.context, "longer than a place"
        self._cells[sequence] = cells
        self._check(sequence)

    def extract(self, sequence: int) -> Span:
        """See Core.extract."""
        assert self.copies
        assert len(self._cells[sequence]), "nothing to take out"
        return write(self._cells[sequence])

    def _append(self, sequence: int, token: int, position: int) -> None:
        cells = self._cells[sequence]
        assert 0 <= token < VOCABULARY
        assert position == len(cells), f"position {position} after {len(cells)} tokens"
        assert position < self.context, "beyond the context"
        before = int(cells["seen"][-1]) if len(cells) else 0
        new = np.array([(token, position, seen_after(before, token))], CELL)
        self._cells[sequence] = np.concatenate((cells, new))

    def _check(self, sequence: int) -> None:
        cells = self._cells[sequence]
        assert np.array_equal(cells["position"], np.arange(len(cells))), "spans at wrong positions"
        if self.strict:
            seen = 0
            for cell in cells:
                seen = seen_after(seen, int(cell["token"]))
                assert seen == int(cell["seen"]), "computed after something else"


def write(cells: "np.ndarray[tuple[int], np.dtype[np.void]]") -> Span:
    """Cells as a span of one layer: positions in the keys alone, as with a rotary embedding."""
    rows = np.frombuffer(cells.tobytes(), np.uint8).reshape(1, len(cells), CELL.itemsize)
    values = cells.copy()
    values["position"] = 0
    return Span(
        int(cells["position"][0]),
        rows.copy(),
        np.frombuffer(values.tobytes(), np.uint8).reshape(rows.shape).copy(),
    )


def read(span: Span) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    """The cells of a span, whose keys and values belong together and stand where it says."""
    keys, values = (
        np.frombuffer(np.ascontiguousarray(rows).tobytes(), CELL) for rows in (span.keys, span.values)
    )
    assert np.array_equal(keys["token"], values["token"]), "values of other tokens"
    assert np.array_equal(keys["seen"], values["seen"]), "values of another computation"
    assert np.array_equal(keys["position"], np.arange(span.begin, span.end)), "keys at other positions"
    return keys


class RopeSimulator(Rope):
    """Moves the positions that the simulator's keys hold."""

    def __init__(self) -> None:
        super().__init__(head=8, turned=8, base=10000.0, scale=1.0, halves=False)

    def move(self, span: Span, begin: int) -> Span:
        """See Rope.move."""
        cells = read(span).copy()
        cells["position"] += begin - span.begin
        return write(cells)


class ListedTexts(Constraint):
    """A grammar that allows some rows of tokens and forces what they have in common."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self._rows = [list(row) for row in rows]
        self._at = 0

    @property
    def over(self) -> bool:
        """See Constraint.over."""
        return all(len(row) == self._at for row in self._rows)

    def mask(self) -> Mask:
        """See Constraint.mask."""
        allowed = np.zeros(VOCABULARY, np.bool_)
        allowed[[row[self._at] if len(row) > self._at else END for row in self._rows]] = True
        return allowed

    def accept(self, token: int) -> None:
        """See Constraint.accept."""
        assert self.mask()[token], "a token that is not allowed"
        self._rows = [row for row in self._rows if len(row) > self._at and row[self._at] == token]
        self._at += 1

    def forced(self, most: int) -> Sequence[int]:
        """See Constraint.forced."""
        said: list[int] = []
        while len(said) < most and not self.over and self.mask().sum() == 1:
            said.append(int(self.mask().argmax()))
            self.accept(said[-1])
        return said
