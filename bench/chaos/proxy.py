"""A TCP proxy between one MQTT client and the broker, that can be a bad line.

    open        passes
    cut         ends the connections there are, and refuses new ones
    stall       accepts and passes nothing
    delay       each packet waits
    throttle    a few kilobytes a second
    duplicate   each PUBLISH is passed twice, in both directions
    reorder     a PUBLISH waits until the next one has gone before it

It cuts the stream into MQTT packets (a fixed header and a length, MQTT 5, 2.1), so that doubling and
reordering happen to whole messages; nothing else of them is read.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["open", "cut", "stall", "delay", "throttle", "duplicate", "reorder"]
MODES: tuple[Mode, ...] = ("cut", "stall", "delay", "throttle", "duplicate", "reorder")
PUBLISH = 3
DELAY_S = 0.25
THROTTLE_BYTES_S = 48 * 1024
HELD_S = 0.5
LOOK_S = 0.05


async def packets(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Whole MQTT packets of a stream, until it ends."""
    while True:
        try:
            packet = await reader.readexactly(1)
            size = shift = 0
            while True:
                byte = await reader.readexactly(1)
                packet += byte
                size |= (byte[0] & 0x7F) << shift
                shift += 7
                if not byte[0] & 0x80:
                    break
            yield packet + await reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError):
            return


@dataclass
class Proxy:
    """Listens on a port of loopback, which stays the same, for clients of the broker at `target`."""

    target: int
    mode: Mode = "open"
    port: int = 0
    passed: dict[str, int] = field(default_factory=dict)
    """How many messages were doubled, and how many overtaken."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def start(self) -> None:
        """Listens, in a thread of its own."""
        self._server = self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends every connection, and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def become(self, mode: Mode) -> None:
        """From the next packet on."""
        self._loop.call_soon_threadsafe(self._become, mode)

    def _become(self, mode: Mode) -> None:
        self.mode = mode
        if mode == "cut":
            for writer in self._writers:
                writer.transport.abort()

    async def _end(self) -> None:
        self._become("cut")
        self._server.close()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.mode != "cut":
                await self._join(reader, writer)
        except OSError:
            pass  # the broker is away: so is the line
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers.add(back)
        try:
            await _first(self._pass(reader, back), self._pass(there, writer))
        finally:
            self._writers.discard(back)
            back.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction, until either end is gone."""
        held: list[bytes] = []

        async def let_go() -> None:
            await asyncio.sleep(HELD_S)
            self._write(writer, held)

        waiting: asyncio.Task[None] | None = None
        async for packet in packets(reader):
            await self._hinder(len(packet))
            if self.mode == "reorder" and packet[0] >> 4 == PUBLISH and not held:
                held.append(packet)
                waiting = asyncio.create_task(let_go())
                continue
            writer.write(packet)
            if self.mode == "duplicate" and packet[0] >> 4 == PUBLISH:
                self._count("doubled")
                writer.write(packet)
            if held and packet[0] >> 4 == PUBLISH:
                self._count("overtaken")
                self._write(writer, held)
            await writer.drain()
        if waiting is not None:
            waiting.cancel()

    def _write(self, writer: asyncio.StreamWriter, held: list[bytes]) -> None:
        for packet in held:
            writer.write(packet)
        held.clear()

    def _count(self, what: str) -> None:
        self.passed[what] = self.passed.get(what, 0) + 1

    async def _hinder(self, size: int) -> None:
        while self.mode == "stall":
            await asyncio.sleep(LOOK_S)
        if self.mode == "delay":
            await asyncio.sleep(DELAY_S)
        elif self.mode == "throttle":
            await asyncio.sleep(size / THROTTLE_BYTES_S)


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends; the others are ended then."""
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, OSError):
            raise result
