"""A copied card is told from a node that restarts and from messages that come late."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.document import decode, encode
from sync.twin import LATE_MS, MOST_BOOTS, Boots

A, B, C = ("a" * 16, "b" * 16, "c" * 16)
MINUTE_MS = 60_000


def _heard(*said: tuple[str, int]) -> Boots:
    boots = Boots()
    for boot, minute in said:
        boots = boots.hear(boot, minute * MINUTE_MS)
    return boots


def test_two_boots_that_both_go_on_are_a_clone() -> None:
    assert _heard((A, 0), (B, 5), (A, 20), (B, 25), (A, 40)).cloned


def test_node_that_restarts_is_none() -> None:
    assert not _heard((A, 0), (A, 60), (B, 61), (B, 90), (C, 91), (C, 300)).cloned


def test_messages_of_the_boot_before_may_come_late() -> None:
    assert not _heard((A, 0), (B, 5), (A, 6), (B, 7), (A, 14), (B, 15), (B, 60)).cloned


def test_queue_that_was_found_again_is_one_return_however_long() -> None:
    burst = [(boot, 60) for _ in range(20) for boot in (A, B)]
    assert not _heard((A, 0), (B, 5), (B, 59), *burst, (B, 200)).cloned


@given(st.lists(st.integers(1, 200), min_size=1, max_size=60))
def test_boots_one_after_the_other_are_never_a_clone(steps: list[int]) -> None:
    boots, minute = Boots(), 0
    for number, step in enumerate(steps):
        for _ in range(3):
            minute += step
            boots = boots.hear(f"{number:016x}", minute * MINUTE_MS)
    assert not boots.cloned
    assert len(boots.heard) <= MOST_BOOTS


@given(st.lists(st.booleans(), max_size=40))
def test_any_boot_that_comes_back_twice_is_a_clone(order: list[bool]) -> None:
    minutes = LATE_MS // MINUTE_MS + 1
    said = [A, *(B if newer else A for newer in order)]
    boots = _heard(*((boot, number * minutes) for number, boot in enumerate(said)))
    assert boots.cloned == ([*pairwise(said)].count((B, A)) >= 2)


def test_it_is_a_document() -> None:
    boots = _heard((A, 0), (B, 5), (A, 60))
    assert decode(encode(boots), Boots) == boots
