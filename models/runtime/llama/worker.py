"""The engine's own process: `python -m models.runtime.llama.worker FD`.

One thread reads orders, takes a step, sends the news, and does it again. llama.cpp can crash, hang or be
killed here without taking the node along; when the node goes, this goes.
"""

import ctypes
import os
import select
import signal
import socket
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from models.runtime.generator import Output, Request
from models.runtime.llama import record, snapshot, wire
from models.runtime.llama.constraint import Grammars
from models.runtime.llama.context import LlamaContext, Shape
from models.runtime.llama.radix import RadixTree, Tokens
from models.runtime.llama.scheduler import News, Scheduler, failed
from models.runtime.llama.sequence import Prepared
from sync.errors import PrilavokError, Refused

BEAT_S = 0.5  # a sign of life is sent at least so often while there is nothing to do
KEEP_S = 600.0  # an idle engine writes down what it learnt, so often at most
NICENESS = 5  # the web server goes first
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_RECEIVE_BYTES = 1 << 16


class Engine:
    """A loaded model with its scheduler."""

    def __init__(self, setup: wire.Setup) -> None:
        """Raises what loading raises."""
        begun = time.perf_counter()
        path = Path(setup.path)
        self.setup = setup
        self.context = LlamaContext(
            path, Shape(setup.sequences, setup.context, setup.threads, setup.batch, setup.memory_bytes)
        )
        vocabulary = self.context.vocabulary
        self.grammars = Grammars(self.context.library, self.context.vocab, vocabulary)
        self.tree = RadixTree(setup.cache_bytes)
        self.records = setup.record_kv and self.context.rope is not None
        self.news: list[tuple[int, News]] = []
        self.scheduler = Scheduler(
            self.context,
            self.tree,
            rope=self.context.rope if self.records else None,
            ends=vocabulary.ends,
            texts=vocabulary.texts,
            tell=lambda id, news: self.news.append((id, news)),
            queue_limit=setup.queue_limit,
            running_limit=setup.running_limit,
            drafts=setup.drafts,
        )
        self.restored = self._restore(path)
        self.load_s = time.perf_counter() - begun
        self._saved = (self._worth(), time.monotonic())

    def submit(self, id: int, request: Request) -> None:
        """Take a request in; what is wrong with it is told at once."""
        try:
            self.scheduler.submit(id, self.prepare(request))
        except PrilavokError as error:
            self.news.append((id, error))
        except Exception as error:  # of this request alone
            self.news.append((id, failed(error)))

    def prepare(self, request: Request) -> Prepared:
        """Lay out, tokenise, compile the grammar. Raises Refused."""
        if strange := [token for token in request.logit_bias if token >= len(self.context.vocabulary)]:
            raise Refused(
                f"There is no token {strange[0]}: the model has {len(self.context.vocabulary)}.",
                code="generator.request",
                hint="Name tokens of this model in logit_bias.",
            )
        layout = self.context.layout
        laid_out = layout.render(request.messages) if request.messages else ""
        tokens = np.array(layout.tokenise(laid_out + (request.prompt or "")), np.int32)
        if len(tokens) >= self.context.context:
            raise Refused(
                f"The prompt takes {len(tokens)} tokens; the context holds {self.context.context}.",
                code="generator.prompt_too_long",
                hint="Send less history or fewer records.",
            )
        constraint = self.grammars.compile(request.grammar) if request.grammar is not None else None
        return Prepared(request, tokens, self._parts(request, tokens), constraint)

    def _parts(self, request: Request, tokens: Tokens) -> tuple[record.Part, ...]:
        """Records are looked for in the system message alone: what visitors type is theirs."""
        if not self.records or not request.messages or request.messages[0].role != "system":
            return ()
        content = self.context.layout.defuse(request.messages[0].content).strip().encode("utf-8", "replace")
        text = self.context.vocabulary.spell(tokens)
        begin = text.find(content) if content else -1
        if begin < 0:
            return ()
        return record.find(
            text, tokens, self.context.vocabulary.lengths[tokens], (begin, begin + len(content))
        )

    def step(self) -> bool:
        """One turn of the scheduler; a failure is told to everybody, and work goes on afresh."""
        try:
            return self.scheduler.step()
        except PrilavokError as error:
            self.scheduler.fail(error)
        except Exception as error:
            self.scheduler.fail(failed(error))
        return True

    def take_news(self) -> list[tuple[int, Output | wire.Failure]]:
        """What is to be told, packed."""
        news, self.news = self.news, []
        return [(id, wire.Failure.of(one) if isinstance(one, PrilavokError) else one) for id, one in news]

    def vitals(self) -> dict[str, float]:
        """Figures for `/metrics`."""
        counts, scheduler = self.scheduler.counts, self.scheduler
        return {
            "running_requests": float(len(scheduler.active)),
            "waiting_requests": float(len(scheduler.line)),
            "expected_wait_seconds": scheduler.expected_wait_s,
            "wait_error_seconds": counts.wait_error_s,
            "prompt_tokens_total": float(counts.prompt_tokens),
            "reused_tokens_total": float(counts.reused_tokens),
            "computed_tokens_total": float(counts.computed_tokens),
            "generated_tokens_total": float(counts.generated_tokens),
            "guessed_tokens_total": float(counts.guessed_tokens),
            "guessed_right_tokens_total": float(counts.right_tokens),
            "steps_total": float(counts.steps),
            "step_seconds_total": counts.step_s,
            "native_seconds_total": counts.native_s,
            "seating_seconds_total": counts.seating_s,
            "cache_bytes": float(self.tree.size_bytes),
            "cache_evicted_tokens_total": float(self.tree.evicted_tokens),
            "restored_tokens": float(self.restored),
            "computing_threads": float(self.context.threads),
        }

    def keep(self, *, now: bool = False) -> None:
        """Write the tree down where it changed; at the end, or when idle for a while."""
        worth, at = self._saved
        if not self._made_with or (not now and time.monotonic() - at < KEEP_S):
            return
        for slot in self.scheduler.seating.slots.all:
            self.scheduler.seating.slots.save(slot)
        self._saved = (self._worth(), time.monotonic())
        if self._saved[0] != worth:
            assert self.context.form is not None
            file = Path(self.setup.state)
            try:
                snapshot.save(file, self.tree, self.context.form, self._made_with, self.setup.state_bytes)
            except OSError:
                file.with_suffix(".part").unlink(missing_ok=True)  # a full disk: kept in memory alone

    def _restore(self, path: Path) -> int:
        self._made_with = ""
        if not self.setup.state or self.context.form is None:
            return 0
        setup, library = self.setup, version("llama-cpp-python")
        self._made_with = snapshot.key(path, library, setup.record_kv, setup.sequences, record.LEAST_TOKENS)
        return snapshot.load(Path(setup.state), self.tree, self.context.form, self._made_with)

    def _worth(self) -> int:
        return self.tree.size_bytes + self.tree.evicted_tokens


class Server:
    """Engine and socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._frames = wire.Frames()
        self._told = 0.0

    def run(self) -> None:
        """Until told to close, or until the other side is gone."""
        engine: Engine | None = None
        while True:
            orders = self._receive(engine)
            if orders is None:
                return
            for order in orders:
                if isinstance(order, wire.Setup):
                    engine = self._load(order)
                elif isinstance(order, wire.Close):
                    if engine:
                        engine.keep(now=True)
                    return
                elif engine is not None:
                    _obey(engine, order)
            if engine is not None:
                worked = engine.step()
                self._report(engine)
                if not worked and not engine.scheduler.busy:
                    engine.keep()

    def _receive(self, engine: Engine | None) -> list[wire.Order] | None:
        """Orders that are there; waits for some while there is nothing else to do. None at the end."""
        busy = engine is not None and engine.scheduler.busy
        ready, _, _ = select.select([self._socket], [], [], 0 if busy else BEAT_S)
        if not ready:
            return []
        data = self._socket.recv(_RECEIVE_BYTES)
        return [wire.orders.decode(body) for body in self._frames.feed(data)] if data else None

    def _load(self, setup: wire.Setup) -> Engine | None:
        try:
            engine = Engine(setup)
        except PrilavokError as error:
            self._socket.sendall(wire.frame(wire.Failure.of(error)))
            return None
        context = engine.context
        ready = wire.Ready(context.context, context.sequences, engine.records, engine.restored, engine.load_s)
        self._socket.sendall(wire.frame(ready))
        return engine

    def _report(self, engine: Engine) -> None:
        news, now = engine.take_news(), time.monotonic()
        ended = any(isinstance(one, wire.Failure) or getattr(one, "finish", None) for _, one in news)
        due = ended or now - self._told >= BEAT_S
        if not news and not due:
            return
        self._told = now if due else self._told
        self._socket.sendall(wire.frame(wire.News(news, engine.vitals() if due else None)))


def _obey(engine: Engine, order: wire.Order) -> None:
    if isinstance(order, wire.Generate):
        engine.submit(order.id, order.request)
    elif isinstance(order, wire.Cancel):
        engine.scheduler.cancel(order.id)
    elif isinstance(order, wire.Tune):
        engine.context.set_threads(order.threads)
        engine.scheduler.chunk_limit = order.chunk


def main() -> int:
    """Serve the socket whose number is the argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node says when to end
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
    os.nice(NICENESS)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        Server(connection).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
