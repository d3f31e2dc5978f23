from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.runtime.generator import Piece, Queued, Request, Started
from models.runtime.llama.radix import RadixTree
from models.runtime.llama.record import Part
from models.runtime.llama.scheduler import News, Scheduler
from models.runtime.llama.sequence import Prepared
from sync.errors import PrilavokError, Unavailable
from tests.simulators.llama_core import END, VOCABULARY, CoreSimulator, RopeSimulator, alone

TEXTS = tuple(f"<{token}>".encode() for token in range(VOCABULARY))
RULES, FIRST, SECOND = [1, 2, 3, 4], [5], [6]
RECORDS = [[10 + number] * 16 for number in range(5)]


class Bench:
    """A scheduler over a simulated core, and what its listeners heard."""

    def __init__(self, core: CoreSimulator, *, cache_bytes: int = 1 << 20, records: bool = False) -> None:
        self.core, self.heard, self.now = core, dict[int, list[News]](), 0.0
        self.tree = RadixTree(cache_bytes)
        rope: Any = RopeSimulator() if records else None
        self.scheduler = Scheduler(
            core,
            self.tree,
            rope=rope,
            ends=frozenset({END}),
            texts=TEXTS,
            tell=lambda id, news: self.heard.setdefault(id, []).append(news),
            queue_limit=20,
            running_limit=4,
            clock=lambda: self.now,
        )

    def ask(self, id: int, prompt: list[int], parts: tuple[Part, ...] = (), **fields: Any) -> None:
        request = Request(prompt="", **{"max_tokens": 8, **fields})
        self.scheduler.submit(id, Prepared(request, np.array(prompt, np.int32), parts))

    def finish(self, most: int = 2000) -> None:
        """Steps until nobody waits; bounded, so that a livelock fails."""
        for _ in range(most):
            if not self.scheduler.busy:
                break
            self.scheduler.step()
            self.now += 0.01
            self.hold()
        assert not self.scheduler.busy

    def hold(self) -> None:
        """What must be true after every step."""
        for slot in self.scheduler.seating.slots.all:
            assert [token for token, _ in self.core.cells[slot.index]] == slot.tokens.tolist()
        users = [slot.user for slot in self.scheduler.seating.slots.all if slot.user is not None]
        assert len(users) == len(set(map(id, users)))
        assert self.tree.size_bytes <= self.tree.limit_bytes

    def said(self, id: int) -> str:
        return "".join(one.text for one in self.heard.get(id, []) if isinstance(one, Piece))


def expected(prompt: list[int], most: int, context: int) -> str:
    return "".join(f"<{token}>" for token in alone(prompt, most, context))


def with_records(chosen: list[int], question: list[int]) -> tuple[list[int], tuple[Part, ...]]:
    """A prompt of rules, two or more numbered records and a question, and its parts."""
    prompt, parts = [*RULES, *FIRST, *RECORDS[chosen[0]]], []
    head = np.array([*RULES, *FIRST], np.int32)
    parts += [Part(0, 4, head[:4]), Part(4, 5, head), Part(5, 21, np.array(prompt, np.int32))]
    for number in chosen[1:]:
        at = len(prompt)
        prompt += [*SECOND, *RECORDS[number]]
        parts.append(Part(at, at + 1, np.array([*RULES, *SECOND], np.int32)))
        parts.append(Part(at + 1, at + 17, np.array([*RULES, *FIRST, *RECORDS[number]], np.int32)))
    return [*prompt, *question], tuple(parts)


prompts = st.lists(st.integers(1, 6), min_size=1, max_size=30)
acts = st.lists(
    st.tuples(prompts, st.integers(1, 12), st.integers(0, 6), st.sampled_from(["", "a", "b"]), st.booleans()),
    min_size=1,
    max_size=14,
)


@settings(max_examples=150)
@given(acts, st.sampled_from([0, 300, 1 << 20]), st.integers(2, 6))
def test_everybody_hears_what_they_would_hear_alone(
    acts: list[tuple[list[int], int, int, str, bool]], cache_bytes: int, sequences: int
) -> None:
    bench = Bench(CoreSimulator(sequences), cache_bytes=cache_bytes)
    gone = set()
    for id, (prompt, most, steps, session, leaves) in enumerate(acts):
        bench.ask(id, prompt, max_tokens=most, session=session)
        for _ in range(steps):
            bench.scheduler.step()
            bench.hold()
        if leaves:
            bench.scheduler.cancel(id)
            gone.add(id)
    bench.finish()
    for id, (prompt, most, *_) in enumerate(acts):
        whole = expected(prompt, most, bench.core.context)
        if id not in gone:
            assert bench.said(id) == whole
            last = bench.heard[id][-1]
            assert isinstance(last, Piece)
            assert last.finish is not None
        else:
            assert whole.startswith(bench.said(id))
    assert not bench.scheduler.jobs
    assert all(slot.user is None for slot in bench.scheduler.seating.slots.all)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 4), min_size=2, max_size=2, unique=True), prompts, st.integers(0, 3)
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([0, 200, 700, 1 << 20]),
)
def test_records_are_put_together_in_their_places(
    asked: list[tuple[list[int], list[int], int]], cache_bytes: int
) -> None:
    bench = Bench(CoreSimulator(6, context=128), cache_bytes=cache_bytes, records=True)
    for id, (chosen, question, steps) in enumerate(asked):
        prompt, parts = with_records(chosen, question)
        bench.ask(id, prompt, parts)
        for _ in range(steps):
            bench.scheduler.step()
            bench.hold()
    bench.finish()
    for id, (chosen, question, _) in enumerate(asked):
        prompt, _ = with_records(chosen, question)
        assert bench.said(id) == expected(prompt, 8, 128)


def test_record_that_is_known_is_not_computed_again_wherever_it_stands() -> None:
    bench = Bench(CoreSimulator(6, context=128), records=True)
    for id, chosen in enumerate(([0, 1], [2, 3])):
        prompt, parts = with_records(chosen, [7, 8])
        bench.ask(id, prompt, parts)
    bench.finish()
    before = bench.scheduler.counts.computed_tokens
    prompt, parts = with_records([3, 0, 2], [9])
    bench.ask(9, prompt, parts, max_tokens=1)
    bench.finish()
    assert bench.scheduler.counts.computed_tokens - before <= 2
    started = next(one for one in bench.heard[9] if isinstance(one, Started))
    assert started.reused_tokens == len(prompt) - 1


def test_prompt_that_is_being_computed_for_another_is_waited_for() -> None:
    bench = Bench(CoreSimulator(4, most=8))
    for id in range(3):
        bench.ask(id, [1 + number % 5 for number in range(30)] + [20 + id], max_tokens=1)
    bench.finish()
    assert bench.scheduler.counts.computed_tokens < 2 * 31


def test_long_prompt_does_not_stall_those_who_stream() -> None:
    bench = Bench(CoreSimulator(4, context=2000, most=512))
    bench.ask(0, [1, 2, 3], max_tokens=200, ignore_eos=True)
    for _ in range(5):
        bench.scheduler.step()
    bench.scheduler.pace.base_s, bench.scheduler.pace.token_s = 0.01, 0.01
    bench.scheduler.pace.learn = lambda tokens, took_s: None  # type: ignore[method-assign]
    bench.core.batches.clear()
    bench.ask(1, [4] * 900, max_tokens=1)
    heard = len(bench.heard[0])
    while bench.said(1) == "":
        bench.scheduler.step()
        heard += 1
        assert len(bench.heard[0]) >= heard
    assert max(bench.core.batches) <= 32 + 9


def test_next_is_whose_session_was_served_least_and_all_hear_their_place() -> None:
    bench = Bench(CoreSimulator(2))
    bench.scheduler.running_limit = 1
    for id, session in enumerate(("many", "many", "many", "one")):
        bench.ask(id, [1 + id], session=session, ignore_eos=True)
    bench.scheduler.step()
    places = {
        id: [one.position for one in bench.heard.get(id, []) if isinstance(one, Queued)] for id in range(4)
    }
    assert (places[0], places[3], places[1], places[2]) == ([], [0], [1], [2])
    bench.finish()
    begun = [id for id, heard in bench.heard.items() if any(isinstance(one, Started) for one in heard)]
    assert sorted(begun) == [0, 1, 2, 3]


def test_full_line_is_told_at_once() -> None:
    bench = Bench(CoreSimulator(2))
    for id in range(30):
        bench.ask(id, [1, 2])
    told = [one for heard in bench.heard.values() for one in heard if isinstance(one, PrilavokError)]
    assert len(told) == 10
    assert {error.code for error in told} == {"generator.busy"}


def test_core_that_fails_is_told_to_all_and_the_next_request_works() -> None:
    bench = Bench(CoreSimulator(4))
    for id in range(6):
        bench.ask(id, [1, 2, id + 3])
    bench.scheduler.step()
    bench.core.break_next = True
    with pytest.raises(Unavailable) as caught:
        bench.finish()
    bench.scheduler.fail(caught.value)
    told = [heard[-1] for heard in bench.heard.values()]
    assert all(isinstance(one, Unavailable) or (isinstance(one, Piece) and one.finish) for one in told)
    bench.hold()
    bench.ask(99, [1, 2, 3])
    bench.finish()
    assert bench.said(99) == expected([1, 2, 3], 8, bench.core.context)


def test_who_leaves_makes_room_within_one_step() -> None:
    bench = Bench(CoreSimulator(2))
    bench.scheduler.running_limit = 1
    bench.ask(0, [1], max_tokens=60, ignore_eos=True)
    bench.ask(1, [2])
    bench.scheduler.step()
    bench.scheduler.cancel(0)
    bench.scheduler.step()
    assert any(isinstance(one, Started) for one in bench.heard[1])
