import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.runtime.llama.box import (
    LEAST_CONTEXT,
    MOST_BYTES,
    PATIENCE,
    Box,
    Governor,
    Reading,
    Tuning,
    fit,
    memory_bytes,
    physical_cores,
)
from sync.errors import Unavailable

readings = st.builds(
    Reading,
    st.floats(0, 64),
    st.none() | st.floats(-20, 130),
    st.none() | st.floats(40, 110),
)
CALM = Reading(0.0, 50.0)


def last(governor: Governor, *given: Reading) -> Tuning:
    for reading in given:
        governor.decide(reading)
    return governor.now


@given(st.integers(1, 16), st.integers(32, 512), st.lists(readings, max_size=40))
def test_there_is_always_a_thread_and_something_to_do(cores: int, chunk: int, given: list[Reading]) -> None:
    governor = Governor(cores, chunk)
    for reading in given:
        governor.decide(reading)
        assert 1 <= governor.now.threads <= cores
        assert min(32, chunk) <= governor.now.chunk <= chunk


def test_one_reading_changes_nothing() -> None:
    governor = Governor(4, 512)
    hot = Reading(0.0, 90.0)
    for _ in range(10):
        assert governor.decide(hot) is None
        assert governor.decide(CALM) is None


def test_heat_takes_half_of_it_and_gives_it_back_when_it_is_cool() -> None:
    governor = Governor(4, 512)
    assert last(governor, *[Reading(0.0, 80.0)] * PATIENCE) == Tuning(2, 128)
    assert last(governor, *[Reading(0.0, 74.0)] * 20) == Tuning(2, 128)
    assert last(governor, *[Reading(0.0, 69.0)] * PATIENCE) == Tuning(4, 512)
    assert last(governor, *[Reading(0.0, 74.0)] * 20) == Tuning(4, 512)


def test_a_sensor_that_calls_less_high_counts() -> None:
    governor = Governor(4, 512)
    assert last(governor, *[Reading(0.0, 60.0, 65.0)] * PATIENCE) == Tuning(2, 128)


@pytest.mark.parametrize(("others", "threads"), [(0.0, 4), (0.6, 4), (0.8, 3), (2.0, 2), (9.0, 1)])
def test_what_others_use_is_left_to_them(others: float, threads: int) -> None:
    assert last(Governor(4, 512), *[Reading(others)] * PATIENCE) == Tuning(threads, 512)


@given(st.integers(1, 400_000), st.integers(1, 16), st.integers(64, 8192), st.integers(1, 1 << 32))
def test_what_fits_keeps_the_bound_or_is_refused(
    token_bytes: int, sequences: int, context: int, limit: int
) -> None:
    try:
        many, long = fit(token_bytes, sequences, context, limit)
    except Unavailable as error:
        assert error.code == "generator.memory"  # noqa: PT017
        assert limit // token_bytes < 2 * LEAST_CONTEXT
        return
    assert many * long * token_bytes <= limit
    assert 1 <= many <= sequences
    assert min(LEAST_CONTEXT, context) <= long <= context


def test_without_a_bound_everything_is_given() -> None:
    assert fit(1000, 8, 2048, 0) == (8, 2048)


def test_the_box_is_read() -> None:
    box = Box(os.getpid())
    assert box.read().others >= 0
    assert physical_cores() >= 1
    assert memory_bytes(7) == 7
    assert 0 < memory_bytes(0) <= MOST_BYTES


def test_a_process_that_is_gone_is_no_load() -> None:
    box = Box(os.getpid())
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    gone = Box(pid)
    os.waitpid(pid, 0)
    assert gone.read().others >= 0
    assert box.read().others >= 0
