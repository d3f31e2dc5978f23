"""The prompts and the chatters: those of the load script that lies beside the data, driven from here.

The script is read where it is and never copied. Chatters with the same seed ask the same of every server.
"""

import asyncio
import importlib.util
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from bench.engine.figure import Answer

SCRIPT = "bench/load.py"
RECORDS_LIMIT = 200  # what the script itself cuts the catalogue to
TIMEOUT_S = 600.0


class WorkMissing(RuntimeError):
    """The data or the load script is not there; the text says where it was looked for."""


@dataclass(frozen=True)
class Shape:
    """What every chatter does: conversations, questions in each, tokens an answer, records a prompt."""

    rounds: int
    turns: int
    tokens: int
    records: int


@dataclass(frozen=True)
class Work:
    """Everything prompts are made from. `script` is the load script as a module."""

    script: Any
    catalog: list[dict[str, Any]]
    weights: list[float]
    asks: list[str]

    def conversation(self, seed: int, shape: Shape) -> tuple[str, list[str]]:
        """The system message and the questions of a chatter's first conversation."""
        made: tuple[str, list[str]] = self.script.conversation(
            random.Random(seed), self.catalog, self.weights, self.asks, options("", "", shape)
        )
        return made

    def coverage(self, seeds: range, shape: Shape) -> float:
        """The share of all record draws, by popularity, that these chatters' prompts have shown already."""
        seen: set[int] = set()
        texts = {self.script.record_text(0, record)[3:]: at for at, record in enumerate(self.catalog)}
        for seed in seeds:
            rng = random.Random(seed)
            for _ in range(shape.rounds):
                system, _ = self.script.conversation(
                    rng, self.catalog, self.weights, self.asks, options("", "", shape)
                )
                lines = system.splitlines()[1:]
                seen |= {texts[line[3:]] for line in lines if line[3:] in texts}
        return sum(self.weights[at] for at in seen) / sum(self.weights)


def options(url: str, model: str, shape: Shape) -> SimpleNamespace:
    """As the script's own functions want them."""
    return SimpleNamespace(url=url, model=model, **vars(shape))


def read(data: Path, seed: int) -> Work:
    """Raises WorkMissing where the data or the script is not there."""
    script_path = data.parent.parent / SCRIPT
    for needed in (data / "catalog.jsonl", data / "questions.jsonl", script_path):
        if not needed.is_file():
            raise WorkMissing(f"{needed} is not there. Say where the data is: make bench-engine DATA=folder")
    spec = importlib.util.spec_from_file_location("load_script", script_path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    catalog = rows(data / "catalog.jsonl")
    random.Random(seed).shuffle(catalog)
    catalog = catalog[:RECORDS_LIMIT]
    asks = sorted({row["turns"][-1] for row in rows(data / "questions.jsonl") if row["type"] == "fact"})
    return Work(script, catalog, [1 / (at + 1) for at in range(len(catalog))], asks)


def rows(path: Path) -> list[dict[str, Any]]:
    """A JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def drive(work: Work, url: str, model: str, shape: Shape, seeds: range) -> tuple[list[Answer], int, float]:
    """One chatter a seed, all at once: the answers, how many failed, and the wall time in seconds."""
    return asyncio.run(_drive(work, options(url, model, shape), seeds))


async def _drive(work: Work, asked: SimpleNamespace, seeds: range) -> tuple[list[Answer], int, float]:
    out: list[tuple[float, float, int] | None] = []
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=TIMEOUT_S, limits=limits, trust_env=False) as client:
        begun = time.perf_counter()
        await asyncio.gather(
            *(
                work.script.chatter(client, asked, seed, work.catalog, work.weights, work.asks, out)
                for seed in seeds
            )
        )
        wall_s = time.perf_counter() - begun
    answers = [Answer(*measured) for measured in out if measured]
    return answers, len(out) - len(answers), wall_s


def hello(url: str, model: str) -> None:
    """A first word, so that nothing of the server's own start is measured."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        client.post(f"{url}/v1/chat/completions", json=body).raise_for_status()


def first_text_s(url: str, body: dict[str, Any]) -> tuple[float, float, str]:
    """Seconds to the first streamed text and to the end of one request, and the text."""
    begun, first, text = time.perf_counter(), None, []
    with (
        httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
        client.stream("POST", f"{url}/v1/chat/completions", json={**body, "stream": True}) as reply,
    ):
        if reply.status_code != 200:
            raise RuntimeError(f"{url} answered {reply.status_code}: {reply.read()[:300]!r}")
        for line in reply.iter_lines():
            if piece := streamed_text(line):
                first = first or time.perf_counter() - begun
                text.append(piece)
    total = time.perf_counter() - begun
    if first is None:
        raise RuntimeError(f"{url} streamed no text")
    return first, total, "".join(text)


def streamed_text(line: str) -> str:
    """The text that one line of an event stream carries; empty for everything else."""
    if not line.startswith("data: {"):
        return ""
    choices = json.loads(line[6:]).get("choices") or [{}]
    return (choices[0].get("delta") or {}).get("content") or ""
