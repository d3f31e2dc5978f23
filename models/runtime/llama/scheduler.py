"""Continuous batching: requests join and leave a running batch, one step at a time.

A step computes the next tokens of everybody who streams, and of prompts as many as fit without stalling
those. It knows a `Core`, no process, no socket and no clock but the one it is given, so that it can be tested
with a model of a model.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from models.runtime.generator import Output, Queued, Started
from models.runtime.llama import draft
from models.runtime.llama.job import Counts, Job, Share, Work
from models.runtime.llama.line import WaitingLine
from models.runtime.llama.pace import Pace
from models.runtime.llama.plan import Batch
from models.runtime.llama.radix import RadixTree
from models.runtime.llama.rope import Rope
from models.runtime.llama.sampling import Row
from models.runtime.llama.seating import Seating
from models.runtime.llama.sequence import Prepared, Sequence
from models.runtime.llama.slots import Core
from sync.errors import PrilavokError, Unavailable

STALL_S = 0.3  # a prompt holds up those who stream for no longer than this a step
LEAST_CHUNK = 32  # tokens
News = Output | PrilavokError


class Scheduler:
    """`rope` says how records are moved; without it they are computed where they stand. `tell` gets the news
    of requests by their ids."""

    def __init__(
        self,
        core: Core,
        tree: RadixTree,
        *,
        rope: Rope | None,
        ends: frozenset[int],
        texts: tuple[bytes, ...],
        tell: Callable[[int, News], None],
        queue_limit: int,
        running_limit: int,
        clock: Callable[[], float] = time.monotonic,
        drafts: bool = True,
    ) -> None:
        self._core, self._ends, self._texts = core, ends, texts
        self._tell, self._clock = tell, clock
        self._drafts = drafts and core.copies  # a wrong guess is cut off again
        self.seating = Seating(core, tree, rope)
        self.line: WaitingLine[Job] = WaitingLine(queue_limit)
        self.running_limit = max(1, min(running_limit, self.seating.limit))
        self.chunk_limit = core.most
        self.jobs: dict[int, Job] = {}
        self.active: list[Job] = []  # taken from the line, in order
        self.pace = Pace()
        self.counts = Counts()

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.active or self.seating.tasks or len(self.line))

    @property
    def expected_wait_s(self) -> float:
        """What a request that came now would be told."""
        if len(self.active) < self.running_limit and not len(self.line):
            return 0.0
        oldest = max((self._clock() - job.served_s for job in self.active), default=0.0)
        return self.pace.wait_s(len(self.line), self.running_limit, oldest)

    def submit(self, id: int, prepared: Prepared) -> None:
        """Take a request in; told at once where the line is full."""
        if self.line.full:
            self._tell(id, _busy(self.line.limit))
            return
        session = prepared.request.session or ("", id)
        sequence = Sequence(prepared, self._ends, self._texts, self._core.context)
        job = Job(id, prepared, session, sequence, self._clock())
        self.jobs[id] = job
        self.line.join(session, job)

    def cancel(self, id: int) -> None:
        """The listener is gone; what was computed stays for others."""
        job = self.jobs.pop(id, None)
        if job is not None and not self.line.leave(job):
            self._release(job)

    def step(self) -> bool:
        """One turn; False where nothing was computed."""
        begun = self._clock()
        self._admit()
        if unseated := [job for job in self.active if job.slot is None]:
            with self._seating_time():
                for job in unseated:
                    self._settle(job)
        shares = self._share()
        if shares:
            self._compute(shares)
            self.counts.steps += 1
            self.counts.step_s += self._clock() - begun
        return bool(shares)

    def fail(self, error: PrilavokError) -> None:
        """Everybody is told; nothing computed is trusted any more."""
        for id in list(self.jobs):
            self._tell(id, error)
        self.jobs.clear()
        self.active.clear()
        while self.line.next() is not None:
            pass
        self.seating.forget()

    def _admit(self) -> None:
        """Those who may be served now leave the line; the others hear where they stand."""
        if not len(self.line):
            return
        while len(self.active) < self.running_limit and (job := self.line.next()) is not None:
            job.served_s = self._clock()
            if job.first_told_s is not None:
                error = abs(job.served_s - job.since_s - job.first_told_s)
                self.counts.wait_error_s += 0.1 * (error - self.counts.wait_error_s)
            self.active.append(job)
        if len(self.line):
            self._tell_positions()

    def _tell_positions(self) -> None:
        now = self._clock()
        oldest = max((now - job.served_s for job in self.active), default=0.0)
        for position, job in enumerate(self.line.order()):
            wait_s = round(self.pace.wait_s(position, self.running_limit, oldest), 2)
            if job.told is not None and job.told[0] == position and abs(job.told[1] - wait_s) < 1.0:
                continue
            job.told = (position, wait_s)
            job.first_told_s = wait_s if job.first_told_s is None else job.first_told_s
            self._tell(job.id, Queued(position, wait_s))

    @contextmanager
    def _seating_time(self) -> Iterator[None]:
        begun = self._clock()
        yield
        self.counts.seating_s += self._clock() - begun

    def _settle(self, job: Job) -> None:
        """Find a place for who was admitted."""
        try:
            reused = self.seating.seat(job)
            if reused is None:
                return
            job.sequence.pending = job.prepared.prompt[reused:].tolist()
            prompt = len(job.prepared.prompt)
            self.counts.prompt_tokens += prompt
            self.counts.reused_tokens += reused
            self._tell(job.id, Started(prompt, reused))
            job.sequence.begin()
            self._report(job)
        except PrilavokError as error:
            self._end(job, error)

    def _share(self) -> list[Share]:
        """Who computes what in this step: those who stream first, then prompts, the shortest first."""
        seated = [job for job in self.active if job.slot is not None]
        streaming = [job for job in seated if job.sequence.streaming]
        count = sum(len(job.sequence.pending) for job in streaming)
        shares, room = [], self._core.most
        for job in streaming:
            if room <= 0:
                break  # in the next step, when what was forced for others is computed
            share = self._stream_share(job, count, len(streaming), room)
            shares.append(share)
            room -= len(share.tokens) + len(share.guess)
        if streaming:
            room = min(room, max(LEAST_CHUNK, self.pace.tokens_in(STALL_S) - count))
        rest: list[tuple[Job | Work, list[int]]] = [
            (job, job.sequence.pending) for job in seated if not job.sequence.streaming
        ]
        rest += [(work, work.left) for work in self.seating.tasks.values()]
        room = min(room, self.chunk_limit)
        for owner, tokens in sorted(rest, key=lambda entry: len(entry[1])):
            if room <= 0:
                break
            shares.append(Share(owner, tokens[:room], [], len(tokens) <= room))
            room -= min(room, len(tokens))
        return shares

    def _stream_share(self, job: Job, count: int, streaming: int, room: int) -> Share:
        """What was chosen last, and a guess where it is likely to pay."""
        pending = job.sequence.pending
        drafter = job.sequence.drafter() if self._drafts and len(pending) == 1 else None
        if drafter is None or job.slot is None:
            return Share(job, pending[:room], [], len(pending) <= room)
        extra_s = self.pace.base_s if streaming > 1 else 0.0  # rows of another length are a pass of their own
        most = draft.length(drafter.chance, self.pace.base_s, self.pace.token_s, count, extra_s)
        most = min(most, self._core.context - len(job.slot.tokens) - 2, room // 2)
        return Share(job, pending, drafter.guess(most) if most > 0 else [], True)

    def _compute(self, shares: list[Share]) -> None:
        batch = Batch()
        shares.sort(key=_place)  # llama.cpp computes places together whose numbers follow each other
        for share in shares:
            slot = share.owner.slot
            assert slot is not None
            batch.add(slot.index, len(slot.tokens), [*share.tokens, *share.guess], share.wanted)
        begun = self._clock()
        rows = self._core.decode(batch)
        took_s = self._clock() - begun
        self.counts.native_s += took_s
        self.counts.computed_tokens += len(batch)
        self.pace.learn(len(batch), took_s)
        at = 0
        for share in shares:
            self._advance(share, [rows[index] for index in range(at, at + share.wanted)])
            at += share.wanted

    def _advance(self, share: Share, rows: list[Row]) -> None:
        """What was computed is in the place; choose what comes next."""
        slot = share.owner.slot
        assert slot is not None
        slot.append([*share.tokens, *share.guess])
        if isinstance(share.owner, Work):
            if share.final:
                with self._seating_time():
                    self.seating.finish(share.owner)
        elif share.final:
            self._choose(share.owner, rows, share.guess)
        else:
            share.owner.sequence.pending = share.owner.sequence.pending[len(share.tokens) :]

    def _choose(self, job: Job, rows: list[Row], guess: list[int]) -> None:
        assert job.slot is not None
        try:
            right = job.sequence.take(rows, guess)
        except PrilavokError as error:
            self._end(job, error)
            return
        except Exception as error:  # of this request alone: the others go on
            self._end(job, failed(error))
            return
        if guess:
            self.counts.guessed_tokens += len(guess)
            self.counts.right_tokens += right
            drafter = job.sequence.drafter()
            if drafter is not None:
                drafter.learn(len(guess), right)
            self.seating.slots.cut(job.slot, len(job.slot.tokens) - len(guess) + right)
        self._report(job)

    def _report(self, job: Job) -> None:
        """Tell the listener what was said, and let go of who ended."""
        said, job.sequence.said = job.sequence.said, []
        for piece in said:
            self.counts.generated_tokens += piece.tokens
            self._tell(job.id, piece)
        if job.sequence.finished:
            self.jobs.pop(job.id, None)
            self._release(job)
            self.pace.served(self._clock() - job.served_s)

    def _end(self, job: Job, error: PrilavokError) -> None:
        self.jobs.pop(job.id, None)
        self._release(job)
        self._tell(job.id, error)

    def _release(self, job: Job) -> None:
        if job in self.active:
            self.active.remove(job)
        if job.slot is not None:
            self.seating.slots.give_back(job.slot)
            job.slot = None


def _place(share: Share) -> int:
    assert share.owner.slot is not None
    return share.owner.slot.index


def failed(error: Exception) -> Unavailable:
    """Something that should not happen, as it is told."""
    return Unavailable(
        f"The generator failed: {type(error).__name__}: {error}.",
        code="generator.failed",
        hint="Answers go on by template; the next request starts afresh.",
    )


def _busy(limit: int) -> Unavailable:
    return Unavailable(
        f"{limit} requests wait already.",
        code="generator.busy",
        hint="Try again in a moment; answers go on by template.",
    )
