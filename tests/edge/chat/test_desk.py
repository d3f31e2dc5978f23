"""The one thread that answers."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from edge.chat.desk import Desk
from sync.errors import Refused, Unavailable


async def test_work_is_done_in_one_other_thread() -> None:
    desk = Desk(4)
    threads = {await desk.call(threading.get_ident) for _ in range(5)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    await desk.close()


async def test_waiting_answer_lets_the_next_one_through() -> None:
    desk, gate = Desk(4), threading.Event()

    async def waits() -> AsyncIterator[int]:
        yield 1
        while not gate.is_set():
            await asyncio.sleep(0.001)
        yield 2

    first = desk.stream(waits)
    assert await anext(first) == 1
    assert await desk.call(lambda: "through") == "through"
    gate.set()
    assert [item async for item in first] == [2]
    await desk.close()


async def test_error_reaches_the_asker() -> None:
    desk = Desk(4)

    async def fails() -> AsyncIterator[int]:
        yield 1
        raise Refused("no", code="no")

    with pytest.raises(Refused):
        _ = [item async for item in desk.stream(fails)]
    assert desk.busy == 0
    await desk.close()


async def test_asker_who_leaves_cancels_the_work() -> None:
    desk, ended = Desk(4), threading.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                await asyncio.sleep(0.001)
        finally:
            ended.set()

    stream = desk.stream(endless)
    await anext(stream)
    await stream.aclose()
    assert await asyncio.to_thread(ended.wait, 10)
    assert desk.busy == 0
    await desk.close()


async def test_more_than_the_limit_is_told_to_come_back() -> None:
    desk, gate = Desk(1), threading.Event()

    async def waits() -> AsyncIterator[int]:
        yield 1
        while not gate.is_set():
            await asyncio.sleep(0.001)

    first = desk.stream(waits)
    await anext(first)
    with pytest.raises(Unavailable) as refused:
        await desk.call(lambda: 1)
    assert refused.value.code == "desk.busy"
    assert refused.value.retry_after_s
    gate.set()
    await first.aclose()
    assert await desk.call(lambda: 1) == 1
    await desk.close()


async def test_closing_ends_open_streams_with_a_reason() -> None:
    desk = Desk(4)

    async def endless() -> AsyncIterator[int]:
        yield 1
        await asyncio.sleep(3600)

    stream = desk.stream(endless)
    await anext(stream)
    await desk.close()
    with pytest.raises(Unavailable) as stopped:
        await anext(stream)
    assert stopped.value.code == "node.stopping"
