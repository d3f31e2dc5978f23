"""Where a prompt's keys and values come from: places, the tree, records put together."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.runtime.generator import Started
from tests.simulators.llama_core import TOKEN_BYTES, VOCABULARY, CoreSimulator
from tests.simulators.llama_room import RULES, Room, Wish, alone, play

token = st.integers(1, VOCABULARY - 1)
calm = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def record_wishes(draw: st.DrawFn) -> Wish:
    """Rules, then some of a few records in any order, then a question."""
    known = [[10 + index] * 2 + [index + 1] * 6 for index in range(3)]
    chosen = draw(st.lists(st.integers(0, 2), min_size=2, max_size=3, unique=True))
    prompt, places = RULES[:8], []
    for number, index in enumerate(chosen):
        places.append((len(prompt), len(prompt) + 2, len(prompt) + 2 + len(known[index])))
        prompt = prompt + [20, 21 + number % 2] + known[index]
    prompt = prompt + draw(st.lists(token, min_size=1, max_size=5))
    return Wish(prompt, draw(st.integers(1, 20)), records=places)


@calm
@given(
    st.integers(1, 5),
    st.integers(3, 40),
    st.integers(0, 60),
    st.lists(
        st.one_of(
            st.tuples(st.just("ask"), record_wishes()),
            st.tuples(st.just("cancel"), st.integers(0, 9)),
            st.tuples(st.just("step"), st.integers(1, 4)),
        ),
        max_size=12,
    ),
)
def test_records_are_put_together_whatever_the_cache_holds(
    sequences: int, most: int, cache: int, doings: list[tuple[str, Any]]
) -> None:
    room = Room(CoreSimulator(sequences, 64, most, strict=False), cache=cache * TOKEN_BYTES, records=True)
    asked, cancelled = play(room, doings)
    for id, wish in asked.items():
        if id not in cancelled:
            assert room.told(id) == alone(wish, 64)


def test_what_two_prompts_have_in_common_is_computed_once() -> None:
    room = Room(CoreSimulator(2, 64, 64))
    for id in (1, 2):
        room.scheduler.submit(id, Wish([*RULES, *RULES, id], 3, ignore_eos=True).prepared())
    room.run()
    assert room.scheduler.counts.reused_tokens == 2 * len(RULES)


@pytest.mark.parametrize("copies", [True, False])
def test_a_conversation_goes_on_in_its_place(copies: bool) -> None:
    room = Room(CoreSimulator(2, 64, 64, copies), cache=0)
    first = Wish(RULES, 6, ignore_eos=True)
    room.scheduler.submit(1, first.prepared())
    room.run()
    said = [byte - 96 for byte in room.told(1)[0].encode()]
    room.scheduler.submit(2, Wish([*RULES, *said, 7, 8], 6).prepared())
    room.run()
    assert room.scheduler.counts.reused_tokens == len(RULES) + len(said) - 1


def with_records(chosen: list[int], question: list[int]) -> Wish:
    """Rules, long records in this order, and a question."""
    prompt, places = RULES[:4], []
    for number, index in enumerate(chosen):
        begin = len(prompt)
        places.append((begin, begin + 1, begin + 17))
        prompt = [*prompt, 20 + number, *[10 + index] * 16]
    return Wish([*prompt, *question], 1, records=places)


def test_a_record_that_is_known_is_not_computed_again_wherever_it_stands() -> None:
    room = Room(CoreSimulator(6, 128, 64, strict=False), records=True)
    for id, chosen in enumerate(([0, 1], [2, 3], [1, 3, 0])):
        room.scheduler.submit(id, with_records(chosen, [7, 8]).prepared())
    room.run()
    before = room.scheduler.counts.computed_tokens
    wish = with_records([3, 0, 2], [9])
    room.scheduler.submit(9, wish.prepared())
    room.run()
    assert room.scheduler.counts.computed_tokens - before == 1
    assert Started(len(wish.prompt), len(wish.prompt) - 1) in room.news[9]
