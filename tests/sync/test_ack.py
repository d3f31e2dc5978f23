"""An acknowledgement says what is stored, no more, and only the hub can say it."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import ack
from sync.ack import MOST_HOLES, Ack, acknowledge
from sync.document import MESSAGE_LIMIT_BYTES
from sync.errors import Conflict, PrilavokError, Refused
from sync.signed import Signatories
from sync.span import Span, of
from tests.sync.cast import EPOCH, HUB, NODE, TENANT, flips, signer

HUBS = Signatories((HUB.public,))


def _ack(*numbers: int) -> Ack:
    return acknowledge(TENANT, NODE, EPOCH, of(numbers))


def test_holes_are_named() -> None:
    said = _ack(1, 2, 3, 6, 9, 10)
    assert (said.upto, said.seen, said.holes) == (3, 10, (Span(4, 5), Span(7, 8)))
    assert said.settled() == (Span(1, 3), Span(6, 6), Span(9, 10))


def test_nothing_stored_settles_nothing() -> None:
    said = _ack()
    assert (said.upto, said.seen, said.settled()) == (0, 0, ())
    assert _ack(5).settled() == (Span(5, 5),)


@given(st.sets(st.integers(1, 2_000), max_size=1_500))
def test_what_it_settles_is_stored(stored: set[int]) -> None:
    said = _ack(*stored)
    settled = {number for span in said.settled() for number in range(span.first, span.last + 1)}
    assert settled <= stored
    assert len(said.holes) <= MOST_HOLES
    assert all(said.settles(number) for number in settled)
    if len(said.holes) < MOST_HOLES:
        assert settled == stored


def test_more_holes_than_fit_are_left_for_the_next_time() -> None:
    stored = range(2, 2_000, 2)
    said = _ack(*stored)
    assert len(said.holes) == MOST_HOLES
    assert len(ack.write(said, HUB)) < MESSAGE_LIMIT_BYTES
    assert said.settles(2)
    assert not said.settles(1_998)


def test_what_has_just_come_is_answered_however_many_holes_there_are() -> None:
    said = acknowledge(TENANT, NODE, EPOCH, of(range(2, 2_000, 2)), fresh=[4, 1_000, 1_998])
    assert said.also == (Span(1_000, 1_000), Span(1_998, 1_998))
    assert said.settles(1_000)
    assert not said.settles(1_002)
    assert said.highest == 1_998
    with pytest.raises(Conflict):
        ack.receive(ack.write(said, HUB), TENANT, NODE, EPOCH, 1_997, HUBS)


@given(st.sets(st.integers(1, 3_000), max_size=900), st.randoms())
def test_every_fresh_number_is_settled(stored: set[int], dice: random.Random) -> None:
    fresh = dice.sample(sorted(stored), min(len(stored), 300))
    said = acknowledge(TENANT, NODE, EPOCH, of(stored), fresh)
    assert all(said.settles(number) for number in fresh)
    assert len(ack.write(said, HUB)) < MESSAGE_LIMIT_BYTES


def test_acknowledgement_arrives_as_it_was_written() -> None:
    message = ack.write(_ack(1, 2, 4), HUB)
    assert ack.receive(message, TENANT, NODE, EPOCH, 9, HUBS) == _ack(1, 2, 4)


def test_any_flipped_bit_is_refused() -> None:
    message = ack.write(_ack(1, 3), HUB)
    for turned in flips(message):
        with pytest.raises(PrilavokError):
            ack.receive(turned, TENANT, NODE, EPOCH, 9, HUBS)


def test_forged_acknowledgement_deletes_nothing() -> None:
    with pytest.raises(Refused):
        ack.receive(ack.write(_ack(1), signer("broker")), TENANT, NODE, EPOCH, 9, HUBS)


def test_acknowledgement_for_another_node_is_refused() -> None:
    other = acknowledge(TENANT, "shop-18", EPOCH, of([1]))
    with pytest.raises(Refused) as raised:
        ack.receive(ack.write(other, HUB), TENANT, NODE, EPOCH, 9, HUBS)
    assert raised.value.code == "ack.foreign"


def test_acknowledgement_for_an_earlier_epoch_says_nothing() -> None:
    other = acknowledge(TENANT, NODE, "00000000000000e0", of([1, 2, 3]))
    assert ack.receive(ack.write(other, HUB), TENANT, NODE, EPOCH, 2, HUBS) is None


def test_hub_that_has_more_than_was_sent_tells_of_an_old_copy() -> None:
    with pytest.raises(Conflict) as raised:
        ack.receive(ack.write(_ack(*range(1, 11)), HUB), TENANT, NODE, EPOCH, 9, HUBS)
    assert raised.value.code == "ack.ahead"
