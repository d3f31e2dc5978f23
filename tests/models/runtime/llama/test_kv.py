import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama import kv
from models.runtime.llama.kv import Form, Span


def form(
    streams: int = 3, layers: int = 2, key_bytes: int = 6, value_bytes: int = 4, element: int = 0
) -> Form:
    return Form(streams, layers, 1, key_bytes, 8, value_bytes, element)


def span(form: Form, begin: int, count: int, seed: int = 0) -> Span:
    random = np.random.default_rng(seed)
    keys, values = (
        random.integers(0, 256, (form.layers, count, size), np.uint8)
        for size in (form.key_bytes, form.value_bytes)
    )
    return Span(begin, keys, values)


def same(one: Span, two: Span) -> bool:
    return (
        one.begin == two.begin
        and np.array_equal(one.keys, two.keys)
        and np.array_equal(one.values, two.values)
    )


rows = st.builds(form, st.integers(1, 5), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
columns = st.builds(
    lambda streams, layers, key_bytes, numbers, element: form(
        streams, layers, key_bytes, numbers * element, element
    ),
    st.integers(1, 5),
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 5),
    st.sampled_from([2, 4]),
)
shapes = rows | columns


@given(shapes, st.integers(0, 50), st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_what_is_written_reads_the_same(form: Form, begin: int, counts: list[int]) -> None:
    whole = span(form, begin, sum(counts))
    parts, at = [], begin
    for count in counts:
        parts.append(whole.part(at, at + count))
        at += count
    state = bytes(kv.write(form, parts))
    assert same(kv.read(state), whole)
    assert Form.of(state) == form


@given(st.integers(1, 5), st.integers(0, 2000))
def test_a_state_cut_short_is_told(count: int, keep: int) -> None:
    state = bytes(kv.write(form(streams=1), [span(form(), 0, count)]))
    with pytest.raises(ValueError, match=r"early|saved|cells"):
        kv.read(state[: keep % len(state)])
    assert Form.of(state[: keep % len(state)]) is None


@given(st.binary(max_size=200))
def test_garbage_is_told(state: bytes) -> None:
    with pytest.raises(ValueError, match=r"early|saved"):
        kv.read(state)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_state_reads_as_some_span_or_is_told(at: int, change: int) -> None:
    state = bytearray(kv.write(form(), [span(form(), 0, 4)]))
    state[at % len(state)] ^= change
    try:
        got = kv.read(bytes(state))
    except ValueError:
        return
    assert got.keys.shape[:2] == got.values.shape[:2]


def test_cells_in_any_order_read_by_position() -> None:
    whole = span(form(streams=1), 0, 3)
    state = kv.write(form(streams=1), [whole])
    cells = np.frombuffer(state, kv._CELL, 3, kv._HEAD.size + kv._COUNT.size)
    cells["position"] = [2, 0, 1]
    got = kv.read(bytes(state))
    assert np.array_equal(got.keys, whole.keys[:, [1, 2, 0]])
    assert np.array_equal(got.values, whole.values[:, [1, 2, 0]])


@pytest.mark.parametrize("positions", [[0, 1, 3], [0, 0, 1]])
def test_holes_and_doubles_are_told(positions: list[int]) -> None:
    state = kv.write(form(), [span(form(), 0, 3)])
    np.frombuffer(state, kv._CELL, 3, kv._HEAD.size + kv._COUNT.size)["position"] = positions
    with pytest.raises(ValueError, match="holes"):
        kv.read(bytes(state))


def test_cells_shared_with_another_sequence_are_told() -> None:
    state = kv.write(form(), [span(form(), 0, 3)])
    np.frombuffer(state, kv._CELL, 3, kv._HEAD.size + kv._COUNT.size)["sequences"][1] = 2
    with pytest.raises(ValueError, match="one sequence"):
        kv.read(bytes(state))


def test_parts_see_the_memory_and_copies_own_theirs() -> None:
    whole = span(form(), 5, 4)
    part = whole.part(6, 8)
    assert (part.begin, part.end, len(part)) == (6, 8, 2)
    assert np.shares_memory(part.keys, whole.keys)
    assert not np.shares_memory(part.copy().keys, whole.keys)
    assert whole.size_bytes == 4 * form().token_bytes
