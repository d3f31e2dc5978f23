"""Pauses between tries grow to a bound, and no two nodes keep step."""

import random

from hypothesis import given
from hypothesis import strategies as st

from edge.uplink.backoff import Backoff


@given(st.integers(1, 200), st.randoms())
def test_pauses_grow_to_the_bound_and_never_above(failures: int, dice: random.Random) -> None:
    backoff = Backoff(first_s=1, most_s=300, dice=dice.random)
    pauses = [backoff.failed() for _ in range(failures)]
    bounds = [min(300.0, 2.0**number) for number in range(failures)]
    assert all(bound / 2 <= pause <= bound for pause, bound in zip(pauses, bounds, strict=True))


def test_a_thousand_nodes_do_not_come_back_at_once() -> None:
    pauses = sorted(Backoff(dice=random.Random(seed).random, failures=9).failed() for seed in range(1_000))
    assert pauses[-1] - pauses[0] > 140
    densest = max(sum(at <= pause < at + 1 for pause in pauses) for at in range(150, 300))
    assert densest < 30


def test_success_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(9):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() <= 1


def test_what_the_other_side_asks_for_is_kept() -> None:
    assert Backoff().failed(least_s=77) >= 77
