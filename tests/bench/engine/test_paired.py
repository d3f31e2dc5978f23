"""Differences between two runs over the same questions, and how sure they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine.paired import bootstrap, mcnemar

PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def test_the_same_answers_differ_by_nothing() -> None:
    same = [True, False, True]
    assert bootstrap(same, same, 0) == (0.0, 0.0)
    assert mcnemar(same, same) == 1.0


def test_five_to_nothing_is_the_exact_binomial() -> None:
    assert mcnemar([True] * 5, [False] * 5) == pytest.approx(2 / 32)


def test_questions_that_agree_say_nothing() -> None:
    assert mcnemar([True] * 5 + [True] * 90, [False] * 5 + [True] * 90) == pytest.approx(2 / 32)


@given(PAIRS)
def test_the_interval_holds_the_difference_itself(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    low, high = bootstrap(first, second, 1)
    points = 100 * (sum(first) - sum(second)) / len(pairs)
    assert low - 1e-9 <= points <= high + 1e-9


@given(PAIRS)
def test_order_of_the_two_does_not_change_the_p_value(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    assert mcnemar(first, second) == mcnemar(second, first)
    assert 0 < mcnemar(first, second) <= 1
