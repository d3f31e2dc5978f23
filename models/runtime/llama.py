"""A generator over llama.cpp: one thread owns one context, requests wait their turn in a bounded queue.

The interface is per request and asynchronous, so that many sequences may later share the thread. Leaves out
the native calls (`llama_context.py`) and the choice of a token (`sampling.py`).
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

from models.choice import best, forget
from models.registry import Model
from models.runtime.generator import Piece, Request
from models.runtime.llama_context import LlamaContext, check
from models.runtime.waiting import Job, WaitingLine, ended
from sync.errors import Corrupt, PrilavokError, Refused, Unavailable

CONTEXT = 2048  # tokens
QUEUE_LIMIT = 8  # requests that wait


def physical_cores() -> int:
    """Cores this process may use; sibling hardware threads only slow each other down."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


class LlamaGenerator:
    """Implements Generator. Make it with `load`, end it with `close`."""

    def __init__(self, name: str, context: LlamaContext, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._name = name
        self._context = context
        self._line = WaitingLine(queue_limit)
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
        return len(self._line)

    def prompt_tokens(self, request: Request) -> int:
        """Tokens of the laid-out prompt. Raises Refused where it does not fit."""
        check(request)
        with self._native:
            if self._line.closed:
                raise ended()
            return len(self._context.prompt(request))

    async def generate(self, request: Request) -> AsyncGenerator[Piece, None]:
        """See Generator.generate. Raises Unavailable at once where the queue is full."""
        check(request)
        job = Job(request)
        self._line.join(job)
        try:
            while True:
                result = await job.results.get()
                if isinstance(result, Exception):
                    raise result
                yield result
                if result.finish:
                    return
        finally:
            self._line.leave(job)

    async def close(self) -> None:
        """Stop within one token, refuse what waits, free the memory. A second call does nothing."""
        self._line.close()
        await asyncio.to_thread(self._thread.join)
        with self._native:
            self._context.close()

    def _work(self) -> None:
        while (job := self._line.next()) is not None:
            self._run(job)

    def _run(self, job: Job) -> None:
        def stopped() -> bool:
            return job.cancelled.is_set() or self._line.closed

        try:
            for piece in self._context.run(job.request, stopped):
                job.post(piece)
            if self._line.closed:
                job.post(ended())
        except Refused as error:  # found before anything was computed
            job.post(error)
        except PrilavokError as error:
            self._context.forget()
            job.post(error)
        except Exception as error:
            self._context.forget()
            job.post(_failed(error))


def _failed(error: Exception) -> Unavailable:
    failure = Unavailable(
        f"The generator failed: {type(error).__name__}: {error}.",
        code="generator.failed",
        hint="Answers go on by template; the next request starts afresh.",
    )
    failure.__cause__ = error
    return failure
