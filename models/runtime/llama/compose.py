"""Where the keys and values of a prompt come from: a place, the tree, or its parts put together.

What is missing of the parts is computed by tasks: rows of tokens that are computed once, for the tree, in a
place of their own. Requests that wait for the same row share one task.
"""

from dataclasses import dataclass

import numpy as np

from models.runtime.llama.kv import Span
from models.runtime.llama.radix import RadixTree, Tokens
from models.runtime.llama.record import Part
from models.runtime.llama.rope import Rope


@dataclass(eq=False)
class Task:
    """Compute `path` and put it into the tree; `cached` counts what stands in the task's place."""

    path: Tokens

    @property
    def key(self) -> bytes:
        """Two tasks of the same tokens are one."""
        return self.path.tobytes()


def missing(parts: tuple[Part, ...], tree: RadixTree) -> list[Tokens]:
    """Paths to compute before the parts can be put together: what all others begin with comes alone."""
    paths = [part.path for part in parts if tree.known(part.path) < len(part.path)]
    if not paths:
        return []
    common = parts[1].path  # the rules and the first label
    return [common] if tree.known(common) < len(common) else paths


def assemble(parts: tuple[Part, ...], tree: RadixTree, rope: Rope) -> list[Span]:
    """The spans of all parts at their places in the prompt; the tree holds every path."""
    spans: list[Span] = []
    for part in parts:
        spans.append(rope.move(_tail(tree.match(part.path), part.source), part.begin))
    return spans


def _tail(held: list[Span], begin: int) -> Span:
    """The end of a path as one span."""
    kept = [span.part(max(span.begin, begin), span.end) for span in held if span.end > begin]
    if len(kept) == 1:
        return kept[0]
    keys, values = (
        np.concatenate(rows, axis=1) for rows in zip(*((s.keys, s.values) for s in kept), strict=True)
    )
    return Span(begin, keys, values)
