import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.kv import Rows, Span
from models.runtime.llama.rope import Rope

ROPES = {
    "halves": Rope(8, 8, 10000.0, 1.0, True),
    "neighbours": Rope(8, 8, 10000.0, 1.0, False),
    "halves of a part": Rope(8, 4, 500.0, 0.5, True),
    "neighbours of a part": Rope(8, 4, 500.0, 0.5, False),
}
EVERY = pytest.mark.parametrize("rope", ROPES.values(), ids=ROPES.keys())
LAYERS, TOKENS, HEADS = 2, 3, 2


def keys(seed: int) -> Rows:
    numbers = np.random.default_rng(seed).normal(size=(LAYERS, TOKENS, HEADS * 8)).astype(np.float16)
    return numbers.view(np.uint8)


def floats(rows: Rows) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.ascontiguousarray(rows).view(np.float16).astype(np.float32)


def slowly(rope: Rope, rows: Rows, by: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """The formula, number by number."""
    out = floats(rows).copy()
    for layer, token, head in np.ndindex(LAYERS, TOKENS, HEADS):
        numbers = out[layer, token, head * rope.head :][: rope.head]
        for pair in range(rope.turned // 2):
            one, two = (pair, pair + rope.turned // 2) if rope.halves else (2 * pair, 2 * pair + 1)
            angle = by * rope.scale * rope.base ** (-2 * pair / rope.turned)
            x, y = float(numbers[one]), float(numbers[two])
            numbers[one] = x * np.cos(angle) - y * np.sin(angle)
            numbers[two] = x * np.sin(angle) + y * np.cos(angle)
    return out


@EVERY
@given(st.integers(-2000, 2000), st.integers(0, 9))
def test_keys_turn_as_the_formula_says(rope: Rope, by: int, seed: int) -> None:
    got = floats(rope.turn(keys(seed), by))
    assert np.allclose(got, slowly(rope, keys(seed), by), atol=0.01)


@EVERY
@given(st.integers(0, 2000), st.integers(0, 2000))
def test_moves_follow_each_other(rope: Rope, one: int, two: int) -> None:
    span = Span(0, keys(1), keys(2))
    there = rope.move(rope.move(span, one), two)
    at_once = rope.move(span, two)
    assert there.begin == at_once.begin == two
    assert np.allclose(floats(there.keys), floats(at_once.keys), atol=0.02)
    assert there.values is span.values


@EVERY
@given(st.integers(-2000, 2000))
def test_lengths_stay(rope: Rope, by: int) -> None:
    before, after = (
        np.linalg.norm(floats(rows).reshape(-1, rope.head), axis=1)
        for rows in (keys(3), rope.turn(keys(3), by))
    )
    assert np.allclose(before, after, rtol=0.01)


@EVERY
def test_a_move_by_nothing_is_none(rope: Rope) -> None:
    span = Span(7, keys(1), keys(2))
    assert rope.move(span, 7) is span
    assert np.array_equal(rope.turn(keys(1), 0), keys(1))


@EVERY
def test_what_is_given_is_not_changed(rope: Rope) -> None:
    given_keys = keys(1)
    rope.turn(given_keys, 5)
    assert np.array_equal(given_keys, keys(1))


def test_numbers_that_are_not_turned_stay() -> None:
    for rope in ROPES.values():
        got = floats(rope.turn(keys(1), 99)).reshape(-1, 8)[:, rope.turned :]
        assert np.array_equal(got, floats(keys(1)).reshape(-1, 8)[:, rope.turned :])
