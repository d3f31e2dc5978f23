"""Allowances: by session and node, forgotten after a while, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.chat.limit import DAY_S, Bucket, Day, admit
from edge.chat.session import Answered, Said, Sessions, code
from sync.errors import Unavailable


class Clock:
    """Time that stands still unless moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(per_minute=st.integers(1, 500), waits=st.lists(st.floats(0, 30), max_size=60))
def test_never_more_than_two_allowances_in_any_minute(per_minute: int, waits: list[float]) -> None:
    clock, passed = Clock(), []
    bucket = Bucket(per_minute, clock)
    for wait in waits:
        clock.now += wait
        while bucket.wait_s() == 0:
            bucket.take()
            passed.append(clock.now)
    for at in passed:
        assert sum(at <= other < at + 60 for other in passed) <= 2 * per_minute


def test_refused_question_is_counted_nowhere() -> None:
    clock = Clock()
    session, node = Bucket(10, clock), Bucket(1, clock)
    admit((session, "session"), (node, "node"))
    for _ in range(20):
        with pytest.raises(Unavailable) as refused:
            admit((session, "session"), (node, "node"))
        assert refused.value.retry_after_s == pytest.approx(60)
    clock.now = 60
    for _ in range(1):
        admit((session, "session"), (node, "node"))
    assert session.wait_s() == 0


def test_idle_session_is_forgotten_and_its_allowance_new() -> None:
    clock = Clock()
    sessions = Sessions(ttl_s=100, limit=10, per_minute=1, clock=clock)
    first = sessions.get("a")
    clock.now = 99
    assert sessions.get("a") is first
    clock.now = 200
    assert len(sessions) == 0
    assert sessions.get("a") is not first


def test_over_the_limit_the_longest_idle_session_goes() -> None:
    clock = Clock()
    sessions = Sessions(ttl_s=100, limit=2, per_minute=1, clock=clock)
    a = sessions.get("a")
    sessions.get("b")
    assert sessions.get("a") is a
    sessions.get("c")
    assert len(sessions) == 2
    assert sessions.get("a") is a


def test_known_answers_are_bounded() -> None:
    answered = Answered(limit=2)
    for number in range(3):
        answered.add(str(number), Said("template", "find"))
    assert answered.take("0") is None
    assert answered.take("2") == Said("template", "find")
    assert answered.take("2") is None


def test_a_day_lets_so_many_through_and_then_begins_anew() -> None:
    clock = Clock()
    day = Day(2, clock)
    for _ in range(2):
        assert day.wait_s() == 0
        day.take()
    clock.now = DAY_S - 10
    assert day.wait_s() == 10
    clock.now = DAY_S
    assert day.wait_s() == 0


def test_a_session_that_is_forgotten_begins_anew() -> None:
    sessions = Sessions(60, 10, 30, 1, Clock())
    sessions.get("a").day.take()
    assert sessions.get("a").day.wait_s() > 0
    assert sessions.forget("a")
    assert not sessions.forget("a")
    assert sessions.get("a").day.wait_s() == 0


def test_codes_are_short_the_same_for_the_same_session_and_tell_nothing_of_it() -> None:
    # SHA-256 of "abc" begins ba7816bf8f (the example of FIPS 180-4)
    assert code("abc") == "Q9W1-DFWF"
    assert len({code(f"{number:032x}") for number in range(2000)}) == 2000
