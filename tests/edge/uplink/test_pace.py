"""Quiet hours, metered lines and caps: what may go now."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.uplink.pace import BURST_S, Bucket, Pace, hours, within
from sync.errors import Refused

MIDNIGHT = datetime(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "at", "quiet"),
    [
        ("09:00-18:00", "09:00", True),
        ("09:00-18:00", "08:59", False),
        ("09:00-18:00", "18:00", False),
        ("22:30-06:00", "23:59", True),
        ("22:30-06:00", "05:59", True),
        ("22:30-06:00", "06:00", False),
        ("09:00-12:00, 13:00-18:00", "12:30", False),
        ("00:00-24:00", "00:00", True),
        ("", "12:00", False),
    ],
)
def test_quiet_hours_hold_by_the_clock_on_the_wall(text: str, at: str, quiet: bool) -> None:
    assert within(hours(text), datetime.fromisoformat(f"2026-11-27T{at}")) is quiet


@pytest.mark.parametrize("text", ["9-18", "09:00", "09:00-25:00", "09:00-24:01", "09:60-10:00", "noon-night"])
def test_what_is_no_span_of_hours_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused) as raised:
        hours(text)
    assert raised.value.code == "hours.invalid"
    assert text in raised.value.message


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 60 - 1))
def test_a_span_and_its_reverse_share_the_day(first: int, last: int) -> None:
    """Every minute of a day is in the one or the other, and in both only where they are the whole day."""
    for minute in range(0, 24 * 60, 7):
        at = MIDNIGHT + timedelta(minutes=minute)
        here, there = within(((first, last),), at), within(((last, first),), at)
        assert (here and there) if first == last else here != there


@given(
    st.integers(1, 10_000),
    st.lists(st.tuples(st.floats(0.01, 30), st.integers(1, 100_000)), min_size=1, max_size=60),
)
def test_a_cap_holds_in_the_long_run(per_s: int, wishes: list[tuple[float, int]]) -> None:
    """Never more than the cap over the time, a burst, and the one message that may overdraw it."""
    now, went = 0.0, 0
    bucket = Bucket(per_s, lambda: now)
    for pause_s, size in wishes:
        now += pause_s
        if bucket.open():
            bucket.take(size)
            went += size
    most = max(size for _, size in wishes)
    assert went <= per_s * (now + BURST_S) + most + 1


def test_a_cap_lets_something_go_again_when_time_has_passed() -> None:
    now = 0.0
    bucket = Bucket(1_000, lambda: now)
    assert bucket.open()
    bucket.take(100_000)
    assert not bucket.open()
    now = 97.0
    assert not bucket.open()
    now = 98.5
    assert bucket.open()


def test_no_cap_is_always_open() -> None:
    bucket = Bucket(0)
    bucket.take(10**9)
    assert bucket.open()


def test_in_quiet_hours_and_on_metered_lines_nothing_is_fetched() -> None:
    assert Pace().may_fetch
    assert not Pace(urgent_only=True).may_fetch
    assert Pace(urgent_only=True).may_send
