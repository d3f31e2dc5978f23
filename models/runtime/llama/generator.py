"""The node's side of the engine: implements Generator over a process that is watched.

Thread-safe: requests come from several event loops, news from the watching thread.
"""

import asyncio
import itertools
import threading
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from models.choice import best, forget
from models.registry import Model
from models.runtime.generator import ChatMessage, Output, Piece, Request
from models.runtime.llama import wire
from models.runtime.llama.box import memory_bytes, physical_cores
from models.runtime.llama.process import STALL_LIMIT_S, Watch
from models.runtime.llama.seating import TASKS
from sync.errors import Corrupt, PrilavokError, Refused, Unavailable

CONTEXT = 2048  # tokens of one prompt with its answer
QUEUE_LIMIT = 32  # requests that wait
RUNNING = 8  # requests that are served at once
BATCH = 512
CACHE_SHARE = 3  # a third of the memory is for what may be used again
TEMPERATURE = 100.0  # long before, any token is as likely as any other
BIAS = 1000.0  # logits; OpenAI's interface allows 100
STATE_BYTES = 128 * 1024 * 1024

Loop = asyncio.AbstractEventLoop
Message = Output | PrilavokError


@dataclass(frozen=True)
class Options:
    """How an engine is set up. `threads` 0: one a physical core; `memory_bytes` 0: a quarter of the box.
    `state` is the file in which it keeps what it learnt; None: it keeps nothing."""

    context: int = CONTEXT
    threads: int = 0
    queue_limit: int = QUEUE_LIMIT
    running: int = RUNNING
    memory_bytes: int = 0
    record_kv: bool = False
    drafts: bool = True
    governed: bool = True
    state: Path | None = None
    state_bytes: int = STATE_BYTES
    stall_limit_s: float = STALL_LIMIT_S


class _Listener:
    """Who waits for a request's news, on which loop."""

    def __init__(self, id: int) -> None:
        self.id = id
        self.loop = asyncio.get_running_loop()
        self.news: asyncio.Queue[Message] = asyncio.Queue()


class LlamaGenerator:
    """Make it with `load`, end it with `close`."""

    def __init__(self, name: str, setup: wire.Setup, options: Options) -> None:
        """Starts the process and waits until the model is loaded. Raises what loading raises."""
        self._name = name
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._listeners: dict[int, _Listener] = {}
        self._vitals: dict[str, float] = {}
        self._closed = False
        self._limit = setup.queue_limit + setup.running_limit
        self._watch = Watch(
            setup, self._deliver, self._lost, stall_limit_s=options.stall_limit_s, governed=options.governed
        )
        ready = self._watch.start()
        self.context = ready.context
        self.record_kv = ready.record_kv

    @classmethod
    def load(cls, model: Model, path: Path, options: Options | None = None) -> "LlamaGenerator":
        """Load a GGUF; takes a second or so. `path` is the file, or the model's folder: then the one chosen
        for this processor, or the fetched one if that does not load.

        Raises Refused for a model that is no generator, Missing, Corrupt, or Unavailable (library, memory).
        """
        if model.role != "generator":
            raise Refused(
                f"{model.name} is a {model.role}, not a generator.",
                code="models.role",
                hint="Choose one of `prilavok-edge models list --role generator`.",
            )
        options = options or Options()
        chosen = best(model, path) if path.is_dir() else path
        try:
            return cls(model.name, _setup(chosen, options), options)
        except Corrupt:
            fetched = path / model.file(".gguf").path
            if not path.is_dir() or chosen == fetched:
                raise
            forget(path)
            return cls(model.name, _setup(fetched, options), options)

    @property
    def name(self) -> str:
        """The registry name."""
        return self._name

    @property
    def pid(self) -> int | None:
        """Of the engine's process, where it runs."""
        return self._watch.pid

    def vitals(self) -> Mapping[str, float]:
        """See Generator.vitals."""
        up = self._watch.ready is not None
        return {**self._vitals, "process_up": float(up), "restarts_total": float(self._watch.restarts)}

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        """See Generator.generate. Raises Unavailable at once where the queue is full or no engine runs."""
        check(request)
        request = _whole(request)
        listener = self._join()
        try:
            self._watch.send(wire.Generate(listener.id, request))
            while True:
                news = await listener.news.get()
                if isinstance(news, PrilavokError):
                    raise news.with_traceback(None)  # it may be told to many
                yield news
                if isinstance(news, Piece) and news.finish:
                    return
        finally:
            self._leave(listener)

    async def close(self) -> None:
        """Stop within one step, refuse what waits, keep what was learnt. A second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._lost(ended())
        await asyncio.to_thread(self._watch.close)

    def _join(self) -> _Listener:
        listener = _Listener(next(self._ids))
        with self._lock:
            if self._closed:
                raise ended()
            if len(self._listeners) >= self._limit:
                raise Unavailable(
                    f"{len(self._listeners)} requests are served or wait already.",
                    code="generator.busy",
                    hint="Try again in a moment; answers go on by template.",
                )
            self._listeners[listener.id] = listener
        return listener

    def _leave(self, listener: _Listener) -> None:
        with self._lock:
            waiting = self._listeners.pop(listener.id, None) is not None
        if waiting:
            try:
                self._watch.send(wire.Cancel(listener.id))
            except PrilavokError:
                return  # no process, nothing to cancel

    def _deliver(self, news: wire.News) -> None:
        """To each loop all that is for it, at once."""
        if news.vitals:
            self._vitals = news.vitals
        by_loop: defaultdict[Loop, list[tuple[_Listener, Message]]] = defaultdict(list)
        with self._lock:
            for id, one in news.of:
                listener = self._listeners.get(id)
                if listener is not None:
                    message = one.unpack() if isinstance(one, wire.Failure) else one
                    by_loop[listener.loop].append((listener, message))
        for loop, messages in by_loop.items():
            _post(loop, messages)

    def _lost(self, reason: PrilavokError) -> None:
        """Everybody who waits is told."""
        with self._lock:
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listener in listeners:
            _post(listener.loop, [(listener, reason)])


def _post(loop: Loop, messages: list[tuple[_Listener, Message]]) -> None:
    def put() -> None:
        for listener, message in messages:
            listener.news.put_nowait(message)

    try:
        loop.call_soon_threadsafe(put)
    except RuntimeError:
        return  # the loop has ended, and its listeners with it


def _setup(path: Path, options: Options) -> wire.Setup:
    memory = memory_bytes(options.memory_bytes)
    spare = TASKS if options.record_kv else 0
    return wire.Setup(
        path=str(path),
        sequences=options.running + spare,
        context=options.context,
        threads=options.threads or physical_cores(),
        batch=BATCH,
        queue_limit=options.queue_limit,
        running_limit=options.running,
        cache_bytes=memory // CACHE_SHARE,
        memory_bytes=memory - memory // CACHE_SHARE,
        record_kv=options.record_kv,
        drafts=options.drafts,
        state=str(options.state) if options.state else "",
        state_bytes=options.state_bytes,
    )


def _whole(request: Request) -> Request:
    """Halves of characters, which some clients send, become question marks."""

    def clean(text: str) -> str:
        return text.encode("utf-8", "replace").decode("utf-8")

    return msgspec.structs.replace(
        request,
        messages=tuple(ChatMessage(clean(one.role), clean(one.content)) for one in request.messages),
        prompt=None if request.prompt is None else clean(request.prompt),
        grammar=None if request.grammar is None else clean(request.grammar),
        stop=tuple(map(clean, request.stop)),
        session=clean(request.session),
    )


def check(request: Request) -> None:
    """Raises Refused for a request out of bounds."""
    sound = (
        (request.messages or request.prompt is not None)
        and request.max_tokens >= 1
        and 0 <= request.temperature <= TEMPERATURE
        and request.seed >= 0
        and all(token >= 0 and abs(bias) <= BIAS for token, bias in request.logit_bias.items())
    )
    if not sound:
        raise Refused(
            "A request needs messages or a prompt, max_tokens from 1, seed from 0, temperature from 0 to "
            f"{TEMPERATURE:.0f}, logit_bias from -{BIAS:.0f} to {BIAS:.0f}.",
            code="generator.request",
            hint="Correct the request.",
        )


def ended() -> Unavailable:
    """Said to those who come too late."""
    return Unavailable(
        "The generator is closing.", code="generator.closed", hint="Answers go on by template."
    )
