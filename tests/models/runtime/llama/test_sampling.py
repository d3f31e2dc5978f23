from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.sampling import TOP_K, Row, Sampler

SIZE = 12
rows = st.lists(st.floats(-50, 50, width=32), min_size=SIZE, max_size=SIZE)
masks = st.lists(st.booleans(), min_size=SIZE, max_size=SIZE).filter(any)
warm = st.sampled_from([0.0, 1e-300, 1e-6, 0.5, 1.0, 100.0])


def row(numbers: list[float]) -> Row:
    return np.array(numbers, np.float32)


@given(
    rows,
    masks,
    warm,
    st.integers(0, 2**64),
    st.dictionaries(st.integers(0, SIZE - 1), st.floats(-1000, 1000)),
)
def test_only_what_is_allowed_is_chosen(
    numbers: list[float], mask: list[bool], temperature: float, seed: int, bias: dict[int, float]
) -> None:
    allowed = np.array(mask)
    token = Sampler(temperature, seed, bias, frozenset()).choose(row(numbers), allowed)
    assert mask[token]
    again = Sampler(temperature, seed, bias, frozenset()).choose(row(numbers), allowed)
    assert again == token


@given(rows, st.sampled_from([0.0, 0.7]), st.sets(st.integers(0, SIZE - 1), max_size=SIZE - 1))
def test_what_is_never_chosen_is_never_chosen(
    numbers: list[float], temperature: float, never: set[int]
) -> None:
    token = Sampler(temperature, 1, {}, frozenset(never)).choose(row(numbers))
    assert token not in never


@given(rows)
def test_greedy_is_the_likeliest(numbers: list[float]) -> None:
    sampler = Sampler(0.0, 0, {}, frozenset())
    assert sampler.greedy
    assert sampler.choose(row(numbers)) == int(row(numbers).argmax())


def test_bias_decides_and_forbids() -> None:
    flat = [0.0] * SIZE
    assert Sampler(0.0, 0, {7: 100.0}, frozenset()).choose(row(flat)) == 7
    assert Sampler(0.8, 0, {7: 100.0}, frozenset()).choose(row(flat)) == 7
    assert Sampler(0.0, 0, {0: -100.0}, frozenset()).choose(row([5.0, *flat[1:]])) != 0


def test_draws_follow_the_weights() -> None:
    sampler = Sampler(1.0, 5, {}, frozenset())
    numbers = np.log(np.array([0.6, 0.3, 0.1]))
    drawn = Counter(sampler.choose(numbers.astype(np.float32)) for _ in range(4000))
    assert drawn[0] / 4000 == pytest.approx(0.6, abs=0.04)
    assert drawn[1] / 4000 == pytest.approx(0.3, abs=0.04)


def test_only_the_likeliest_few_are_drawn() -> None:
    sampler = Sampler(100.0, 5, {}, frozenset())
    numbers = np.arange(200, dtype=np.float32)
    assert min(sampler.choose(numbers.copy()) for _ in range(500)) >= 200 - TOP_K
