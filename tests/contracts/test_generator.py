"""What every Generator keeps, whoever stands behind it. A new one joins in `subject.py`."""

import asyncio
import math
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from models.runtime.generator import ChatMessage, Output, Piece, Queued, Request, Started
from sync.errors import PrilavokError, Refused, Unavailable
from tests.contracts.subject import SUBJECTS, Subject

MOST_AT_ONCE = 64


@pytest.fixture(params=SUBJECTS)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with SUBJECTS[request.param]() as opened:
        yield opened


async def outputs(subject: Subject, request: Request) -> list[Output]:
    async with aclosing(subject.generator.generate(request)) as stream:
        return [output async for output in stream]


async def text(subject: Subject, request: Request) -> str:
    return "".join(output.text for output in await outputs(subject, request) if isinstance(output, Piece))


async def works(subject: Subject) -> bool:
    """Whether the next request is answered, once those that were given up are gone."""
    return await patiently(subject, subject.exactly("next one")) == "next one"


async def patiently(subject: Subject, request: Request) -> str:
    """The text, asked for again while the engine is busy."""
    while True:
        try:
            return await text(subject, request)
        except Unavailable as error:
            if error.code != "generator.busy":
                raise
            await asyncio.sleep(0.01)


async def test_request_is_started_once_and_ends_once(subject: Subject) -> None:
    got = await outputs(subject, subject.exactly("one two three four five six"))
    kinds = [type(output) for output in got if not isinstance(output, Queued)]
    assert kinds[0] is Started
    assert set(kinds[1:]) == {Piece}
    pieces = [output for output in got if isinstance(output, Piece)]
    assert [piece.finish for piece in pieces] == [None] * (len(pieces) - 1) + ["stop"]
    assert "".join(piece.text for piece in pieces) == "one two three four five six"
    assert sum(piece.tokens for piece in pieces) >= 1


async def test_text_of_any_script_comes_whole(subject: Subject) -> None:
    said = "Салон «Ромашка», Zoë & Co, 東京 🙂 — +7 (495) 123"
    assert await text(subject, subject.exactly(said)) == said


async def test_stop_string_ends_the_text_and_is_no_part_of_it(subject: Subject) -> None:
    got = await outputs(subject, subject.exactly("one two three", stop=("two",)))
    pieces = [output for output in got if isinstance(output, Piece)]
    assert "".join(piece.text for piece in pieces) == "one "
    assert pieces[-1].finish == "stop"


async def test_limit_of_tokens_is_kept(subject: Subject) -> None:
    got = await outputs(subject, subject.forever(max_tokens=7))
    pieces = [output for output in got if isinstance(output, Piece)]
    assert pieces[-1].finish == "length"
    assert 1 <= sum(piece.tokens for piece in pieces) <= 7


async def test_request_left_in_the_middle_makes_room(subject: Subject) -> None:
    for _ in range(5):
        stream = subject.generator.generate(subject.forever(max_tokens=400))
        async for output in stream:
            if isinstance(output, Piece):
                break
        await stream.aclose()
    assert await works(subject)


async def test_request_left_before_it_begins_does_no_harm(subject: Subject) -> None:
    stream = subject.generator.generate(subject.exactly("never asked"))
    await stream.aclose()
    assert await works(subject)


@pytest.mark.parametrize(
    "bad",
    [
        {"messages": (), "prompt": None},
        {"max_tokens": 0},
        {"temperature": -1.0},
        {"temperature": math.nan},
        {"temperature": math.inf},
        {"seed": -1},
    ],
    ids=str,
)
async def test_request_out_of_bounds_is_refused(subject: Subject, bad: dict[str, Any]) -> None:
    with pytest.raises(Refused) as caught:
        await outputs(subject, Request(**{"messages": (ChatMessage("user", "x"),), **bad}))
    assert caught.value.code == "generator.request"
    assert caught.value.hint
    assert await works(subject)


async def test_prompt_that_is_too_long_is_refused(subject: Subject) -> None:
    with pytest.raises(Refused) as caught:
        await outputs(subject, Request(messages=(ChatMessage("user", "word " * 3000),)))
    assert caught.value.code == "generator.prompt_too_long"
    assert await works(subject)


@pytest.mark.parametrize("grammar", ["", "root ::= (", 'other ::= "x"', "root ::= nothing"])
async def test_bad_grammar_is_refused(subject: Subject, grammar: str) -> None:
    with pytest.raises(Refused) as caught:
        await outputs(subject, Request(messages=(ChatMessage("user", "x"),), grammar=grammar))
    assert caught.value.code in (("generator.grammar",) if subject.grammars else GRAMMAR_OR_LACK)
    assert await works(subject)


GRAMMAR_OR_LACK = ("generator.grammar", "generator.unsupported")


async def test_too_many_are_told_so_at_once_and_those_who_wait_are_told_their_place(subject: Subject) -> None:
    streams: list[AsyncGenerator[Output, None]] = []
    heard: list[Output] = []
    while len(streams) < MOST_AT_ONCE:
        streams.append(subject.generator.generate(subject.forever(max_tokens=400)))
        try:
            heard.append(await anext(streams[-1]))
        except Unavailable as error:
            said = error
            break
    assert said.code == "generator.busy"
    places = [output for output in heard if isinstance(output, Queued)]
    assert [place.position for place in places] == list(range(len(places)))
    assert places
    assert all(0 <= place.expected_wait_s < math.inf for place in places)
    for stream in streams:
        await stream.aclose()
    assert await works(subject)


async def test_one_who_waits_is_served_when_there_is_room(subject: Subject) -> None:
    streams: list[AsyncGenerator[Output, None]] = []
    while True:
        streams.append(subject.generator.generate(subject.forever(max_tokens=150, session="first")))
        if isinstance(await anext(streams[-1]), Queued):
            break
    waiting = streams.pop()
    for stream in streams:
        await stream.aclose()
    later = [output async for output in waiting]
    assert isinstance(later[-1], Piece)
    assert later[-1].finish == "length"


async def test_many_at_once_get_each_their_own(subject: Subject) -> None:
    async def one(number: int) -> str:
        said = f"number {number} says {number}"
        return await patiently(subject, subject.exactly(said, session=str(number)))

    got = await asyncio.gather(*(one(number) for number in range(12)))
    assert got == [f"number {number} says {number}" for number in range(12)]


async def test_closing_ends_what_runs_and_what_comes(subject: Subject) -> None:
    stream = subject.generator.generate(subject.forever(max_tokens=400))
    await anext(stream)
    await subject.generator.close()
    with pytest.raises(PrilavokError) as caught:
        async for _ in stream:
            pass
    assert caught.value.code == "generator.closed"
    with pytest.raises(Unavailable) as refused:
        await outputs(subject, subject.exactly("late"))
    assert refused.value.code == "generator.closed"
    await subject.generator.close()


async def test_vitals_are_named_by_the_rule_and_counters_only_grow(subject: Subject) -> None:
    before = dict(subject.generator.vitals())
    await text(subject, subject.exactly("one two"))
    after = dict(subject.generator.vitals())
    assert before.keys() <= after.keys()
    assert before
    for name, value in after.items():
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name)
        assert math.isfinite(value)
        assert not name.endswith("_total") or value >= before.get(name, 0) >= 0
    assert any(after[name] > before.get(name, 0) for name in after if name.endswith("_total"))


async def test_name_is_said(subject: Subject) -> None:
    assert subject.generator.name
