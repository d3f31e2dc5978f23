"""The one thread in which questions are understood, searched and composed.

It has an event loop of its own: an answer that waits for the model lets the next question's cards through,
and the loop that serves HTTP is never blocked. What the work is, it does not know.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from sync.errors import Unavailable

T = TypeVar("T")


class _End:
    """No more items."""


class Desk:
    """At most `limit` pieces of work at a time; more are told to come back."""

    def __init__(self, limit: int, retry_after_s: float = 2.0) -> None:
        self._limit = limit
        self._retry_after_s = retry_after_s
        self.busy = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="desk", daemon=True)
        self._thread.start()

    async def call(self, work: Callable[[], T], *, bounded: bool = True) -> T:
        """The result of blocking work, done in the desk's thread. Unbounded work is the node's own."""

        async def do() -> T:
            return work()

        if bounded:
            self._admit()
        self.busy += bounded
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(do(), self._loop))
        finally:
            self.busy -= bounded

    async def stream(self, make: Callable[[], AsyncIterator[T]]) -> AsyncGenerator[T, None]:
        """The items of an iterator made and run in the desk's thread; closing this one cancels it there."""
        self._admit()
        self.busy += 1
        here = asyncio.get_running_loop()
        queue: asyncio.Queue[T | Exception | type[_End]] = asyncio.Queue()

        def put(item: T | Exception | type[_End]) -> None:
            with suppress(RuntimeError):  # the asking loop has closed
                here.call_soon_threadsafe(queue.put_nowait, item)

        work = asyncio.run_coroutine_threadsafe(_pump(make, put), self._loop)
        try:
            while True:
                item = await queue.get()
                if isinstance(item, Exception):
                    raise item
                if item is _End:
                    return
                yield item  # type: ignore[misc]  # not the class _End, which mypy cannot see
        finally:
            work.cancel()
            self.busy -= 1

    @contextmanager
    def guest(self) -> Iterator[None]:
        """Counts work that is done elsewhere, so that a stopping node waits for it."""
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1

    async def close(self) -> None:
        """Cancels what runs and ends the thread."""
        if self._loop.is_closed():
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(
                asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop)), 5
            )
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, 5)
        if not self._thread.is_alive():
            self._loop.close()

    def _admit(self) -> None:
        if self.busy >= self._limit:
            raise Unavailable(
                "The counter is busy.",
                code="desk.busy",
                hint=f"Ask again in {self._retry_after_s:.0f} s.",
                retry_after_s=self._retry_after_s,
            )


async def _pump(
    make: Callable[[], AsyncIterator[T]], put: Callable[[T | Exception | type[_End]], None]
) -> None:
    items: AsyncIterator[T] | None = None
    try:
        items = make()
        async for item in items:
            put(item)
        put(_End)
    except asyncio.CancelledError:
        put(
            Unavailable(
                "The node is stopping.",
                code="node.stopping",
                hint="Ask again in a moment.",
                retry_after_s=5.0,
            )
        )
        raise
    except Exception as error:
        put(error)
    finally:
        if isinstance(items, AsyncGenerator):
            await items.aclose()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
