"""A real node, its power cut: what the model phrased is there when it is up again."""

import asyncio
import dataclasses
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx
import platformdirs
import pytest

from bench.cache import Speaker
from bench.node import Node, running
from edge.answer.service import Answers
from edge.answer.turn import Done, Message
from edge.answer.writer import Writer
from edge.metrics import Metrics
from edge.opening import open_all
from edge.settings import Settings
from models.registry import Registry
from models.shelf import Shelf
from tests.e2e.conftest import cli

WAIT_S = 60


def ask(node: Node, text: str) -> tuple[str, dict[str, object]]:
    """The answer's text and its grounding."""
    body = {"model": "prilavok", "messages": [{"role": "user", "content": text}]}
    reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=WAIT_S).json()
    return reply["choices"][0]["message"]["content"], reply["grounding"]


def lookups(node: Node) -> dict[str, int]:
    """What the node's cache counted."""
    text = httpx.get(f"{node.url}/metrics").text
    found = re.findall(r'^prilavok_answer_cache_total\{result="(\w+)"\} ([\d.]+)$', text, re.M)
    return {result: int(float(count)) for result, count in found}


@pytest.fixture
def own_dir(tmp_path: Path, demo_dir: Path) -> Path:
    """A data folder to keep answers in."""
    model = Registry.load().default("generator")
    if model is None or not Shelf(Settings.load().models_dir).complete(model):
        pytest.skip(f"the small model is not in {platformdirs.user_cache_path('prilavok')}")
    return Path(
        shutil.copytree(demo_dir, tmp_path / "data", ignore=shutil.ignore_patterns("node.*", "answers*"))
    )


async def phrased(data_dir: Path, question: str) -> Done:
    """The model's own answer, waited for however long it takes here, and kept."""
    parts = open_all(Settings.load(data_dir=data_dir), Metrics(), lambda stage: None, upkeep=False)
    answers = parts.answers
    assert isinstance(answers, Answers)
    assert isinstance(answers.writer, Writer)
    answers = dataclasses.replace(answers, writer=Speaker(answers.writer.generator, answers.writer.cache))
    now = datetime.now(UTC)
    done = [event async for event in answers.answer((Message("user", question),), now=now)][-1]
    assert isinstance(done, Done)
    await answers.writer.generator.close()
    parts.close()
    return done


@pytest.mark.model
def test_a_power_cut_forgets_no_answer_that_was_kept(own_dir: Path, demo_files: Path) -> None:
    first = json.loads((demo_files / "catalog.jsonl").read_text().splitlines()[0])
    question = f"What is the address of {first['name']}?"
    said = asyncio.run(phrased(own_dir, question))
    assert said.grounding.mode == "phrase"
    with running(own_dir) as node:
        text, grounding = ask(node, question)
        assert (text, grounding["mode"]) == (said.text, "phrase")
        assert lookups(node) == {"hit_exact": 1}
        shown = json.loads(cli("--data-dir", str(own_dir), "cache", "stats", "--json").stdout)
        assert (shown["answers"], shown["lookups"]) == (1, {"hit_exact": 1})
        node.process.kill()
        node.process.wait()
    with running(own_dir) as node:
        assert ask(node, question)[0] == said.text
        assert lookups(node) == {"hit_exact": 1}
        cli("--data-dir", str(own_dir), "cache", "clear")
        ask(node, question)
        assert lookups(node) == {"hit_exact": 1, "miss": 1}
    with running(own_dir, env={"PRILAVOK_ANSWER_CACHE": "false"}) as node:
        ask(node, question)
        assert lookups(node) == {}
