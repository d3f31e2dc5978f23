"""The generator over a server: every way in which one fails ends in a clear error, and the next works."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from models.runtime.generator import ChatMessage, Output, Piece, Queued, Request, Started
from models.runtime.remote import RemoteGenerator
from sync.errors import PrilavokError, Unavailable
from tests.contracts.subject import server
from tests.simulators.model_server import ModelServerSimulator, serving

KEY = "sk-very-secret"
ASKED = (ChatMessage("user", "one two three"),)
ENDLESS = (ChatMessage("user", "forever word "),)
FAILURES = {
    "hangs": "generator.timeout",
    "hangs in the middle": "generator.timeout",
    "only comments": "generator.timeout",
    "reset": "generator.unreachable",
    "cut": "generator.cut",
    "ends without end": "generator.cut",
    "lying length": "generator.cut",
    "garbage": "generator.garbage",
    "no JSON": "generator.garbage",
    "other JSON": "generator.garbage",
    "not UTF-8": "generator.garbage",
    "huge line": "generator.garbage",
    "flood": "generator.garbage",
    "wrong type": "generator.garbage",
    "compressed": "generator.garbage",
    "odd end": "generator.garbage",
    "sign-in page": "generator.captive_portal",
    "sign-in page as events": "generator.garbage",
    "sign-in page, 403": "generator.key",
    "wants a sign-in": "generator.captive_portal",
    "error within": "generator.server",
    "error, older form": "generator.server",
    "filtered": "generator.filtered",
    "redirect": "generator.redirect",
    "400": "generator.refused",
    "403": "generator.key",
    "404": "generator.not_found",
    "429": "generator.overloaded",
    "500": "generator.server",
    "502, page": "generator.server",
    "503": "generator.overloaded",
}


@pytest.fixture
def simulator() -> Iterator[ModelServerSimulator]:
    with serving(key=KEY) as served:
        yield served


@asynccontextmanager
async def opened(simulator: ModelServerSimulator, **fields: Any):  # type: ignore[no-untyped-def]  # a fixture's
    given = {"key": simulator.key, "attempts": 1, "failures": 100, "first_s": 20.0, "pause_s": 20.0, **fields}
    generator = RemoteGenerator(server(simulator, **given))
    try:
        yield generator
    finally:
        await generator.close()


async def outputs(generator: RemoteGenerator, **request: Any) -> list[Output]:
    asked = Request(**{"messages": ASKED, "max_tokens": 64, **request})
    async with aclosing(generator.generate(asked)) as stream:
        return [output async for output in stream]


async def until(holds: Callable[[], bool]) -> None:
    """The generator's own thread needs a moment to see that a listener went."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def text(generator: RemoteGenerator, **request: Any) -> str:
    got = await outputs(generator, **request)
    return "".join(output.text for output in got if isinstance(output, Piece))


@pytest.mark.parametrize(("fault", "code"), FAILURES.items(), ids=FAILURES)
async def test_failure_is_told_clearly_and_the_next_request_answered(
    simulator: ModelServerSimulator, fault: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wait_s = 1.0 if code == "generator.timeout" else 20.0
    async with opened(simulator, longest_rest_s=0.0, first_s=wait_s, pause_s=wait_s) as generator:
        simulator.faults.append(fault)
        with pytest.raises(PrilavokError) as caught:
            await outputs(generator)
        assert caught.value.code == code
        assert caught.value.hint
        assert await text(generator) == "one two three"
    said = f"{caught.value!r} {caught.value} {caplog.text}"
    assert not [words for words in (KEY, "secret words") if words in said]  # theirs may hold the prompt


async def test_answer_that_ends_but_is_never_done_is_whole(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        simulator.faults.append("never done")
        assert await text(generator) == "whole"
        assert await text(generator) == "one two three"


@pytest.mark.parametrize("fault", ["reset", "500", "502, page", "503", "429, soon"])
async def test_what_may_pass_is_tried_again_before_the_first_byte(
    simulator: ModelServerSimulator, fault: str
) -> None:
    async with opened(simulator, attempts=3) as generator:
        simulator.faults.extend((fault, fault))
        assert await text(generator) == "one two three"
        assert generator.vitals()["remote_retries_total"] == 2


@pytest.mark.parametrize("fault", ["400", "403", "404", "429", "cut", "garbage", "sign-in page", "redirect"])
async def test_what_will_not_pass_is_asked_once(simulator: ModelServerSimulator, fault: str) -> None:
    async with opened(simulator, attempts=3) as generator:
        simulator.faults.append(fault)
        with pytest.raises(PrilavokError):
            await outputs(generator)
        assert len(simulator.asked) == 1


async def test_server_that_fails_again_and_again_is_left_alone_and_tried_later(
    simulator: ModelServerSimulator,
) -> None:
    async with opened(simulator, failures=2, rest_s=1.0) as generator:
        simulator.faults.extend(("500", "500"))
        for _ in range(2):
            with pytest.raises(Unavailable):
                await outputs(generator)
        with pytest.raises(Unavailable) as caught:
            await outputs(generator)
        assert caught.value.code == "generator.resting"
        assert len(simulator.asked) == 2
        assert caught.value.retry_after_s is not None
        await asyncio.sleep(caught.value.retry_after_s)
        assert await text(generator) == "one two three"
        assert generator.vitals()["remote_breaker_opened_total"] == 1


async def test_server_that_asks_for_rest_gets_it(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        simulator.faults.append("429")
        with pytest.raises(Unavailable) as first:
            await outputs(generator)
        assert first.value.retry_after_s == 30
        with pytest.raises(Unavailable) as second:
            await outputs(generator)
        assert second.value.code == "generator.resting"
        assert 29 < generator.vitals()["remote_rest_left_s"] <= 30


async def test_bad_requests_are_not_held_against_the_server(simulator: ModelServerSimulator) -> None:
    async with opened(simulator, failures=1) as generator:
        simulator.faults.append("400")
        with pytest.raises(PrilavokError):
            await outputs(generator)
        assert await text(generator) == "one two three"


async def test_listener_who_leaves_after_a_long_wait_is_held_against_the_server(
    simulator: ModelServerSimulator,
) -> None:
    async with opened(simulator, failures=1, first_s=2.0) as generator:
        simulator.faults.append("hangs")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(outputs(generator), 1.5)
        await until(lambda: generator.vitals()["remote_cancelled_total"] == 1)
        with pytest.raises(Unavailable) as caught:
            await outputs(generator)
        assert caught.value.code == "generator.resting"


async def test_leaving_closes_the_connection(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        async with aclosing(generator.generate(Request(messages=ENDLESS, max_tokens=100_000))) as stream:
            async for output in stream:
                if isinstance(output, Piece):
                    break
        assert await asyncio.to_thread(simulator.left.acquire, timeout=20)
        await until(lambda: generator.vitals()["remote_cancelled_total"] == 1)


async def test_stop_string_found_here_closes_the_connection(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        stops = ("no", "nor", "none", "never", "word")  # a server of this flavour is sent four
        assert await text(generator, messages=ENDLESS, stop=stops, max_tokens=1000) == ""
        assert await asyncio.to_thread(simulator.left.acquire, timeout=20)


async def test_connection_serves_again(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        for _ in range(3):
            await text(generator)
        assert len(simulator.connections) == 1


async def test_whole_answer_has_its_time(simulator: ModelServerSimulator) -> None:
    async with opened(simulator, total_s=0.3) as generator:
        with pytest.raises(Unavailable) as caught:
            await outputs(generator, messages=ENDLESS, max_tokens=100_000)
        assert caught.value.code == "generator.timeout"


async def test_tokens_are_those_that_the_server_counts(simulator: ModelServerSimulator) -> None:
    async with opened(simulator) as generator:
        got = await outputs(generator)
        assert sum(output.tokens for output in got if isinstance(output, Piece)) == 3
        vitals = generator.vitals()
        assert (vitals["remote_prompt_tokens_total"], vitals["remote_tokens_total"]) == (3, 3)


async def test_prompt_is_counted_at_the_start_where_the_server_tells() -> None:
    with serving("llama-server") as simulator:
        async with opened(simulator) as generator:
            got = await outputs(generator)
    assert got[0] == Started(prompt_tokens=3, reused_tokens=1)


async def test_sessions_are_served_in_turn(simulator: ModelServerSimulator) -> None:
    async with opened(simulator, concurrency=1, queue_limit=8) as generator:
        running = generator.generate(Request(messages=ENDLESS, max_tokens=100_000))
        await anext(running)
        order: list[str] = []

        async def ask(name: str, session: str, joined: asyncio.Event) -> None:
            request = Request(messages=(ChatMessage("user", name),), session=session)
            async for output in generator.generate(request):
                joined.set()
                if isinstance(output, Started):
                    order.append(name)

        tasks = []
        for name, session in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            joined = asyncio.Event()
            tasks.append(asyncio.create_task(ask(name, session, joined)))
            await joined.wait()
        await running.aclose()
        await asyncio.gather(*tasks)
    assert order == ["a1", "b1", "a2"]


async def test_place_in_the_queue_is_told_each_time_it_changes(simulator: ModelServerSimulator) -> None:
    async with opened(simulator, concurrency=1, queue_limit=8) as generator:
        running = [generator.generate(Request(messages=ENDLESS, max_tokens=100_000)) for _ in range(2)]
        for stream in running:
            await anext(stream)
        last = generator.generate(Request(messages=ASKED))
        first = await anext(last)
        for stream in running:
            await stream.aclose()
        got = [first, *[output async for output in last]]
    places = [output.position for output in got if isinstance(output, Queued)]
    assert places[0] == 1
    assert places == sorted(places, reverse=True)
    assert isinstance(got[-1], Piece)


async def test_generator_may_be_closed_from_another_loop_than_its_own(
    simulator: ModelServerSimulator,
) -> None:
    def elsewhere() -> str:
        return asyncio.run(text(generator))

    generator = RemoteGenerator(server(simulator, key=KEY))
    assert await asyncio.to_thread(elsewhere) == "one two three"
    assert await asyncio.to_thread(elsewhere) == "one two three"
    await generator.close()


async def test_loop_that_ends_in_the_middle_leaves_nothing_running(simulator: ModelServerSimulator) -> None:
    async def begin() -> None:
        streams.append(generator.generate(Request(messages=ENDLESS, max_tokens=100_000)))
        async for output in streams[-1]:
            if isinstance(output, Piece):
                return

    streams: list[Any] = []
    async with opened(simulator) as generator:
        await asyncio.to_thread(lambda: asyncio.run(begin()))
        assert await asyncio.to_thread(simulator.left.acquire, timeout=20)
        await until(lambda: generator.vitals()["remote_running_requests"] == 0)


async def test_server_that_is_not_there_is_unreachable() -> None:
    with serving() as simulator:
        pass
    async with opened(simulator) as generator:
        with pytest.raises(Unavailable) as caught:
            await outputs(generator)
    assert caught.value.code == "generator.unreachable"
