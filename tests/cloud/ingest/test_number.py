"""Settled numbers, whatever order batches come in: each number is stored once, and none is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cloud.ingest.number import HIGHEST, Numbers, check, without
from sync.batch import Batch, Item, Received, Sent
from sync.clock import Stamp
from sync.errors import Refused
from sync.span import Span, merged
from tests.simulators.hub_node import BOOT, EPOCH

numbers = st.lists(st.integers(1, 40), max_size=12)
spans = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=4)


def received(
    items: list[int],
    gone: list[tuple[int, int]] = [],  # noqa: B006
    low: int = 1,
    forgotten: tuple[Span, ...] = (),
) -> Received:
    batch = Batch(
        tenant="north",
        node="kiosk-1",
        epoch=EPOCH,
        sent=Stamp(boot=BOOT, mono_ms=0, wall_ms=0, trusted=False),
        protocol=1,
        low=low,
        records=tuple(Sent(item, b"x") for item in items),
        gone=tuple(Span(first, first + more) for first, more in gone),
        forgotten=forgotten or UNSET,
    )
    return Received(batch, tuple(Item(item, b"x", None) for item in items))


def within(spans: tuple[Span, ...]) -> set[int]:
    return {number for span in spans for number in range(span.first, span.last + 1)}


@given(st.lists(st.tuples(numbers, spans), max_size=8))
def test_each_number_is_fresh_once_and_settled_for_ever(
    batches: list[tuple[list[int], list[tuple[int, int]]]],
) -> None:
    known, stored = Numbers(), []
    said: set[int] = set()
    for items, gone in batches:
        taken = known.take(received(items, gone))
        assert within(known.settled) <= within(taken.numbers.settled)
        stored += [item.seq for item in taken.fresh]
        assert sorted([*(item.seq for item in taken.fresh), *(item.seq for item in taken.again)]) == sorted(
            items
        )
        said |= set(items) | {number for first, more in gone for number in range(first, first + more + 1)}
        known = taken.numbers
    assert len(stored) == len(set(stored))
    assert within(known.settled) == said
    assert known.settled == merged(known.settled)


@given(st.lists(st.tuples(numbers, st.integers(1, 50)), max_size=8))
def test_lost_and_settled_never_meet_and_cover_all_below_low(batches: list[tuple[list[int], int]]) -> None:
    known = Numbers()
    for items, low in batches:
        known = known.take(received(items, low=low)).numbers
        assert not within(known.settled) & within(known.lost)
        assert set(range(1, low)) <= within(known.answered)


def test_a_restored_hub_says_what_it_lost_once() -> None:
    known = Numbers(settled=(Span(1, 10),))
    taken = known.take(received([21], low=21))
    assert taken.lost == (Span(11, 20),)
    assert taken.numbers.answered == (Span(1, 21),)
    assert taken.numbers.take(received([22], low=22)).lost == ()


def test_what_a_node_has_forgotten_is_lost_where_it_is_missing_and_said_once() -> None:
    known = Numbers(settled=(Span(1, 10), Span(15, 15)))
    taken = known.take(received([21], forgotten=(Span(5, 17),)))
    assert taken.lost == (Span(11, 14), Span(16, 17))
    assert taken.numbers.settled == (Span(1, 10), Span(15, 15), Span(21, 21))
    assert taken.numbers.take(received([], forgotten=(Span(5, 17),))).lost == ()


def test_a_record_that_was_thought_lost_is_taken_after_all() -> None:
    known = Numbers(settled=(Span(1, 10),), lost=(Span(11, 20),))
    taken = known.take(received([15, 16]))
    assert [item.seq for item in taken.fresh] == [15, 16]
    assert taken.numbers.lost == (Span(11, 14), Span(17, 20))


def test_numbers_out_of_all_bounds_are_refused() -> None:
    with pytest.raises(Refused):
        check(received([HIGHEST + 1]))


@given(spans, spans)
def test_without_takes_away_exactly(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    left, right = (merged(Span(f, f + m) for f, m in each) for each in (ones, others))
    assert within(without(left, right)) == within(left) - within(right)
