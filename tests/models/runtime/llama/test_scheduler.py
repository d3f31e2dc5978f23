from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from models.runtime.generator import Piece, Queued, Request, Started
from models.runtime.llama import record
from models.runtime.llama.pace import Pace
from models.runtime.llama.radix import RadixTree
from models.runtime.llama.record import Part
from models.runtime.llama.scheduler import LEAST_CHUNK, STALL_S, News, Scheduler
from models.runtime.llama.sequence import Prepared
from sync.errors import PrilavokError, Unavailable
from tests.simulators.llama_core import (
    END,
    TEXTS,
    TOKEN_BYTES,
    VOCABULARY,
    CoreSimulator,
    ListedTexts,
    RopeSimulator,
)

IDLE_LIMIT = 5  # steps without work while there is some: more is a livelock


@dataclass
class Wish:
    """A request as a test writes it down; made anew for every run, for a constraint moves on."""

    prompt: list[int]
    most: int = 8
    session: str = ""
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    rows: list[list[int]] | None = None
    ignore_eos: bool = False
    records: list[tuple[int, int, int]] = field(default_factory=list)

    def prepared(self) -> Prepared:
        request = Request(
            prompt="",
            max_tokens=self.most,
            session=self.session,
            temperature=self.temperature,
            seed=self.seed,
            stop=self.stop,
            ignore_eos=self.ignore_eos,
        )
        tokens = np.array(self.prompt, np.int32)
        constraint = ListedTexts(self.rows) if self.rows else None
        return Prepared(request, tokens, _parts(tokens, self.records), constraint)


def _parts(tokens: Any, records: list[tuple[int, int, int]]) -> tuple[Part, ...]:
    """As record.find makes them."""
    return record._parts(tokens, records) if len(records) > 1 else ()


class Room:
    """A scheduler with its listeners."""

    def __init__(
        self,
        core: CoreSimulator,
        *,
        cache: int = 1 << 20,
        records: bool = False,
        drafts: bool = True,
        queue_limit: int = 99,
        running_limit: int = 99,
    ) -> None:
        self.core = core
        self.tree = RadixTree(cache)
        self.news: dict[int, list[News]] = {}
        self.order: list[int] = []
        self.scheduler = Scheduler(
            core,
            self.tree,
            rope=RopeSimulator() if records else None,
            ends=frozenset({END}),
            texts=TEXTS,
            tell=self._hear,
            queue_limit=queue_limit,
            running_limit=running_limit,
            drafts=drafts,
        )

    def _hear(self, id: int, news: News) -> None:
        self.news.setdefault(id, []).append(news)
        if isinstance(news, Started):
            self.order.append(id)

    def step(self) -> bool:
        try:
            worked = self.scheduler.step()
        except PrilavokError as error:
            self.scheduler.fail(error)
            assert len(self.tree) == 0
            self.check()
            return True
        self.check()
        return worked

    def run(self) -> None:
        """To the end of all work."""
        idle = 0
        while self.scheduler.busy:
            idle = 0 if self.step() else idle + 1
            assert idle <= IDLE_LIMIT, "nothing moves on"
        assert not self.scheduler.jobs
        assert not self.scheduler.seating.tasks
        assert [slot for slot in self.scheduler.seating.slots.all if slot.user is not None] == []

    def check(self) -> None:
        """The scheduler and the core agree on what stands where, and nobody has two places."""
        users = []
        for slot in self.scheduler.seating.slots.all:
            assert self.core.tokens(slot.index) == slot.tokens.tolist()
            users += [slot.user] if slot.user is not None else []
        owners = {id(job) for job in self.scheduler.active if job.slot is not None}
        owners |= {id(work) for work in self.scheduler.seating.tasks.values()}
        assert Counter(map(id, users)) == Counter(owners)
        assert len(self.scheduler.active) <= self.scheduler.running_limit
        assert self.tree.size_bytes <= self.tree.limit_bytes

    def told(self, id: int) -> tuple[str, str]:
        """Text and finish of one request, whose news came in good order."""
        news = [one for one in self.news[id] if not isinstance(one, Queued)]
        assert isinstance(news[0], Started), news
        pieces = [one for one in news[1:] if isinstance(one, Piece)]
        assert len(pieces) == len(news) - 1
        assert [piece.finish for piece in pieces[:-1]] == [None] * (len(pieces) - 1)
        return "".join(piece.text for piece in pieces), str(pieces[-1].finish)


def alone(wish: Wish, context: int) -> tuple[str, str]:
    room = Room(CoreSimulator(1, context, context), drafts=False, cache=0)
    room.scheduler.submit(1, replace(wish, records=[]).prepared())
    room.run()
    return room.told(1)


token = st.integers(1, VOCABULARY - 1)
RULES = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3]
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


def play(room: Room, doings: list[tuple[str, Any]]) -> tuple[dict[int, Wish], set[int]]:
    """Ask, cancel and step as told, then to the end; what was asked, and what was cancelled."""
    asked: dict[int, Wish] = {}
    cancelled: set[int] = set()
    for doing, what in doings:
        if doing == "ask":
            asked[len(asked)] = what
            room.scheduler.submit(len(asked) - 1, what.prepared())
        elif doing == "cancel" and what in asked:
            if what in room.scheduler.jobs:
                cancelled.add(what)
            room.scheduler.cancel(what)
            room.check()
        else:
            for _ in range(what if doing == "step" else 0):
                room.step()
    room.run()
    return asked, cancelled


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
    event(f"moved {room.scheduler.counts.reused_tokens > 0}")


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
        rows = [[3, *[5] * 30], [4, *[6] * 30]]
        room.scheduler.submit(id, Wish([id + 1, 2], 60, rows=rows).prepared())
    room.scheduler.submit(3, Wish([9, 9], 30, ignore_eos=True).prepared())
    room.run()
    assert {room.told(id)[1] for id in range(4)} == {"stop", "length"}


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
