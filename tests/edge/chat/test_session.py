"""Allowances: by session and node, forgotten after a while, bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.chat.limit import Bucket, admit
from edge.chat.session import Answered, Said, Sessions
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
    admit(session, node)
    for _ in range(20):
        with pytest.raises(Unavailable) as refused:
            admit(session, node)
        assert refused.value.retry_after_s == pytest.approx(60)
    clock.now = 60
    for _ in range(1):
        admit(session, node)
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
