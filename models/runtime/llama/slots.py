"""The places in llama.cpp's cache: which tokens each holds, who uses it, and how one is made ready.

A place keeps its tokens after its request ended, so that the next turn of a conversation goes on in it; when
it is needed for another, what it holds goes to the prefix tree first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from models.runtime.llama.kv import Span
from models.runtime.llama.plan import Batch
from models.runtime.llama.radix import RadixTree, Tokens, shared
from models.runtime.llama.sampling import Row

WORTH_KEEPING = 16  # tokens that the tree does not hold yet


class Core(Protocol):
    """What computes: `LlamaContext`, or a model of one in tests."""

    @property
    def sequences(self) -> int:
        """Places."""
        ...

    @property
    def context(self) -> int:
        """Tokens a place holds."""
        ...

    @property
    def most(self) -> int:
        """Tokens in a batch."""
        ...

    @property
    def copies(self) -> bool:
        """Whether keys and values can be taken out and put back."""
        ...

    def decode(self, batch: Batch) -> Sequence[Row]:
        """Logits of the wanted tokens, valid until the next call."""
        ...

    def truncate(self, sequence: int, length: int) -> bool:
        """Keep the first tokens; False where that cannot be."""
        ...

    def place(self, sequence: int, spans: Sequence[Span]) -> None:
        """Make spans the whole of a sequence."""
        ...

    def extract(self, sequence: int) -> Span:
        """The whole of a sequence."""
        ...


@dataclass(eq=False)
class Slot:
    """`tokens` are computed and in the cache; the first `moved` of them were put together from records."""

    index: int
    tokens: Tokens = field(default_factory=lambda: np.empty(0, np.int32))
    moved: int = 0
    user: object | None = None
    used: int = 0

    def append(self, tokens: list[int]) -> None:
        """More was computed."""
        self.tokens = np.concatenate((self.tokens, np.array(tokens, np.int32)))


class Slots:
    """All places of one core."""

    def __init__(self, core: Core, tree: RadixTree) -> None:
        self._core = core
        self._tree = tree
        self._time = 0
        self.all = [Slot(index) for index in range(core.sequences)]

    @property
    def free(self) -> list[Slot]:
        """Places nobody uses now: in order, so that those in use stand together, as llama.cpp needs them for
        one pass; where what they hold cannot be kept elsewhere, the longest unused first."""
        unused = [slot for slot in self.all if slot.user is None]
        if self._core.copies:
            return unused
        return sorted(unused, key=lambda slot: (len(slot.tokens) > 0, slot.used))

    def best(self, prompt: Tokens) -> tuple[Slot | None, int]:
        """The free place that holds most of the beginning of a prompt, and how much."""
        found = [(shared(slot.tokens, prompt), slot) for slot in self.all if slot.user is None]
        length, slot = max(found, key=lambda entry: entry[0], default=(0, None))
        return slot, length

    def take(self, slot: Slot, user: object) -> None:
        """From now on somebody's."""
        self._time += 1
        slot.user, slot.used = user, self._time

    def give_back(self, slot: Slot) -> None:
        """Nobody's; its tokens stay."""
        self._time += 1
        slot.user, slot.used = None, self._time

    def cut(self, slot: Slot, length: int) -> int:
        """Keep the first tokens of a place; how many are kept, none where the memory cannot be cut."""
        if length == len(slot.tokens):
            return length
        if len(slot.tokens) - length >= WORTH_KEEPING and slot.user is None:
            self.save(slot)
        kept = length if self._core.truncate(slot.index, length) else 0
        if kept != length:
            self._core.truncate(slot.index, 0)
        slot.tokens = slot.tokens[:kept]
        slot.moved = min(slot.moved, kept)
        return kept

    def fill(self, slot: Slot, tokens: Tokens, spans: Sequence[Span], moved: int = 0) -> None:
        """Make a place hold `tokens`, whose keys and values are `spans`."""
        self.save(slot)
        if spans:
            slot.tokens, slot.moved = np.empty(0, np.int32), 0
            self._core.place(slot.index, spans)
            slot.tokens, slot.moved = tokens.copy(), moved
        else:
            self.cut(slot, 0)

    def save(self, slot: Slot, least: int = WORTH_KEEPING) -> None:
        """What a place holds goes to the tree, where so many tokens of it are not there yet."""
        if not self._core.copies or len(slot.tokens) - self._tree.known(slot.tokens) < least:
            return
        whole = self._core.extract(slot.index)
        if len(whole) >= len(slot.tokens):
            self._tree.insert(slot.tokens, whole.part, self._computed(slot, len(slot.tokens)))

    def lend(self, slot: Slot, length: int) -> None:
        """The beginning of what a place holds goes to the tree, for others."""
        whole = self._core.extract(slot.index)
        self._tree.insert(slot.tokens[:length], whole.part, self._computed(slot, length))

    def _computed(self, slot: Slot, length: int) -> float:
        """The share of the beginning of a place that was computed in it, of what the tree does not hold."""
        known = self._tree.known(slot.tokens[:length])
        return 1.0 - max(0, min(slot.moved, length) - known) / max(length - known, 1)

    def forget(self) -> None:
        """After a failure nothing in the cache is trusted."""
        for slot in self.all:
            self._core.truncate(slot.index, 0)
            slot.tokens, slot.moved = np.empty(0, np.int32), 0
