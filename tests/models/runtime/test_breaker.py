"""The circuit breaker, by example and against a plain model of what it promises."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from models.runtime.breaker import Breaker
from sync.errors import Unavailable


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, rest_s=5, longest_s=15, clock=clock)


def fail(tested: Breaker, times: int) -> None:
    for _ in range(times):
        tested.failed(tested.enter())


def test_failures_in_a_row_open_it_and_a_success_between_does_not(clock: Clock) -> None:
    tested = breaker(clock)
    fail(tested, 2)
    tested.succeeded(tested.enter())
    fail(tested, 2)
    assert tested.state == "closed"
    fail(tested, 1)
    assert tested.state == "open"
    with pytest.raises(Unavailable) as caught:
        tested.enter()
    assert caught.value.code == "generator.resting"
    assert caught.value.retry_after_s == 5


def test_after_the_rest_one_tries_and_its_success_closes(clock: Clock) -> None:
    tested = breaker(clock)
    fail(tested, 3)
    clock.now += 5
    assert tested.state == "half-open"
    probe = tested.enter()
    with pytest.raises(Unavailable):
        tested.enter()
    tested.succeeded(probe)
    assert tested.state == "closed"
    tested.enter()
    tested.enter()


def test_each_failed_try_doubles_the_rest_up_to_the_longest(clock: Clock) -> None:
    tested = breaker(clock)
    fail(tested, 3)
    rests = []
    for _ in range(4):
        rests.append(tested.rest_left_s)
        clock.now += tested.rest_left_s
        fail(tested, 1)
    assert rests == [5, 10, 15, 15]


def test_rest_that_the_server_asks_for_begins_at_once_and_is_bounded(clock: Clock) -> None:
    tested = breaker(clock)
    tested.failed(tested.enter(), rest_s=12)
    assert tested.rest_left_s == 12
    clock.now += 12
    tested.failed(tested.enter(), rest_s=10_000)
    assert tested.rest_left_s == 15


def test_try_that_is_given_up_lets_another_try(clock: Clock) -> None:
    tested = breaker(clock)
    fail(tested, 3)
    clock.now += 5
    tested.left(tested.enter())
    tested.succeeded(tested.enter())
    assert tested.state == "closed"


def test_what_began_before_it_opened_says_nothing_later(clock: Clock) -> None:
    tested = breaker(clock)
    old = [tested.enter() for _ in range(5)]
    for given in old[:3]:
        tested.failed(given)
    tested.succeeded(old[3])
    assert tested.state == "open"
    clock.now += 5
    tested.failed(old[4])
    assert tested.state == "half-open"


class Machine(RuleBasedStateMachine):
    """Any order of requests, ends and waits."""

    passes = Bundle("passes")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.tested = breaker(self.clock)
        self.under_way: set[int] = set()
        self.trying: set[int] = set()

    @rule(target=passes)
    def enter(self) -> int:
        state = self.tested.state
        try:
            given = self.tested.enter()
        except Unavailable:
            assert state == "open" or (state == "half-open" and self.trying)
            return -1
        assert state != "open"
        if state == "half-open":
            assert not self.trying
            self.trying.add(given)
        return given

    @rule(given=consumes(passes), how=st.sampled_from(("succeeded", "failed", "left")))
    def end(self, given: int, how: str) -> None:
        if given < 0:
            return
        state, probing = self.tested.state, given in self.trying
        getattr(self.tested, how)(given)
        self.trying.discard(given)
        if probing:
            assert self.tested.state == {"succeeded": "closed", "failed": "open", "left": "half-open"}[how]
        elif state != "closed":
            assert self.tested.state == state

    @rule(quarters=st.integers(0, 80))
    def wait(self, quarters: int) -> None:
        self.clock.now += quarters / 4  # exact in binary

    @invariant()
    def rest_is_bounded_and_only_when_open(self) -> None:
        assert 0 <= self.tested.rest_left_s <= 15
        assert (self.tested.state == "open") == (self.tested.rest_left_s > 0)

    @invariant()
    def it_never_stays_open(self) -> None:
        now, self.clock.now = self.clock.now, self.clock.now + 15
        assert self.tested.state != "open"
        self.clock.now = now


TestBreaker = Machine.TestCase
