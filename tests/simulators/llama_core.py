"""A model of llama.cpp's cache and a model of a model: every token's keys tell which token it is, where it
stands and what it saw, so that anything out of place is found at once.

What a token sees is a digest of the tokens before it; the next token follows from it alone.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from models.runtime.llama.kv import Span
from models.runtime.llama.plan import Batch
from models.runtime.llama.sampling import Row
from sync.errors import Unavailable

VOCABULARY = 40
END = 0
Cell = tuple[int, int]  # token, position


class CoreSimulator:
    """Implements Core. `break_next` makes the next batch fail."""

    copies = True

    def __init__(self, sequences: int, context: int = 64, most: int = 32) -> None:
        self.sequences, self.context, self.most = sequences, context, most
        self.cells: list[list[Cell]] = [[] for _ in range(sequences)]
        self.break_next = False
        self.batches: list[int] = []

    def decode(self, batch: Batch) -> Sequence[Row]:
        assert 0 < len(batch) <= self.most
        self.batches.append(len(batch))
        if self.break_next:
            self.break_next = False
            raise Unavailable("The model failed.", code="generator.failed")
        rows = []
        for token, position, sequence, wanted in zip(
            batch.tokens, batch.positions, batch.sequences, batch.wanted, strict=True
        ):
            cells = self.cells[sequence]
            assert position == len(cells) < self.context, "positions go on where the sequence ended"
            cells.append((token, position))
            if wanted:
                rows.append(logits([each for each, _ in cells]))
        return rows

    def truncate(self, sequence: int, length: int) -> bool:
        del self.cells[sequence][length:]
        return True

    def place(self, sequence: int, spans: Sequence[Span]) -> None:
        cells = []
        for span in spans:
            assert span.begin == len(cells), "spans follow each other"
            for row in span.keys[0].view(np.int32):
                cells.append((int(row[0]), int(row[1])))
        assert [position for _, position in cells] == list(range(len(cells))), "keys are turned"
        self.cells[sequence] = cells

    def extract(self, sequence: int) -> Span:
        keys = np.array(self.cells[sequence], np.int32).reshape(1, -1, 2)
        return Span(0, keys.view(np.uint8), keys.view(np.uint8).copy())


class RopeSimulator:
    """Moves keys by writing other positions into them."""

    def move(self, span: Span, begin: int) -> Span:
        keys = span.keys.copy().view(np.int32)
        keys[..., 1] += begin - span.begin
        return Span(begin, keys.view(np.uint8), span.values)


def logits(tokens: Sequence[int]) -> Row:
    """What follows these tokens; the end now and then."""
    digest = hashlib.sha256(np.array(tokens, np.int32).tobytes()).digest()
    row = np.zeros(VOCABULARY, np.float32)
    row[digest[0] % VOCABULARY] = 2.0
    if digest[1] < 96:  # answers repeat themselves, so that guesses are right at times
        row[tokens[len(tokens) // 2]] = 3.0
    return row


def alone(prompt: Sequence[int], most: int, context: int) -> list[int]:
    """What a request says when nobody else is there, by the definition."""
    tokens, said = list(prompt), list[int]()
    while len(said) < min(most, context - len(prompt)):
        token = int(logits(tokens).argmax())
        if token == END:
            break
        said.append(token)
        tokens.append(token)
    return said
