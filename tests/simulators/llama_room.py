"""Visitors of a scheduler over `CoreSimulator`: what they wish, what they are told, and that all is in order
after every step."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from models.runtime.generator import Piece, Queued, Request, Started
from models.runtime.llama import record
from models.runtime.llama.radix import RadixTree
from models.runtime.llama.record import Part
from models.runtime.llama.scheduler import News, Scheduler
from models.runtime.llama.sequence import Prepared
from sync.errors import PrilavokError
from tests.simulators.llama_core import END, TEXTS, CoreSimulator, ListedTexts, RopeSimulator

RULES = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3]
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
            clock=lambda: core.now_s,
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
