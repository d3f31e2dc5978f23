"""A thread with an event loop of its own, for what must outlive the caller's loop: connections kept open.

Whoever asks, from whichever loop, gets the items there; the work is done here, by one owner, without locks.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from typing import TypeVar

T = TypeVar("T")


class _End:
    """No more items."""


class OwnLoop:
    """Runs from the start until `close`. `ended` makes what is raised to those who listen or come then."""

    def __init__(self, name: str, ended: Callable[[], Exception]) -> None:
        self._ended = ended
        self._closing = False
        self._door = threading.Lock()  # nobody comes in while the loop is told to end
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    async def stream(self, make: Callable[[], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """The items of a generator that is made and run here; closing this one cancels it here."""
        there = asyncio.get_running_loop()
        items: asyncio.Queue[T | Exception | type[_End]] = asyncio.Queue()

        def put(item: T | Exception | type[_End]) -> None:
            with suppress(RuntimeError):  # the listener's loop has ended
                there.call_soon_threadsafe(items.put_nowait, item)

        with self._door:
            if self._closing:
                raise self._ended()
            work = asyncio.run_coroutine_threadsafe(_pump(make, put), self._loop)
        work.add_done_callback(lambda done: put(self._ended()) if done.cancelled() else None)
        try:
            while (item := await items.get()) is not _End:
                if isinstance(item, Exception):
                    raise item
                yield item  # type: ignore[misc]  # _End is left above
        finally:
            work.cancel()

    async def close(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        """Cancel what runs, do `last` here, end the thread. A second call does nothing."""
        with self._door:
            if self._closing:
                return
            self._closing = True
            done = asyncio.run_coroutine_threadsafe(self._end(last), self._loop)
        await asyncio.wrap_future(done)
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _end(self, last: Callable[[], Coroutine[object, object, None]]) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last()
        await self._loop.shutdown_asyncgens()


async def _pump(
    make: Callable[[], AsyncGenerator[T, None]], put: Callable[[T | Exception | type[_End]], None]
) -> None:
    try:
        async with aclosing(make()) as made:
            async for item in made:
                put(item)
    except Exception as error:
        put(error)
    else:
        put(_End)
