"""Who is next: the promised place is kept, nobody is lost, and no session is passed over."""

from hypothesis import given
from hypothesis import strategies as st

from models.runtime.turns import Turns

COMERS = st.lists(st.sampled_from("abcd"), max_size=30)


def filled(comers: list[str]) -> tuple[Turns[int], list[int]]:
    turns: Turns[int] = Turns(limit=100)
    for number, session in enumerate(comers):
        turns.join(session, number)
    return turns, list(range(len(comers)))


def drained(turns: Turns[int]) -> list[int]:
    order = []
    while (item := turns.next()) is not None:
        order.append(item)
    return order


def test_one_who_asks_much_waits_for_the_others() -> None:
    turns, _ = filled(["a", "a", "a", "b", "c"])
    assert drained(turns) == [0, 3, 4, 1, 2]


def test_nobody_may_join_beyond_the_limit() -> None:
    turns: Turns[int] = Turns(limit=1)
    assert not turns.full
    turns.join("a", 1)
    assert turns.full
    turns.leave(1)
    turns.leave(1)
    assert (len(turns), turns.full, turns.next()) == (0, False, None)


@given(COMERS)
def test_place_is_the_number_of_those_served_before(comers: list[str]) -> None:
    turns, items = filled(comers)
    places = {item: turns.place(item) for item in items}
    assert {item: number for number, item in enumerate(drained(turns))} == places


@given(COMERS, st.data())
def test_everyone_who_stays_is_served_once_and_in_the_sessions_order(
    comers: list[str], data: st.DataObject
) -> None:
    turns, items = filled(comers)
    gone = data.draw(st.sets(st.sampled_from(items))) if items else set()
    for item in gone:
        turns.leave(item)
    order = drained(turns)
    assert sorted(order) == [item for item in items if item not in gone]
    for session in "abcd":
        own = [item for item in order if comers[item] == session]
        assert own == sorted(own)


@given(COMERS)
def test_between_two_of_a_session_every_other_that_waits_is_served(comers: list[str]) -> None:
    turns, items = filled(comers)
    left = dict.fromkeys(items)
    last: dict[str, set[str]] = {}
    for item in drained(turns):
        session = comers[item]
        if session in last:
            assert {comers[other] for other in left} - {session} <= last[session]
        del left[item]
        for seen in last.values():
            seen.add(session)
        last[session] = set()
