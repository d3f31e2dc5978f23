"""A generator over llama.cpp: one thread owns one context, requests wait their turn in a bounded queue.

The interface is per request and asynchronous, so that many sequences may later share the thread. Leaves out
the native calls (`llama_context.py`) and the choice of a token (`sampling.py`).
"""

import asyncio
import os
import queue
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

from models.choice import best, forget
from models.registry import Model
from models.runtime.generator import Piece, Request
from models.runtime.llama_context import LlamaContext, check
from sync.errors import Corrupt, PrilavokError, Refused, Unavailable

CONTEXT = 2048  # tokens
QUEUE_LIMIT = 8  # requests that wait


def physical_cores() -> int:
    """Cores this process may use; sibling hardware threads only slow each other down."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


class _Job:
    """A request on its way, and where its pieces go."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.cancelled = threading.Event()
        self.results: asyncio.Queue[Piece | Exception] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def post(self, result: Piece | Exception) -> None:
        """From any thread; a listener whose event loop has ended counts as gone."""
        try:
            self._loop.call_soon_threadsafe(self.results.put_nowait, result)
        except RuntimeError:
            self.cancelled.set()


class LlamaGenerator:
    """Implements Generator. Make it with `load`, end it with `close`."""

    def __init__(self, name: str, context: LlamaContext, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._name = name
        self._context = context
        self._jobs: queue.Queue[_Job | None] = queue.Queue(maxsize=queue_limit)
        self._closing = threading.Event()
        self._native = threading.Lock()  # guards tokenising on other threads against close
        self._thread = threading.Thread(target=self._work, name="llama", daemon=True)
        self._thread.start()

    @classmethod
    def load(
        cls,
        model: Model,
        path: Path,
        *,
        context: int = CONTEXT,
        threads: int = 0,
        queue_limit: int = QUEUE_LIMIT,
    ) -> "LlamaGenerator":
        """Load a GGUF; takes a second or so. `path` is the file, or the model's folder: then the one chosen
        for this processor, or the fetched one if that does not load. `threads` 0: one a physical core.

        Raises Refused for a model that is no generator, Missing, Corrupt, or Unavailable (library, memory).
        """
        if model.role != "generator":
            raise Refused(
                f"{model.name} is a {model.role}, not a generator.",
                code="models.role",
                hint="Choose one of `prilavok-edge models list --role generator`.",
            )
        threads = threads or physical_cores()
        chosen = best(model, path) if path.is_dir() else path
        try:
            loaded = LlamaContext(chosen, context=context, threads=threads)
        except Corrupt:
            fetched = path / model.file(".gguf").path
            if not path.is_dir() or chosen == fetched:
                raise
            forget(path)
            loaded = LlamaContext(fetched, context=context, threads=threads)
        return cls(model.name, loaded, queue_limit=queue_limit)

    @property
    def name(self) -> str:
        """The registry name."""
        return self._name

    @property
    def context(self) -> int:
        """Tokens that prompt and answer share."""
        return self._context.context

    @property
    def waiting(self) -> int:
        """Requests in the queue, without the one that runs."""
        return self._jobs.qsize()

    def prompt_tokens(self, request: Request) -> int:
        """Tokens of the laid-out prompt. Raises Refused where it does not fit."""
        check(request)
        with self._native:
            if self._closing.is_set():
                raise _closed()
            return len(self._context.prompt(request))

    async def generate(self, request: Request) -> AsyncGenerator[Piece, None]:
        """See Generator.generate. Raises Unavailable at once where the queue is full."""
        check(request)
        job = self._submit(request)
        try:
            while True:
                result = await job.results.get()
                if isinstance(result, Exception):
                    raise result
                yield result
                if result.finish:
                    return
        finally:
            job.cancelled.set()

    async def close(self) -> None:
        """Stop within one token, refuse what waits, free the memory."""
        if self._closing.is_set():
            await asyncio.to_thread(self._thread.join)
            return
        self._closing.set()
        self._drain()
        self._jobs.put_nowait(None)
        await asyncio.to_thread(self._thread.join)
        self._drain()
        with self._native:
            self._context.close()

    def _submit(self, request: Request) -> _Job:
        if self._closing.is_set():
            raise _closed()
        job = _Job(request)
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            raise Unavailable(
                f"{self._jobs.maxsize} requests wait already.",
                code="generator.busy",
                hint="Try again in a moment; answers go on by template.",
            ) from None
        if self._closing.is_set():  # closed between the two looks: nobody will come for this job
            self._drain()
        return job

    def _drain(self) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job.post(_closed())

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not job.cancelled.is_set():
                self._run(job)

    def _run(self, job: _Job) -> None:
        def stopped() -> bool:
            return job.cancelled.is_set() or self._closing.is_set()

        try:
            for piece in self._context.run(job.request, stopped):
                job.post(piece)
            if self._closing.is_set():
                job.post(_closed())
        except Refused as error:  # found before anything was computed
            job.post(error)
        except PrilavokError as error:
            self._context.forget()
            job.post(error)
        except Exception as error:
            self._context.forget()
            job.post(_failed(error))


def _closed() -> Unavailable:
    return Unavailable(
        "The generator is closing.", code="generator.closed", hint="Answers go on by template."
    )


def _failed(error: Exception) -> Unavailable:
    failure = Unavailable(
        f"The generator failed: {type(error).__name__}: {error}.",
        code="generator.failed",
        hint="Answers go on by template; the next request starts afresh.",
    )
    failure.__cause__ = error
    return failure
