"""Figures are drawn from all answers, and a ratio compares with the best of the others in each metric."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engine.figure import Answer, Run, percentile, ratios, summed, table

SECONDS = st.lists(st.floats(0.001, 1000), min_size=1, max_size=200)


def run(server: str, users: int, *ttft: float, wall_s: float = 10.0, failed: int = 0) -> Run:
    answers = tuple(Answer(seconds, seconds + 1, 48) for seconds in ttft)
    return Run(server=server, users=users, answers=answers, failed=failed, wall_s=wall_s)


@given(SECONDS, st.integers(1, 99))
def test_a_percentile_lies_within_what_was_seen(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found is not None
    assert min(values) <= found <= max(values)


@given(SECONDS)
def test_a_higher_percentile_is_no_lower(values: list[float]) -> None:
    low, high = percentile(values, 50) or 0, percentile(values, 95) or 0
    assert low <= high or low == pytest.approx(high)


def test_many_answers_give_the_load_scripts_own_percentile() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 95) == statistics.quantiles(values, n=100)[94]


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 50) is None


def test_repetitions_are_summed_not_averaged() -> None:
    figures = summed([run("a", 1, 1.0, wall_s=1.0), run("a", 1, 3.0, 5.0, wall_s=9.0, failed=2)])
    assert figures.answers == 3
    assert figures.failed == 2
    assert figures.ttft_p50_s == 3.0
    assert figures.tok_per_s == pytest.approx(3 * 48 / 10)


def test_noise_is_counted_by_run() -> None:
    loud = Run(server="a", users=1, answers=(), failed=0, wall_s=1.0, noise=("others used 50%",))
    assert summed([loud, run("a", 1, 1.0)]).noisy_runs == 1


def test_a_server_that_answered_nothing_has_no_figures() -> None:
    figures = summed([run("a", 1, failed=4)])
    assert (figures.ttft_p50_s, figures.tok_per_s, figures.failed) == (None, None, 4)


def test_each_metric_is_compared_with_its_own_best() -> None:
    levels = table(
        [
            run("ours", 8, 1.0, 1.0, wall_s=2.0),
            run("soon", 8, 2.0, 2.0, wall_s=8.0),
            run("fast", 8, 4.0, 4.0, wall_s=4.0),
        ]
    )
    found = ratios(levels[8], "ours")
    assert found["ttft_p50"] == 0.5
    assert found["tok_per_s"] == 2.0


def test_a_peer_that_failed_is_no_best() -> None:
    levels = table([run("ours", 1, 1.0), run("dead", 1, failed=3), run("slow", 1, 4.0)])
    assert ratios(levels[1], "ours")["ttft_p50"] == 0.25


def test_without_us_or_without_peers_there_is_no_ratio() -> None:
    assert set(ratios(table([run("other", 1, 1.0)])[1], "ours").values()) == {None}
    assert set(ratios(table([run("ours", 1, 1.0)])[1], "ours").values()) == {None}
    assert set(ratios({}, "ours").values()) == {None}
