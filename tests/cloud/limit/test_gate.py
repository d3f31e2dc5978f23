"""Who is counted, for what; and that nobody is shut out because the counter is away."""

import ipaddress

import pytest

from cloud.limit.gate import REST_S, Counter, Gate, asker
from cloud.limit.tries import MemoryTries, Rule
from sync.errors import Conflict, PrilavokError, Refused, Unavailable

WRONG = Refused("Wrong.", code="login.wrong", hint="Try again.")


class AwayTries:
    """A counter that nobody answers at, until `back`."""

    where = "redis://away"

    def __init__(self) -> None:
        self.asked = 0
        self.back = False

    def take(self, key: str, rule: Rule) -> float:
        self.asked += 1
        if not self.back:
            raise Unavailable("away", code="redis.away", hint="")
        return 0.0

    def give_back(self, key: str, rule: Rule) -> None:
        self.take(key, rule)

    def close(self) -> None:
        pass


@pytest.fixture
def gate() -> Gate:
    return Gate.of(MemoryTries(), wrong=3, open=5)


def try_login(gate: Gate, address: str, account: str, error: PrilavokError | None) -> str:
    """The code it ended with; "in" for none."""
    try:
        with gate.guessing("login", address, account):
            if error is not None:
                raise error
    except PrilavokError as ended:
        return ended.code
    return "in"


def test_wrong_tries_of_an_address_are_limited_whatever_account(gate: Gate) -> None:
    said = [try_login(gate, "192.0.2.1", f"north/{n}", WRONG) for n in range(5)]
    assert said == ["login.wrong"] * 3 + ["limit.tries"] * 2
    assert try_login(gate, "192.0.2.2", "north/0", None) == "in"


def test_wrong_tries_for_an_account_are_limited_from_wherever(gate: Gate) -> None:
    said = [try_login(gate, f"192.0.2.{n}", "north/ada", WRONG) for n in range(5)]
    assert said == ["login.wrong"] * 3 + ["limit.tries"] * 2
    assert try_login(gate, "192.0.2.9", "north/nils", None) == "in"


def test_right_tries_are_not_counted(gate: Gate) -> None:
    assert {try_login(gate, "192.0.2.1", "north/ada", None) for _ in range(50)} == {"in"}


def test_what_goes_wrong_here_is_not_counted(gate: Gate) -> None:
    away = Unavailable("The database is away.", code="database.unavailable", hint="")
    assert {try_login(gate, "192.0.2.1", "north/ada", away) for _ in range(50)} == {"database.unavailable"}
    assert try_login(gate, "192.0.2.1", "north/ada", None) == "in"


def test_conflicts_are_counted(gate: Gate) -> None:
    clash = Conflict("This key is another's.", code="enrolment.key", hint="")
    assert [try_login(gate, "192.0.2.1", "a", clash) for _ in range(4)][-1] == "limit.tries"


def test_wait_is_told(gate: Gate) -> None:
    for _ in range(5):
        gate.asking("192.0.2.1")
    with pytest.raises(Unavailable) as caught:
        gate.asking("192.0.2.1")
    assert caught.value.code == "limit.tries"
    assert caught.value.retry_after_s is not None
    assert 0 < caught.value.retry_after_s <= 60


def test_only_the_named_refusal_is_counted_of_tokens(gate: Gate) -> None:
    def call(code: str) -> str:
        try:
            with gate.failing("token", "192.0.2.1", "token.invalid"):
                raise Refused("No.", code=code, hint="")
        except PrilavokError as error:
            return error.code

    assert {call("token.missing") for _ in range(20)} == {"token.missing"}
    assert [call("token.invalid") for _ in range(4)] == ["token.invalid"] * 3 + ["limit.tries"]
    with gate.failing("token", "192.0.2.1", "token.invalid"):
        pass  # a right token goes through all the same


def test_while_the_counter_is_away_this_process_counts() -> None:
    away, ticks = AwayTries(), [0.0]
    counter = Counter(away, clock=lambda: ticks[0])
    rule = Rule(3, 60)
    assert [counter.take("a", rule) > 0 for _ in range(4)] == [False, False, False, True]
    assert (away.asked, counter.away, counter.here) == (1, 4, True)
    ticks[0] += REST_S
    away.back = True
    assert counter.take("a", rule) == 0
    assert (away.asked, counter.away, counter.here) == (2, 4, False)


TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.9"], "192.0.2.1"),  # anybody may write that header
        ("10.0.0.1", ["203.0.113.5", "198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["203.0.113.5", "198.51.100.9", "10.2.2.2"], "198.51.100.9"),
        ("::1", [" 198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", [], "192.0.2.1"),
        (None, ["198.51.100.9"], "unknown"),
    ],
)
def test_asker_is_the_last_address_that_no_trusted_proxy_has(
    peer: str | None, forwarded: list[str], found: str
) -> None:
    assert asker(peer, forwarded, TRUSTED) == found
