"""What every counter of tries must keep: one suite, run over memory and a real Redis."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.limit.redis_store import RedisTries
from cloud.limit.tries import MemoryTries, Rule, Tries
from sync.errors import Refused, Unavailable
from tests.simulators.redis_server import running

RULE = Rule(tries=20, span_s=60)
TEN_YEARS_S = 10 * 365 * 86_400.0


@dataclass
class Clock:
    """Stands until it is moved."""

    now_s: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
def tries(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Tries]:
    """An empty counter of each kind."""
    kept: Tries = MemoryTries(clock)
    if request.param == "redis":
        kept = RedisTries(request.getfixturevalue("redis_url"), clock)
        emptied(kept)
    yield kept
    kept.close()


def emptied(tries: RedisTries) -> None:
    tries._redis.flushall()


def taken(tries: Tries, key: str, rule: Rule = RULE, times: int = 100) -> int:
    """How many of so many tries were let through."""
    return sum(tries.take(key, rule) == 0 for _ in range(times))


def test_as_many_as_the_rule_says_go_through_at_once(tries: Tries) -> None:
    assert taken(tries, "a") == RULE.tries


def test_keys_do_not_share(tries: Tries) -> None:
    taken(tries, "a")
    assert taken(tries, "b") == RULE.tries


def test_wait_that_is_told_is_enough_and_no_longer(tries: Tries, clock: Clock) -> None:
    taken(tries, "a")
    wait_s = tries.take("a", RULE)
    assert wait_s == pytest.approx(RULE.each_s, abs=0.05)
    clock.now_s += wait_s - 0.1
    assert tries.take("a", RULE) > 0
    clock.now_s += 0.1
    assert tries.take("a", RULE) == 0


def test_after_the_span_all_is_forgotten(tries: Tries, clock: Clock) -> None:
    taken(tries, "a")
    clock.now_s += RULE.span_s
    assert taken(tries, "a") == RULE.tries


def test_refused_tries_do_not_prolong_the_wait(tries: Tries, clock: Clock) -> None:
    taken(tries, "a", times=1_000)
    clock.now_s += RULE.each_s
    assert taken(tries, "a") == 1


def test_what_was_given_back_fits_again(tries: Tries) -> None:
    for _ in range(3 * RULE.tries):
        assert tries.take("a", RULE) == 0
        tries.give_back("a", RULE)
    assert taken(tries, "a") == RULE.tries
    tries.give_back("a", RULE)
    assert taken(tries, "a") == 1


def test_more_cannot_be_saved_up_than_the_rule_has(tries: Tries) -> None:
    for _ in range(5):
        tries.give_back("a", RULE)
    assert taken(tries, "a") == RULE.tries


@pytest.mark.parametrize("jump_s", [TEN_YEARS_S, -TEN_YEARS_S])
def test_clock_that_jumps_shuts_nobody_out(tries: Tries, clock: Clock, jump_s: float) -> None:
    taken(tries, "a")
    clock.now_s += jump_s
    assert taken(tries, "a") == RULE.tries


def test_clock_that_is_a_little_behind_forgets_nothing(tries: Tries, clock: Clock) -> None:
    taken(tries, "a")
    clock.now_s -= 5
    assert tries.take("a", RULE) > 0


def test_many_at_once_are_all_counted(tries: Tries) -> None:
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda _: tries.take("a", RULE), range(200)))
    assert sum(wait_s == 0 for wait_s in said) == RULE.tries


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.floats(0, 30), min_size=1, max_size=60),
    rule=st.builds(Rule, tries=st.integers(1, 30), span_s=st.floats(1, 120)),
    key=st.text(min_size=1, max_size=40),
)
def test_no_span_lets_through_more_than_twice_the_rule(
    tries: Tries, clock: Clock, steps: list[float], rule: Rule, key: str
) -> None:
    """All at once, and as many again while those are forgotten: never more in any span."""
    if isinstance(tries, RedisTries):
        emptied(tries)
    elif isinstance(tries, MemoryTries):
        tries._until.clear()
    through: list[float] = []
    for step in steps:
        clock.now_s += step
        if tries.take(key, rule) == 0:
            through.append(clock.now_s)
        within = [at for at in through if at > clock.now_s - rule.span_s]
        assert len(within) <= 2 * rule.tries


def test_memory_forgets_the_oldest_keys_over_its_limit(clock: Clock) -> None:
    tries = MemoryTries(clock, keys_limit=10)
    for number in range(1_000):
        tries.take(str(number), RULE)
    assert len(tries._until) == 10
    assert taken(tries, "999") == RULE.tries - 1


def test_two_processes_count_together_over_one_redis(redis_url: str, clock: Clock) -> None:
    one, other = RedisTries(redis_url, clock), RedisTries(redis_url, clock)
    emptied(one)
    assert taken(one, "a", times=15) + taken(other, "a", times=15) == RULE.tries
    one.close()
    other.close()


def test_redis_keeps_no_name_and_lets_keys_expire(redis_url: str) -> None:
    tries = RedisTries(redis_url)
    emptied(tries)
    tries.take("login/192.0.2.7", RULE)
    [name] = tries._redis.keys("*")
    assert b"192.0.2.7" not in name
    assert 0 < tries._redis.pttl(name) <= RULE.span_s * 1000
    tries.close()


def test_redis_that_is_away_is_said_at_once(redis_url: str) -> None:
    tries = RedisTries("redis://user:hush@127.0.0.1:1/0")
    asked: tuple[Callable[[], object], ...] = (
        lambda: tries.take("a", RULE),
        lambda: tries.give_back("a", RULE),
        tries.reach,
    )
    for ask in asked:
        with pytest.raises(Unavailable) as caught:
            ask()
        assert caught.value.code == "redis.away"
        assert "hush" not in caught.value.message
    tries.close()


def test_what_is_no_address_of_a_redis_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        RedisTries("http://127.0.0.1")
    assert caught.value.code == "redis.address"
