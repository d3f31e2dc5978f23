"""A node whose sentences come from a model server on another machine: it speaks, stops, hangs and comes back.

The server is another node's bare engine, which speaks as llama.cpp's does.
"""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

import httpx
import pytest

from bench.node import Node, running

WAIT_S = 60
MODEL = "smollm2-135m-instruct"
QUESTIONS = (
    "Where can I get a haircut?",
    "Who can mend a tap?",
    "Is there a dentist?",
    "Who repairs phones?",
)
BORROWER = {
    "PRILAVOK_GENERATOR": "none",
    "PRILAVOK_GENERATOR_MODEL": MODEL,
    "PRILAVOK_GENERATOR_FLAVOUR": "llama-server",
    "PRILAVOK_GENERATOR_MODES": "en=phrase",
    "PRILAVOK_GENERATOR_FIRST_S": "30",
    "PRILAVOK_ANSWER_CACHE": "false",
}
pytestmark = pytest.mark.model


def mode(node: Node, question: str) -> str:
    """How an answer was made; every one is whole and has cards."""
    body = {"model": "prilavok", "messages": [{"role": "user", "content": question}]}
    reply = httpx.post(f"{node.url}/v1/chat/completions", json=body, timeout=WAIT_S)
    assert reply.status_code == 200, reply.text
    said = reply.json()
    assert said["choices"][0]["message"]["content"]
    assert said["grounding"]["cards"]
    return str(said["grounding"]["mode"])


def phrased(node: Node) -> bool:
    """Whether the model comes to speak. Late on a busy machine, it rests for a while."""
    ends = time.monotonic() + WAIT_S
    while mode(node, QUESTIONS[0]) != "phrase":
        if time.monotonic() > ends:
            return False
        time.sleep(5)
    return True


def test_a_node_speaks_by_a_model_server_and_without_it(demo_dir: Path, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        lender = stack.enter_context(running(copied(demo_dir, tmp_path / "lender")))
        if MODEL not in [model["id"] for model in lender.get("/v1/models")["data"]]:
            pytest.skip(f"{MODEL} is not here; `prilavok-edge models pull {MODEL}` fetches it")
        env = {**BORROWER, "PRILAVOK_GENERATOR_URL": f"{lender.url}/v1"}
        borrower = stack.enter_context(running(copied(demo_dir, tmp_path / "borrower"), env=env))
        assert phrased(borrower)
        os.kill(lender.process.pid, signal.SIGSTOP)
        stack.callback(os.kill, lender.process.pid, signal.SIGCONT)
        assert [mode(borrower, question) for question in QUESTIONS[1:3]] == ["template", "template"]
        lender.process.kill()
        assert mode(borrower, QUESTIONS[3]) == "template"
        assert borrower.get("/health")["status"] in ("ok", "degraded")


def copied(source: Path, target: Path) -> Path:
    """A data folder of its own."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("node.json", "*.lock")))
