"""Hundreds at once, some failed and some gone: everyone hears their own, and nothing is left behind."""

import asyncio
import random
from collections import Counter
from contextlib import aclosing

from models.runtime.generator import ChatMessage, Piece, Request
from models.runtime.remote import RemoteGenerator
from sync.errors import PrilavokError
from tests.contracts.subject import server
from tests.simulators.model_server import serving

PASSING = ("cut", "garbage", "500", "reset", "huge line", "error within", "sign-in page", "400", "429, soon")
WORDS = 30
ENDS = ("answers", "failures", "refusals", "cancelled")


async def one(generator: RemoteGenerator, number: int, patience: int) -> str:
    """How it went, for one who asks for its own marker and leaves after so many outputs."""
    marker, heard = f"marker-{number}", ""
    asked = Request(messages=(ChatMessage("user", f"{marker} " * WORDS),), session=str(number % 7))
    try:
        async with aclosing(generator.generate(asked)) as stream:
            async for output in stream:
                heard += output.text if isinstance(output, Piece) else ""
                patience -= 1
                if not patience:
                    return "left"
    except PrilavokError as error:
        assert heard in ("", "half ")
        return error.code
    assert heard.split() == [marker] * WORDS
    return "whole"


async def test_hundreds_with_faults_and_departures_leave_nothing_behind() -> None:
    dice, met = random.Random(20261127), Counter[str]()
    with serving() as simulator:
        waits = {"first_s": 30.0, "pause_s": 30.0, "longest_rest_s": 0.0}
        generator = RemoteGenerator(server(simulator, queue_limit=300, attempts=1, failures=1000, **waits))
        for _ in range(3):
            simulator.faults.extend(dice.choice(PASSING) for _ in range(15))
            tasks = [
                asyncio.create_task(one(generator, n, dice.choice((1, 9, 10**6, 10**6)))) for n in range(100)
            ]
            for task in dice.sample(tasks, 15):
                await asyncio.sleep(0.001)
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert not [end for end in ended if isinstance(end, AssertionError)]
            met.update(end if isinstance(end, str) else "cancelled" for end in ended)
        async with asyncio.timeout(20):
            while generator.vitals()["remote_running_requests"]:
                await asyncio.sleep(0.01)
        vitals = generator.vitals()
        simulator.faults.clear()
        assert await one(generator, 1, 10**6) == "whole"
        await generator.close()
    assert vitals["remote_waiting_requests"] == 0
    assert sum(vitals[f"remote_{name}_total"] for name in ENDS) == vitals["remote_requests_total"]
    assert met["whole"] > 20
    assert {"left", "cancelled", "generator.cut", "generator.garbage"} <= set(met)
