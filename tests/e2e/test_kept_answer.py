"""A real node, its power cut: what the model phrased is there when it is up again."""

import json
import re
import shutil
from pathlib import Path

import httpx
import platformdirs
import pytest

from bench.node import Node, running
from edge.settings import Settings
from models.registry import Registry
from models.shelf import Shelf
from tests.e2e.conftest import cli

WAIT_S = 60
TRIES = 8


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


@pytest.mark.model
def test_a_power_cut_forgets_no_answer_that_was_kept(own_dir: Path, demo_files: Path) -> None:
    names = [json.loads(line)["name"] for line in (demo_files / "catalog.jsonl").read_text().splitlines()]
    question = ""
    with running(own_dir) as node:
        for name in names[:TRIES]:
            question = f"What is the address of {name}?"
            said, grounding = ask(node, question)
            if grounding["mode"] == "phrase" and lookups(node).get("miss"):
                break
        else:
            pytest.skip("the model is too slow on this machine to end an answer in time")
        again, same = ask(node, question)
        assert (again, same["mode"]) == (said, "phrase")
        assert lookups(node)["hit_exact"] == 1
        shown = json.loads(cli("--data-dir", str(own_dir), "cache", "stats", "--json").stdout)
        assert shown["answers"] >= 1
        assert shown["lookups"]["hit_exact"] == 1
        node.process.kill()
        node.process.wait()
    with running(own_dir) as node:
        assert ask(node, question)[0] == said
        assert lookups(node) == {"hit_exact": 1}
        cli("--data-dir", str(own_dir), "cache", "clear")
        ask(node, question)
        assert lookups(node)["miss"] == 1
    with running(own_dir, env={"PRILAVOK_ANSWER_CACHE": "false"}) as node:
        ask(node, question)
        assert lookups(node) == {}
