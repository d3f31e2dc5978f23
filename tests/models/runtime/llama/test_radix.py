import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from models.runtime.llama.kv import Span
from models.runtime.llama.radix import RadixTree, Tokens, shared
from tests.simulators.llama_core import CELL, TOKEN_BYTES, read, seen_after, write

paths = st.lists(st.integers(0, 2), min_size=1, max_size=14)


def row(tokens: list[int]) -> Tokens:
    return np.array(tokens, np.int32)


def computed(tokens: list[int]) -> Span:
    """What the model would have computed for a path."""
    cells, seen = np.zeros(len(tokens), CELL), 0
    for index, token in enumerate(tokens):
        seen = seen_after(seen, token)
        cells[index] = (token, index, seen)
    return write(cells)


def holds(tree: RadixTree, tokens: list[int], length: int) -> None:
    """The tree gives exactly what was computed for the first tokens."""
    spans = tree.match(row(tokens))
    assert sum(map(len, spans)) == length
    if length:
        got = np.concatenate([read(span) for span in spans])
        assert np.array_equal(got, read(computed(tokens).part(0, length)))


class Whole(RuleBasedStateMachine):
    """Without a bound that matters: a set of prefixes is the model."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = RadixTree(1 << 30)
        self.known: set[tuple[int, ...]] = set()

    @rule(tokens=paths)
    def insert(self, tokens: list[int]) -> None:
        self.tree.insert(row(tokens), computed(tokens).part)
        self.known |= {tuple(tokens[:end]) for end in range(1, len(tokens) + 1)}

    @rule(tokens=paths)
    def match(self, tokens: list[int]) -> None:
        length = max((end for end in range(len(tokens) + 1) if tuple(tokens[:end]) in self.known), default=0)
        assert self.tree.known(row(tokens)) == length
        holds(self.tree, tokens, length)

    @rule()
    def clear(self) -> None:
        self.tree.clear()
        self.known.clear()

    @invariant()
    def every_token_is_held_once(self) -> None:
        assert self.tree.size_bytes == len(self.known) * TOKEN_BYTES
        sound(self.tree)


def sound(tree: RadixTree) -> None:
    """Parents come first, paths lead where they say, every node owns its memory, sizes add up."""
    seen = {b""}
    size = 0
    for node in tree.nodes():
        path = node.path
        assert path[: node.depth].tobytes() in seen, "a child before its parent"
        seen.add(path.tobytes())
        assert len(node.tokens) == len(path) - node.depth > 0
        assert node.span is not None
        assert node.span.begin == node.depth
        assert node.span.keys.base is None or node.span.keys.base.nbytes == node.span.keys.nbytes
        assert read(node.span)["token"].tolist() == node.tokens.tolist()
        assert all(child.tokens[0] == token for token, child in node.children.items())
        size += node.span.size_bytes
    assert size == tree.size_bytes <= tree.limit_bytes
    assert len(seen) == len(tree) + 1


def test_a_path_that_leaves_an_edge_half_way_is_not_hung_below_it() -> None:
    tree = RadixTree(1 << 20)
    for tokens in ([1, 1], [1, 1, 0], [1, 0, 2]):
        tree.insert(row(tokens), computed(tokens).part)
    assert tree.known(row([1, 0, 2])) == 3
    assert tree.known(row([1, 1, 0, 2])) == 3


TestWhole = Whole.TestCase
TestWhole.settings = settings(max_examples=60, stateful_step_count=25)


@given(st.lists(paths, max_size=25), st.integers(0, 30))
def test_the_bound_is_kept_and_what_is_held_is_right(inserted: list[list[int]], limit: int) -> None:
    tree = RadixTree(limit * TOKEN_BYTES)
    asked = 0
    for tokens in inserted:
        before = tree.known(row(tokens))
        tree.insert(row(tokens), computed(tokens).part)
        asked += len(tokens) - before if len(tokens) - before <= limit else 0
        sound(tree)
        for path in inserted:
            holds(tree, path, tree.known(row(path)))
    assert tree.size_bytes // TOKEN_BYTES + tree.evicted_tokens == asked


@given(st.lists(paths, max_size=10), paths)
def test_what_was_put_in_last_stays_where_it_fits(inserted: list[list[int]], last: list[int]) -> None:
    tree = RadixTree(14 * TOKEN_BYTES)
    for tokens in [*inserted, last]:
        tree.insert(row(tokens), computed(tokens).part)
    assert tree.known(row(last)) == len(last)


def test_what_is_used_often_outlives_what_was_used_once() -> None:
    tree = RadixTree(8 * TOKEN_BYTES)
    often = [0, 0, 0, 0]
    tree.insert(row(often), computed(often).part)
    for _ in range(5):
        tree.match(row(often))
    for first in (1, 2, 1, 2):
        once = [first] * 4
        tree.insert(row(once), computed(once).part)
    assert tree.known(row(often)) == 4


def test_what_was_used_often_long_ago_goes_at_last() -> None:
    tree = RadixTree(8 * TOKEN_BYTES)
    often = [9, 9, 9, 9]
    tree.insert(row(often), computed(often).part)
    for _ in range(3):
        tree.match(row(often))
    for first in range(20):
        once = [first % 8] * 4
        tree.insert(row(once), computed(once).part)
    assert tree.known(row(often)) == 0


def test_what_is_put_together_again_in_no_time_goes_before_what_is_computed() -> None:
    tree = RadixTree(8 * TOKEN_BYTES)
    tree.insert(row([1] * 4), computed([1] * 4).part)
    tree.insert(row([2] * 4), computed([2] * 4).part, computed=0.2)
    tree.insert(row([3] * 4), computed([3] * 4).part)
    assert [tree.known(row([first] * 4)) for first in (1, 2, 3)] == [4, 0, 4]


def test_only_what_is_missing_is_asked_for() -> None:
    tree, asked = RadixTree(1 << 20), []

    def source(begin: int, end: int) -> Span:
        asked.append((begin, end))
        return computed([1, 2, 3, 4]).part(begin, end)

    tree.insert(row([1, 2]), source)
    tree.insert(row([1, 2, 3, 4]), source)
    tree.insert(row([1, 2, 3]), source)
    assert asked == [(0, 2), (2, 4)]


@given(paths, paths)
def test_shared_is_the_common_beginning(one: list[int], two: list[int]) -> None:
    length = shared(row(one), row(two))
    assert one[:length] == two[:length]
    assert length == min(len(one), len(two)) or one[length] != two[length]
