"""Starting a server for the measurement, on the measurement's cores, and stopping it again.

A child inherits the cores that this process is bound to (`pin`).
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx

from bench.engine.contestant import NATIVE, OURS, THREADS, Contestant, command
from bench.evaluate import imported
from bench.node import ROOT, Node, running, stop
from bench.speed import wait_for_vectors

START_LIMIT_S = 120.0


class NotStarted(RuntimeError):
    """A peer ended or was not ready in time; the text has what it wrote."""


@dataclass(frozen=True)
class Server:
    """A running server; `about` is what it says of itself: version, processor features."""

    name: str
    url: str
    model: str
    pid: int
    about: dict[str, Any]


def pin(cores: int = THREADS) -> tuple[int, ...]:
    """Binds this process, and all it starts, to the first cores it may use; gives which."""
    usable = tuple(sorted(os.sched_getaffinity(0)))[:cores]
    os.sched_setaffinity(0, usable)
    return usable


@contextlib.contextmanager
def peer(contestant: Contestant, model: Path, log: Path) -> Iterator[Server]:
    """A peer, from when its model is loaded. Raises NotStarted."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            command(contestant, model, port), cwd=ROOT, stdout=subprocess.PIPE, stderr=out
        )
    try:
        if contestant.needs == NATIVE:
            about = {"url": f"http://127.0.0.1:{port}", "version": native_version()}
        else:
            about = _said(process, log)
        _wait_healthy(process, about["url"], log)
        yield Server(contestant.name, about["url"], contestant.name, process.pid, about)
    finally:
        stop(process)
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def ours(data_dir: Path, **env: str) -> Iterator[tuple[Server, Node]]:
    """A node, whose bare engine is asked by its registry name."""
    with running(data_dir, env=env) as node:
        yield Server(OURS, node.url, generator(node), node.process.pid, {}), node


def prepared(data: Path) -> Path:
    """A node's folder with the catalogue imported and embedded; made once."""
    data_dir = imported(data / "catalog.jsonl")
    done = data_dir / "embedded"
    if not done.is_file():
        with running(data_dir) as node:
            wait_for_vectors(node)
        done.touch()
    return data_dir


def generator(node: Node, limit_s: float = START_LIMIT_S) -> str:
    """The name of the node's bare engine, once it is up. Raises NotStarted."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        names = [model["id"] for model in node.get("/v1/models")["data"]]
        bare = [name for name in names if name != OURS and "instruct" in name]
        if bare:
            return str(bare[0])
        time.sleep(0.1)
    raise NotStarted(f"The node has no generator: {node.get('/health')}")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def native_version() -> str:
    """Its own `--version` names whatever repository it was compiled in; its sources are the binding's."""
    return f"llama.cpp of llama-cpp-python {version('llama-cpp-python')}"


def _said(process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """The JSON line that a peer prints when it is ready."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if not select.select([process.stdout], [], [], 0.2)[0]:
            continue
        line = process.stdout.readline()
        if line.startswith(b'{"url"'):
            said: dict[str, Any] = json.loads(line)
            return said
        if not line:
            break
    raise NotStarted(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _wait_healthy(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    with httpx.Client(timeout=10, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if client.get(f"{url}/health").status_code == 200:
                    return
            time.sleep(0.05)
    raise NotStarted(f"{process.args!r} is not ready:\n{log.read_text(errors='replace')[-2000:]}")
