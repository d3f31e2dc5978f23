from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.runtime.generator import Piece, Queued, Request, Started
from models.runtime.llama.pace import Pace
from models.runtime.llama.scheduler import LEAST_CHUNK, STALL_S
from sync.errors import PrilavokError, Unavailable
from tests.simulators.llama_core import TOKEN_BYTES, VOCABULARY, CoreSimulator
from tests.simulators.llama_room import RULES, Room, Wish, alone, play

token = st.integers(1, VOCABULARY - 1)
prompts = st.builds(
    lambda begin, length, rest: (begin[:length] + rest)[:47] or [1],
    st.sampled_from([RULES, RULES + RULES, [1, 2, 3]]),
    st.integers(0, 40),
    st.lists(token, max_size=16),
)
wishes = st.builds(
    Wish,
    prompt=prompts,
    most=st.integers(1, 40),
    session=st.sampled_from(["", "a", "b"]),
    temperature=st.sampled_from([0.0, 0.0, 5.0]),
    seed=st.integers(0, 3),
    stop=st.sampled_from([(), ("ab",), ("b", "ddd")]),
    rows=st.none() | st.lists(st.lists(token, min_size=1, max_size=20), min_size=1, max_size=3),
    ignore_eos=st.booleans(),
)


cores = st.builds(
    lambda sequences, most, kind: CoreSimulator(sequences, 48, most, *kind),
    st.integers(1, 4),
    st.integers(3, 40),
    st.sampled_from([(True, True), (False, True), (False, False)]),
)
doings = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), wishes),
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("step"), st.integers(1, 4)),
    ),
    max_size=16,
)
calm = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@calm
@given(cores, st.integers(0, 80), st.booleans(), st.integers(1, 5), doings)
def test_every_request_is_told_what_it_would_be_told_alone(
    core: CoreSimulator, cache: int, drafts: bool, running: int, doings: list[tuple[str, Any]]
) -> None:
    room = Room(core, cache=cache * TOKEN_BYTES, drafts=drafts, running_limit=running)
    asked, cancelled = play(room, doings)
    for id, wish in asked.items():
        if id not in cancelled:
            assert room.told(id) == alone(wish, core.context)


@calm
@given(cores, st.sets(st.integers(1, 12)), doings)
def test_a_failure_is_told_to_everybody_and_the_next_request_works(
    core: CoreSimulator, failures: set[int], doings: list[tuple[str, Any]]
) -> None:
    core.failures = frozenset(failures)
    room = Room(core, cache=40 * TOKEN_BYTES)
    asked, cancelled = play(room, doings)
    for id in asked.keys() - cancelled:
        last = room.news[id][-1]
        assert isinstance(last, PrilavokError) or (isinstance(last, Piece) and last.finish)
    core.failures = frozenset()
    wish = Wish([*RULES, 7], 12)
    room.scheduler.submit(99, wish.prepared())
    room.run()
    assert room.told(99) == alone(wish, core.context)


@calm
@given(st.integers(1, 4), st.integers(1, 6), st.lists(wishes, max_size=14))
def test_no_more_wait_than_the_line_holds(running: int, limit: int, asked: list[Wish]) -> None:
    room = Room(CoreSimulator(4, 48), queue_limit=limit, running_limit=running)
    for id, wish in enumerate(asked):
        room.scheduler.submit(id, wish.prepared())
        assert len(room.scheduler.line) <= limit
    refused = {id for id, news in room.news.items() if isinstance(news[0], Unavailable)}
    assert refused == set(range(limit, len(asked)))
    room.run()
    assert [room.told(id)[1] != "" for id in range(min(limit, len(asked)))].count(False) == 0


def test_a_cancelled_request_computes_nothing_more() -> None:
    room = Room(CoreSimulator(2, 64, 16))
    for id in (1, 2):
        room.scheduler.submit(id, Wish([id, *RULES], 40, ignore_eos=True).prepared())
    for _ in range(4):
        room.step()
    gone = next(job.slot for job in room.scheduler.active if job.id == 1)
    assert gone is not None
    room.scheduler.cancel(1)
    told = len(room.news[1])
    steps = len(room.core.steps)
    room.run()
    assert len(room.news[1]) == told
    assert all(gone.index not in batch.sequences for batch in room.core.steps[steps:])


def test_who_waits_is_told_when_the_running_one_is_cancelled() -> None:
    room = Room(CoreSimulator(1, 64, 16))
    room.scheduler.submit(1, Wish(RULES, 40, ignore_eos=True).prepared())
    room.step()
    room.scheduler.submit(2, Wish(RULES, 3, ignore_eos=True).prepared())
    room.step()
    assert [type(one) for one in room.news[2]] == [Queued]
    room.scheduler.cancel(1)
    room.step()
    assert Started in map(type, room.news[2])


def test_sessions_take_turns() -> None:
    room = Room(CoreSimulator(1, 64, 64))
    for id, session in enumerate("aaabbc"):
        room.scheduler.submit(id, Wish([1 + id, 2], 2, session, ignore_eos=True).prepared())
    room.run()
    assert room.order == [0, 3, 5, 1, 4, 2]


def test_requests_without_a_session_are_strangers_to_each_other() -> None:
    room = Room(CoreSimulator(1, 64, 64))
    for id, session in enumerate(["a", "", "", "a"]):
        room.scheduler.submit(id, Wish([1 + id, 2], 2, session, ignore_eos=True).prepared())
    room.run()
    assert room.order == [0, 1, 2, 3]


class Slow(Pace):
    """A box on which a token takes ten milliseconds, whatever is measured."""

    def learn(self, tokens: int, took_s: float) -> None:
        self.base_s, self.token_s = 0.01, 0.01


def test_a_long_prompt_holds_nobody_up_for_longer_than_the_budget() -> None:
    room = Room(CoreSimulator(3, 400, 256), drafts=False)
    room.scheduler.pace = Slow()
    room.scheduler.pace.learn(0, 0)
    room.scheduler.submit(1, Wish([1, 2], 200, ignore_eos=True).prepared())
    room.step()
    for id in (2, 3):
        room.scheduler.submit(id, Wish([id, *(RULES * 15)], 2, ignore_eos=True).prepared())
    before = len(room.core.steps)
    while not any(isinstance(one, Piece) for one in room.news.get(3, [])):
        room.step()
    budget = max(LEAST_CHUNK, room.scheduler.pace.tokens_in(STALL_S))
    assert {len(batch) <= budget + 3 for batch in room.core.steps[before:]} == {True}
    assert all(0 in Counter(batch.sequences) for batch in room.core.steps[before:])


def test_what_the_governor_allows_bounds_the_prompts_of_a_step() -> None:
    room = Room(CoreSimulator(3, 400, 256))
    room.scheduler.chunk_limit = 20
    room.scheduler.submit(1, Wish(RULES * 15, 2).prepared())
    room.run()
    assert max(map(len, room.core.steps[:-2])) == 20


def test_drafts_prove_right_and_change_nothing() -> None:
    wish = Wish([*RULES, *RULES], 20, ignore_eos=True)
    room = Room(CoreSimulator(2, 64, 64))
    room.scheduler.submit(1, wish.prepared())
    room.run()
    assert room.told(1) == alone(wish, 64)
    assert 0 < room.scheduler.counts.right_tokens <= room.scheduler.counts.guessed_tokens


def test_streams_that_are_forced_at_once_fit_into_the_batch() -> None:
    room = Room(CoreSimulator(4, 128, 16))
    for id in range(3):
        rows = [[choice, *[5] * 30, last] for choice in (3, 4) for last in (1, 2)]
        room.scheduler.submit(id, Wish([id + 1, 2], 60, rows=rows).prepared())
    room.scheduler.submit(3, Wish([9, 9], 30, ignore_eos=True).prepared())
    room.run()
    assert {room.told(id)[1] for id in range(4)} == {"stop", "length"}


def test_after_a_failure_nothing_that_was_computed_is_used() -> None:
    room = Room(CoreSimulator(2, 64, 64))
    for id in (1, 2):
        room.scheduler.submit(id, Wish([*RULES, id], 3, ignore_eos=True).prepared())
    room.run()
    assert len(room.tree) > 0
    room.core.failures = frozenset({len(room.core.steps) + 1})
    room.scheduler.submit(3, Wish([7, 7], 3).prepared())
    room.run()
    assert isinstance(room.news[3][-1], Unavailable)
    room.scheduler.submit(4, Wish([*RULES, 1], 3).prepared())
    room.run()
    assert Started(len(RULES) + 1, 0) in room.news[4]


def test_all_who_wait_hear_their_place() -> None:
    room = Room(CoreSimulator(2), running_limit=1)
    for id, session in enumerate(("many", "many", "many", "one")):
        room.scheduler.submit(id, Wish([1 + id], 4, session, ignore_eos=True).prepared())
    room.step()
    places = {
        id: [one.position for one in room.news.get(id, []) if isinstance(one, Queued)] for id in range(4)
    }
    assert places == {0: [], 3: [0], 1: [1], 2: [2]}


def test_what_breaks_for_one_is_told_to_that_one_alone() -> None:
    room = Room(CoreSimulator(2))
    bad = Wish([1, 2], 5).prepared()
    broken = replace(bad, request=Request(prompt="", logit_bias={VOCABULARY + 1: 1.0}))
    room.scheduler.submit(1, broken)
    wish = Wish([3, 4], 5, ignore_eos=True)
    room.scheduler.submit(2, wish.prepared())
    room.run()
    told = room.news[1][-1]
    assert isinstance(told, Unavailable)
    assert told.code == "generator.failed"
    assert room.told(2) == alone(wish, 64)
