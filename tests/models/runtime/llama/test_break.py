"""What the engine bears: listeners that go, a process that dies or stops, a file that changes underneath."""

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from models.registry import Model
from models.runtime.generator import ChatMessage, Output, Piece, Request, Started
from models.runtime.llama import LlamaGenerator, Options
from sync.errors import PrilavokError, Refused, Unavailable

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed; `make setup` builds it")
pytestmark = [
    pytest.mark.model,
    pytest.mark.parametrize("real", ["smollm2-135m-instruct"], indirect=True),
]
OPTIONS = Options(context=384, running=4, queue_limit=64, governed=False, memory_bytes=300_000_000)
RULES = ChatMessage("system", "You are a shop's helper. Say what was asked, in few words, and no more.")
ENDLESS = 'root ::= ("word " | "more ") root'
LIMIT_S = 60.0  # nothing may hang; how fast it is does not matter here


@pytest.fixture
async def llama(real: tuple[Model, Path], tmp_path: Path) -> AsyncIterator[LlamaGenerator]:
    """On a copy of the file, which tests may spoil."""
    model, folder = real
    copy = tmp_path / "m.gguf"
    shutil.copyfile(folder / model.files[0].path, copy)
    generator = LlamaGenerator.load(model, copy, OPTIONS)
    yield generator
    await generator.close()


async def news(generator: LlamaGenerator, **request: object) -> list[Output]:
    made = Request(**{"messages": asked("Say yes."), "max_tokens": 12, **request})  # type: ignore[arg-type]
    async with asyncio.timeout(LIMIT_S), aclosing(generator.generate(made)) as stream:
        return [one async for one in stream]


async def text(generator: LlamaGenerator, **request: object) -> str:
    return "".join(one.text for one in await news(generator, **request) if isinstance(one, Piece))


def asked(question: str) -> tuple[ChatMessage, ...]:
    return (RULES, ChatMessage("user", question))


async def works(generator: LlamaGenerator) -> bool:
    return await text(generator, grammar='root ::= "next"') == "next"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not true():
            await asyncio.sleep(0.05)


async def works_again(generator: LlamaGenerator) -> None:
    """By itself, some time after a restart; meanwhile everybody is told why not."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                assert await works(generator)
                return
            except Unavailable as error:
                if error.code not in ("generator.lost", "generator.restarting"):
                    raise
                await asyncio.sleep(0.1)


def figure(generator: LlamaGenerator, name: str) -> float:
    """Of the vitals; -1 where it was not told yet."""
    return generator.vitals().get(name, -1.0)


def marker(index: int) -> str:
    """Far from every other one, so that none is hit by a slip of the model."""
    return f"ZQ{(index + 1) * 7919 % 999_983:06d}"


async def visit(generator: LlamaGenerator, index: int, chance: random.Random) -> str:
    """One conversation that says its marker, and may be cut short in several ways; what it heard."""
    own, kind = marker(index), chance.choice(["grammar", "plain", "choice", "stop"])
    request: dict[str, object] = {"messages": asked(f"The word is {own}. Repeat the word {own}.")}
    if kind == "grammar":
        request["grammar"] = f'root ::= "{own} " [a-z]{{1,8}} " {own}"'
    elif kind == "choice":
        request["grammar"] = f'root ::= ("{own}" | "not {own}") ". " ("{own}" | "So {own}")'
    elif kind == "stop":
        request["stop"] = (own,)
    made = Request(
        max_tokens=chance.randint(1, 40),
        temperature=chance.choice([0.0, 0.8]),
        seed=index,
        session=f"s{index % 5}",
        **request,  # type: ignore[arg-type]
    )
    leave_after, heard = chance.choice([None, None, 0, 1, 3]), ""
    async with aclosing(generator.generate(made)) as stream:
        count = 0
        async for one in stream:
            heard += one.text if isinstance(one, Piece) else ""
            count += 1
            if leave_after is not None and count > leave_after:
                break
    return heard


async def test_a_crowd_that_comes_and_goes_leaves_nothing_behind_and_hears_only_its_own(
    llama: LlamaGenerator,
) -> None:
    chance = random.Random(1)
    assert await works(llama)
    heard: dict[int, str] = {}

    async def one(index: int) -> None:
        heard[index] = await visit(llama, index, chance)

    async with asyncio.timeout(5 * LIMIT_S), asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(index)) for index in range(40)]
        for task in chance.sample(tasks, 10):
            await asyncio.sleep(0.05)
            task.cancel()
    for index, said in heard.items():
        assert [other for other in range(40) if marker(other) in said and other != index] == []
    assert await works(llama)
    await until(lambda: figure(llama, "running_requests") == figure(llama, "waiting_requests") == 0.0)


async def test_memory_stays_flat(llama: LlamaGenerator) -> None:
    assert llama.pid is not None
    process = psutil.Process(llama.pid)

    async def rounds(count: int, first: int) -> int:
        for index in range(first, first + count):
            await text(llama, messages=asked(f"Word {index}?"), grammar=f'root ::= "w{index}"')
        return int(process.memory_info().rss)

    before = await rounds(20, 0)
    after = await rounds(60, 20)
    grown_cache = OPTIONS.memory_bytes // 3  # the tree may fill up to its bound
    assert after - before < min(grown_cache, 64_000_000)


async def test_greedy_text_in_a_busy_batch_is_the_text_alone(llama: LlamaGenerator) -> None:
    """Batches of other sizes sum in another order: where two tokens are nearly equal, either may come. Texts
    may part there; most must not, and none before its first token."""
    questions = [
        f"Name {number} {thing}." for number in ("two", "three") for thing in ("fruits", "tools", "towns")
    ]
    alone = [await text(llama, messages=asked(question)) for question in questions]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(text(llama, messages=asked(question))) for question in questions]
    together = [task.result() for task in tasks]
    assert sum(one == two for one, two in zip(alone, together, strict=True)) >= len(questions) * 2 // 3
    assert all(one[:1] == two[:1] for one, two in zip(alone, together, strict=True))


async def test_a_killed_engine_is_told_in_the_stream_and_comes_back(llama: LlamaGenerator) -> None:
    stream = llama.generate(Request(messages=asked("Go on."), grammar=ENDLESS, max_tokens=300))
    assert isinstance(await anext(stream), Started)
    first = llama.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    with pytest.raises(Unavailable) as caught:
        async with asyncio.timeout(LIMIT_S):
            [one async for one in stream]
    assert caught.value.code == "generator.lost"
    await works_again(llama)
    assert llama.pid != first
    assert llama.vitals()["restarts_total"] == 1.0


async def test_a_stopped_engine_is_started_again(real: tuple[Model, Path]) -> None:
    model, folder = real
    options = Options(context=256, running=2, governed=False, stall_limit_s=2.0)
    generator = LlamaGenerator.load(model, folder / model.files[0].path, options)
    first = generator.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(Unavailable) as caught:
        await text(generator)
    assert caught.value.code == "generator.lost"
    assert not psutil.pid_exists(first)
    await works_again(generator)
    await generator.close()


async def test_closing_a_stopped_engine_ends_it(real: tuple[Model, Path]) -> None:
    model, folder = real
    patient = Options(context=256, running=2, governed=False, stall_limit_s=10 * LIMIT_S)
    generator = LlamaGenerator.load(model, folder / model.files[0].path, patient)
    pid = generator.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(LIMIT_S):
        await generator.close()
    assert not psutil.pid_exists(pid)


async def test_a_model_cut_short_while_it_runs_is_told_and_works_again_when_whole(
    llama: LlamaGenerator, tmp_path: Path
) -> None:
    file = tmp_path / "m.gguf"
    whole = file.read_bytes()
    os.truncate(file, 100_000)  # the mapping ends there: the next touch is a SIGBUS
    codes: set[str] = set()

    async def told() -> None:
        try:
            await text(llama)
        except PrilavokError as error:
            codes.add(error.code)

    async with asyncio.timeout(LIMIT_S):
        while "models.corrupt" not in codes:
            await told()
            await asyncio.sleep(0.1)
    assert codes <= {"generator.lost", "generator.restarting", "models.corrupt"}
    file.write_bytes(whole)
    async with asyncio.timeout(LIMIT_S):
        while llama.vitals()["process_up"] == 0.0:
            await asyncio.sleep(0.1)
    assert await works(llama)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"grammar": 'root ::= "a" root'}, "generator.grammar_stuck"),
        ({"grammar": "root ::= nothing"}, "generator.grammar"),
        ({"messages": (ChatMessage("user", "word " * 3000),)}, "generator.prompt_too_long"),
        ({"logit_bias": {49_152: 1.0}}, "generator.request"),
        ({"logit_bias": {2**70: 1.0}}, "generator.request"),
        ({"logit_bias": {5: float("inf")}}, "generator.request"),
        ({"seed": 2**70}, "generator.request"),
        ({"max_tokens": 2**70}, "generator.request"),
        ({"prompt": "x" * (5 << 20)}, "generator.prompt_too_long"),
        ({"prompt": "x" * (65 << 20)}, "generator.request"),
    ],
    ids=lambda value: str(value)[:24],
)
async def test_a_bad_request_spoils_nobody_elses(
    llama: LlamaGenerator, bad: dict[str, object], code: str
) -> None:
    other = llama.generate(Request(messages=asked("Go on."), grammar=ENDLESS, max_tokens=40))
    assert isinstance(await anext(other), Started)
    with pytest.raises((Refused, Unavailable)) as caught:
        await text(llama, **bad)
    assert caught.value.code == code
    async with asyncio.timeout(LIMIT_S):
        last = [one async for one in other][-1]
    assert isinstance(last, Piece)
    assert last.finish == "length"
    assert await works(llama)


async def test_what_was_learnt_outlives_a_restart_and_a_damaged_file_does_not(
    real: tuple[Model, Path], tmp_path: Path
) -> None:
    model, folder = real
    state = tmp_path / "state" / "m.kv"
    options = Options(context=384, running=2, governed=False, state=state)

    async def live() -> tuple[Started, str, float]:
        generator = LlamaGenerator.load(model, folder / model.files[0].path, options)
        heard = await news(generator)
        await until(lambda: "restored_tokens" in generator.vitals())
        restored = generator.vitals()["restored_tokens"]
        await generator.close()
        started = next(one for one in heard if isinstance(one, Started))
        return started, "".join(one.text for one in heard if isinstance(one, Piece)), restored

    cold, said, restored = await live()
    assert (cold.reused_tokens, restored) == (0, 0.0)
    warm, again, restored = await live()
    assert warm.reused_tokens == warm.prompt_tokens - 1
    assert restored >= warm.prompt_tokens
    assert again == said
    damaged = bytearray(state.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    state.write_bytes(damaged)
    begun = time.time()
    discarded, again, restored = await live()
    assert (discarded.reused_tokens, restored) == (0, 0.0)
    assert again == said
    assert state.stat().st_mtime >= begun - 1  # written anew
