"""A crowd that misbehaves, at the engine alone: does anything leak, mix, hang or die for good?

    python -m bench.crowd [--requests 1000] [--chatters 16] [--kills 3] [--seed 0]

Every request asks for a marker of its own, plainly or under a grammar, with a limit, a temperature, at times
a stop string, a prompt longer than the context or a grammar that does not parse; some leave after a piece or
two, some are cancelled at any moment, and the engine's process is killed now and then. Nobody may hear
another's marker. The last line is one JSON object; exit code 1 where something was amiss: a marker heard by
another, a request that did not end within a minute, an error that is none of ours, places not given back, or
memory that grew by more than a sixth from the second quarter to the last between two kills.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import psutil

from models.registry import Registry
from models.runtime.generator import ChatMessage, Piece, Request
from models.runtime.llama import LlamaGenerator, Options
from models.shelf import Shelf
from sync.errors import PrilavokError

RULES = ChatMessage("system", "You are a shop's helper. Say what was asked, in few words, and no more.")
OPTIONS = Options(context=512, running=8, queue_limit=64, governed=False, memory_bytes=400_000_000)
LIMIT_S = 60.0
MARKER = re.compile(r"ZQ\d{6}")
GROWTH = 6  # memory may grow by a sixth: the tree fills up, allocators keep what they have


@dataclass
class Tally:
    """What came of it. `sizes` is the process's memory in bytes after every request since the last kill."""

    markers: frozenset[str]
    ends: Counter[str] = field(default_factory=Counter)
    mixed: list[tuple[int, str]] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    grown: float = 0.0


def marker(index: int) -> str:
    """Far from every other one, so that none is hit by a slip of the model."""
    return f"ZQ{(index + 1) * 7919 % 999_983:06d}"


def wish(index: int, chance: random.Random) -> Request:
    """What the visitor with this number asks."""
    own = marker(index)
    kind = chance.choice(["plain", "plain", "grammar", "choice", "stop", "long", "broken"])
    text = f"The word is {own}. Repeat the word {own}." + (" word" * 2000 if kind == "long" else "")
    grammars = {
        "grammar": f'root ::= "{own} " [a-z]{{1,8}} " {own}"',
        "choice": f'root ::= ("{own}" | "not {own}") ". " ("{own}" | "So {own}")',
        "broken": "root ::= (",
    }
    return Request(
        messages=(RULES, ChatMessage("user", text)),
        grammar=grammars.get(kind),
        stop=(own,) if kind == "stop" else (),
        max_tokens=chance.randint(1, 48),
        temperature=chance.choice([0.0, 0.8]),
        seed=index,
        session=f"s{index % 7}",
    )


async def visit(generator: LlamaGenerator, index: int, chance: random.Random, tally: Tally) -> None:
    """One visitor, told, tired or cancelled."""
    heard, leave_after = "", chance.choice([None, None, None, 0, 1, 3, 9])
    cancel_s = chance.choice([None, None, None, chance.uniform(0, 2)])
    end = "left"
    try:
        async with (
            asyncio.timeout(cancel_s or LIMIT_S),
            aclosing(generator.generate(wish(index, chance))) as stream,
        ):
            count = 0
            async for one in stream:
                count += 1
                if isinstance(one, Piece):
                    heard, end = heard + one.text, one.finish or end
                if leave_after is not None and count > leave_after:
                    break
    except PrilavokError as error:
        end = error.code
    except TimeoutError:
        end = "cancelled"
        if cancel_s is None:
            tally.amiss.append(f"request {index} did not end within {LIMIT_S:.0f} s")
    tally.ends[end] += 1
    others = tally.markers - {marker(index)}
    if others.intersection(MARKER.findall(heard)):
        tally.mixed.append((index, heard))
    if generator.pid is not None and psutil.pid_exists(generator.pid):
        tally.sizes.append(psutil.Process(generator.pid).memory_info().rss)


def judge_growth(tally: Tally) -> None:
    """Of one life of the process; the beginning, while caches fill, is left out."""
    quarter = len(tally.sizes) // 4
    if quarter >= 20:
        early, late = (
            sorted(part)[quarter // 2]
            for part in (tally.sizes[quarter : 2 * quarter], tally.sizes[-quarter:])
        )
        tally.grown = max(tally.grown, late / early - 1)
    tally.sizes.clear()


async def crowd(generator: LlamaGenerator, asked: argparse.Namespace, tally: Tally) -> None:
    """All visitors, so many at a time, and the kills between them."""
    chance, doors = random.Random(asked.seed), asyncio.Semaphore(asked.chatters)
    kills = {asked.requests * (n + 1) // (asked.kills + 1) for n in range(asked.kills)}

    async def enter(index: int) -> None:
        try:
            await visit(generator, index, chance, tally)
        finally:
            doors.release()

    async with asyncio.TaskGroup() as group:
        for index in range(asked.requests):
            await doors.acquire()
            group.create_task(enter(index))
            if index in kills and generator.pid is not None:
                judge_growth(tally)
                os.kill(generator.pid, signal.SIGKILL)
                await asyncio.sleep(1.0)
            while not generator.vitals()["process_up"]:
                await asyncio.sleep(0.1)
    judge_growth(tally)


async def settle(generator: LlamaGenerator, tally: Tally) -> None:
    """Afterwards nothing runs or waits, and the next request is answered."""
    last = Request(messages=(RULES,), grammar='root ::= "next"')
    async with asyncio.timeout(LIMIT_S), aclosing(generator.generate(last)) as stream:
        said = "".join([one.text async for one in stream if isinstance(one, Piece)])
    if said != "next":
        tally.amiss.append(f"the last request was answered {said!r}")
    for _ in range(100):
        vitals = generator.vitals()
        left = {name: vitals.get(f"{name}_requests", -1.0) for name in ("running", "waiting")}
        if set(left.values()) == {0.0}:
            return
        await asyncio.sleep(0.1)
    tally.amiss.append(f"places were not given back: {left}")


async def run(asked: argparse.Namespace) -> int:
    """Ask, judge, print."""
    model = Registry.load().default("generator")
    shelf = Shelf(
        Path(
            os.environ.get("PRILAVOK_MODELS_DIR")
            or platformdirs.user_cache_path("prilavok", appauthor=False) / "models"
        )
    )
    generator = await asyncio.to_thread(LlamaGenerator.load, model, shelf.require(model), OPTIONS)
    tally = Tally(frozenset(map(marker, range(asked.requests))))
    try:
        await crowd(generator, asked, tally)
        await settle(generator, tally)
        vitals = dict(generator.vitals())
    finally:
        await generator.close()
    if vitals["restarts_total"] != asked.kills:
        tally.amiss.append(f"{vitals['restarts_total']:.0f} restarts after {asked.kills} kills")
    if tally.grown > 1 / GROWTH:
        tally.amiss.append(f"memory grew by {tally.grown:.0%}")
    tally.amiss += [f"request {index} heard {text!r}" for index, text in tally.mixed]
    print("\n".join(tally.amiss))
    print(
        json.dumps(
            {
                "requests": asked.requests,
                "ends": dict(tally.ends.most_common()),
                "mixed": len(tally.mixed),
                "amiss": len(tally.amiss),
                "memory_grown": round(tally.grown, 3),
                "restarts": int(vitals["restarts_total"]),
            }
        )
    )
    return 1 if tally.amiss else 0


def main() -> int:
    """Parse and run."""
    parser = argparse.ArgumentParser(
        prog="bench.crowd", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--chatters", type=int, default=16, help="at a time")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    raise SystemExit(main())
