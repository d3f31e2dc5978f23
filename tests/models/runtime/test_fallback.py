"""Who takes over, until when, and what is counted."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import pytest

from models.runtime.fallback import Fallback
from models.runtime.generator import ChatMessage, Output, Piece, Queued, Request, Started
from sync.errors import PrilavokError, Refused, Unavailable

ASKED = Request(messages=(ChatMessage("user", "x"),))
AWAY = Unavailable("It is away.", code="generator.unreachable", hint="Wait.")
UNABLE = Refused("It cannot.", code="generator.unsupported", hint="Ask another.")


class Scripted:
    """Says its outputs; an error among them is raised there."""

    def __init__(self, name: str, *script: Output | PrilavokError) -> None:
        self.name = name
        self.script = script
        self.asked = 0
        self.left = False
        self.closed = 0

    async def generate(self, request: Request) -> AsyncGenerator[Output, None]:
        self.asked += 1
        try:
            for step in self.script:
                if isinstance(step, PrilavokError):
                    raise step
                yield step
        except GeneratorExit:
            self.left = True
            raise

    def vitals(self) -> Mapping[str, float]:
        return {"requests_total": float(self.asked), f"{self.name}_wait_s": 1.5}

    async def close(self) -> None:
        self.closed += 1


def speaker(name: str, *, broken: PrilavokError | None = None) -> Scripted:
    end = broken or Piece("", 0, "stop")
    return Scripted(name, Started(3), Piece(name, 1), end)


async def heard(generator: Fallback) -> list[Output]:
    async with aclosing(generator.generate(ASKED)) as stream:
        return [output async for output in stream]


async def test_first_one_speaks_where_it_can() -> None:
    near = speaker("near")
    assert await heard(Fallback((speaker("far"), near))) == [
        Started(3),
        Piece("far", 1),
        Piece("", 0, "stop"),
    ]
    assert near.asked == 0


@pytest.mark.parametrize("error", [AWAY, UNABLE], ids=lambda error: error.code)
async def test_next_one_speaks_where_the_first_cannot_begin(error: PrilavokError) -> None:
    for script in ((error,), (Queued(0, 1.0), error), (Queued(0, 1.0), Started(9), error)):
        both = Fallback((Scripted("far", *script), speaker("near")))
        got = [output for output in await heard(both) if not isinstance(output, Queued)]
        assert got == [Started(3), Piece("near", 1), Piece("", 0, "stop")]
        assert both.vitals()["fallback_falls_total"] == 1
        assert both.vitals()["fallback_falls_refused_total"] == (error is UNABLE)


async def test_nobody_takes_over_after_the_first_piece() -> None:
    near = speaker("near")
    both = Fallback((speaker("far", broken=AWAY), near))
    got: list[Output] = []
    with pytest.raises(Unavailable) as caught:
        async with aclosing(both.generate(ASKED)) as stream:
            got.extend([output async for output in stream])
    assert caught.value is AWAY
    assert near.asked == 0
    assert both.vitals()["fallback_falls_total"] == 0


async def test_last_error_is_raised_when_all_fail() -> None:
    both = Fallback((Scripted("far", AWAY), Scripted("near", UNABLE)))
    with pytest.raises(Refused):
        await heard(both)
    assert both.vitals()["fallback_exhausted_total"] == 1


async def test_leaving_is_passed_on() -> None:
    far = speaker("far")
    stream = Fallback((far, speaker("near"))).generate(ASKED)
    async for output in stream:
        if isinstance(output, Piece):
            break
    await stream.aclose()
    assert far.left


async def test_figures_are_merged_and_all_are_closed() -> None:
    far, near = Scripted("far", AWAY), speaker("near")
    both = Fallback((far, near))
    await heard(both)
    vitals = both.vitals()
    assert (vitals["requests_total"], vitals["far_wait_s"], vitals["near_wait_s"]) == (2, 1.5, 1.5)
    assert both.name == "far"
    await both.close()
    assert (far.closed, near.closed) == (1, 1)
