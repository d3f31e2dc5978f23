"""A radix tree over token prefixes, with the keys and values of every prefix that was computed.

Bounded in bytes. What goes first is the leaf least worth its memory, by GreedyDual-Size-Frequency
(Cherkasova, HPL-98-69): worth = clock + uses · cost / size, where the clock is the worth of the last one
that went. All tokens are of one size here, so cost / size is the time of a token: it grows with the tokens
before it, and is little where a span was mostly put together from others that are held.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from models.runtime.llama.kv import Span

Tokens = npt.NDArray[np.int32]
Source = Callable[[int, int], Span]  # the span of positions from, to

ATTENTION_TOKENS = 2048  # tokens before it that make a token cost twice
LEAST_COMPUTED = 0.1  # to put a span together again is not free


class Node:
    """An edge of the tree with what it holds; `depth` is the position of its first token."""

    __slots__ = ("children", "computed", "depth", "parent", "span", "tokens", "uses", "worth")

    def __init__(
        self, tokens: Tokens, span: Span | None, parent: "Node | None", computed: float = 1.0
    ) -> None:
        self.computed = computed
        self.tokens = tokens
        self.span = span
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + len(parent.tokens)
        self.children: dict[int, Node] = {}
        self.uses = 0
        self.worth = 0.0

    @property
    def path(self) -> Tokens:
        """All tokens from the root to the end of this edge."""
        parts: list[Tokens] = []
        node: Node | None = self
        while node is not None:
            parts.append(node.tokens)
            node = node.parent
        return np.concatenate(parts[::-1])


class RadixTree:
    """Not thread-safe. Every node but the root has a span; children begin with different tokens."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.size_bytes = 0
        self.evicted_tokens = 0
        self._root = Node(np.empty(0, np.int32), None, None)
        self._clock = 0.0

    def __len__(self) -> int:
        return sum(1 for _ in self.nodes())

    @property
    def roots(self) -> list[Node]:
        """The nodes that begin at position 0."""
        return list(self._root.children.values())

    def nodes(self) -> Iterator[Node]:
        """Every node, parents first."""
        waiting = self.roots
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.children.values()

    def known(self, tokens: Tokens) -> int:
        """How many tokens of the beginning are held; nothing is counted as used."""
        return sum(length for _, length in self._walk(tokens))

    def match(self, tokens: Tokens) -> list[Span]:
        """What is held of the beginning of `tokens`, in order; counted as used."""
        spans = []
        for node, length in self._walk(tokens):
            self._use(node)
            assert node.span is not None
            spans.append(node.span.part(node.depth, node.depth + length))
        return spans

    def insert(self, tokens: Tokens, source: Source, computed: float = 1.0) -> None:
        """Hold the path of `tokens`; what is not held yet is asked of `source`. Evicts what is worth less.

        `computed` is the share of what is not held yet that would have to be computed again.
        """
        end, held = self._root, 0
        for node, length in self._walk(tokens):
            end, held = node, held + length
            if length < len(node.tokens):
                end = self._split(node, length)
                break  # the walk would go on in the lower half, where these tokens do not lead
        if held == len(tokens):
            return
        span = source(held, len(tokens)).copy()
        if span.size_bytes > self.limit_bytes:
            return
        leaf = Node(np.array(tokens[held:], np.int32), span, end, computed)
        end.children[int(tokens[held])] = leaf
        self.size_bytes += span.size_bytes
        self._use(leaf)
        self._evict(leaf)

    def clear(self) -> None:
        """Forget everything."""
        self._root.children.clear()
        self.size_bytes = 0

    def _walk(self, tokens: Tokens) -> Iterator[tuple[Node, int]]:
        """Nodes along the beginning of `tokens`, and how many of each fit: all, but in the last."""
        node, at = self._root, 0
        while at < len(tokens) and (child := node.children.get(int(tokens[at]))) is not None:
            length = shared(child.tokens, tokens[at:])
            yield child, length
            if length < len(child.tokens):
                return
            node, at = child, at + length

    def _split(self, node: Node, length: int) -> Node:
        """Cut an edge in two; the upper half is given back. Each half owns its memory."""
        assert node.span is not None
        assert node.parent is not None
        cut = node.depth + length
        span = node.span.part(node.depth, cut).copy()
        upper = Node(node.tokens[:length].copy(), span, node.parent, node.computed)
        upper.uses, upper.worth = node.uses, node.worth
        upper.children = {int(node.tokens[length]): node}
        node.parent.children[int(node.tokens[0])] = upper
        node.span = node.span.part(cut, node.span.end).copy()
        node.tokens, node.parent, node.depth = node.tokens[length:].copy(), upper, cut
        return upper

    def _use(self, node: Node) -> None:
        node.uses += 1
        cost = 1 + (node.depth + len(node.tokens) / 2) / ATTENTION_TOKENS
        node.worth = self._clock + node.uses * cost * max(node.computed, LEAST_COMPUTED)

    def _evict(self, kept: Node) -> None:
        """Drop leaves until the bound holds, the one just made last of all."""
        while self.size_bytes > self.limit_bytes:
            leaves = [node for node in self.nodes() if not node.children]
            leaf = min(leaves, key=lambda node: (node is kept, node.worth))
            self._drop(leaf)

    def _drop(self, leaf: Node) -> None:
        assert leaf.span is not None
        assert leaf.parent is not None
        self._clock = max(self._clock, leaf.worth)
        self.size_bytes -= leaf.span.size_bytes
        self.evicted_tokens += len(leaf.tokens)
        del leaf.parent.children[int(leaf.tokens[0])]


def shared(one: Tokens, two: Tokens) -> int:
    """How many tokens two rows have in common at their beginning."""
    length = min(len(one), len(two))
    differ = one[:length] != two[:length]
    return int(differ.argmax()) if differ.any() else length
