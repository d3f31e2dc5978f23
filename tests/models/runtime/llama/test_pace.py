import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.pace import Pace


@pytest.mark.parametrize(("base_s", "token_s"), [(0.01, 0.001), (0.2, 0.05), (0.001, 0.00001)])
def test_what_is_measured_is_learnt(base_s: float, token_s: float) -> None:
    pace = Pace()
    for round in range(200):
        tokens = (1, 8, 64, 512)[round % 4]
        pace.learn(tokens, base_s + token_s * tokens)
    assert pace.base_s == pytest.approx(base_s, rel=0.05)
    assert pace.token_s == pytest.approx(token_s, rel=0.05)
    assert pace.tokens_in(base_s + 100.5 * token_s) in (100, 101, 99)


def test_a_box_that_slows_down_is_noticed() -> None:
    pace = Pace()
    for factor in (1, 4):
        for round in range(200):
            tokens = (1, 64)[round % 2]
            pace.learn(tokens, factor * (0.01 + 0.001 * tokens))
    assert pace.token_s == pytest.approx(0.004, rel=0.1)


@given(st.lists(st.tuples(st.integers(1, 600), st.floats(0, 100)), max_size=60))
def test_nothing_measured_makes_time_run_backwards(steps: list[tuple[int, float]]) -> None:
    pace = Pace()
    for tokens, took_s in steps:
        pace.learn(tokens, took_s)
        assert pace.base_s > 0
        assert pace.token_s > 0
        assert pace.tokens_in(0.0) == 0
        assert pace.tokens_in(1.0) >= pace.tokens_in(0.5) >= 0


@given(st.floats(0.001, 100), st.integers(0, 50), st.integers(1, 8), st.floats(0, 1000))
def test_who_stands_further_back_waits_longer(
    service_s: float, position: int, places: int, oldest_s: float
) -> None:
    pace = Pace(service_s=service_s)
    here, behind = (pace.wait_s(position + more, places, oldest_s) for more in (0, 1))
    assert 0 < here < behind
    assert pace.wait_s(position, places + 1, oldest_s) <= here


def test_how_long_requests_take_is_learnt() -> None:
    pace = Pace()
    for _ in range(50):
        pace.served(9.0)
    assert pace.service_s == pytest.approx(9.0, rel=0.01)
