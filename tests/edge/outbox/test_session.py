"""Data keys live in memory, for as long as somebody talks."""

from edge.outbox.session import SessionKeys
from sync.seal import coded


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_session_keeps_its_key_while_it_is_used_and_not_after() -> None:
    clock = Clock()
    keys = SessionKeys(ttl_s=60, clock=clock)
    first = keys.of("s").key
    clock.now = 59
    assert keys.of("s").key == first
    clock.now = 118
    assert keys.of("s").key == first
    clock.now = 179
    assert keys.of("s").key != first


def test_one_session_too_many_and_the_longest_idle_is_forgotten() -> None:
    keys = SessionKeys(most=2)
    first, second = keys.of("a").key, keys.of("b").key
    assert keys.of("a").key == first
    keys.of("c")
    assert keys.of("a").key == first
    assert keys.of("b").key != second


def test_code_of_a_session_finds_its_key() -> None:
    key = SessionKeys().of("s").key
    assert coded(key.code) == key.id


def test_erased_session_is_another_one_afterwards() -> None:
    keys = SessionKeys()
    session = keys.of("s")
    keys.forget([session.key.id, b"unknown-10"])
    assert session.erased
    assert keys.of("s").key != session.key
    keys.mark_known([session.key.id])
    assert not keys.of("s").known


def test_turns_are_counted_from_one() -> None:
    session = SessionKeys().of("s")
    assert [session.turn(), session.turn()] == [1, 2]


def test_secret_does_not_show() -> None:
    session = SessionKeys().of("s")
    assert str(session.key.secret) not in repr(session)


def test_session_without_a_name_is_nobody_elses() -> None:
    keys = SessionKeys()
    assert keys.of(None).key.id != keys.of(None).key.id
