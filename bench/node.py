"""A real node in a process of its own, on a free port, for as long as a block runs. Standard library only."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_S = 300.0
STOP_LIMIT_S = 20.0
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NotReadyError(RuntimeError):
    """The node ended, or was not ready in time; the text has what it wrote."""


@dataclass(frozen=True)
class Node:
    """A running node. `ready_s` is from the start of its process to the first 200 of `/health`."""

    url: str
    process: "subprocess.Popen[bytes]"
    ready_s: float
    log: Path

    def get(self, path: str) -> Any:
        """The JSON under a path, whatever the status."""
        return _get(self.url + path)[1]

    def peak_memory_mb(self) -> float:
        """The most memory it has held so far, in MB (10^6 bytes); 0 where the system does not say."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0.0
        line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0")
        return int(line.split()[1]) * 1024 / 1e6


def command(*arguments: str) -> list[str]:
    """A command line of this checkout's `prilavok-edge`."""
    return [sys.executable, "-m", "edge.cli", *arguments]


@contextmanager
def running(
    data_dir: Path,
    *flags: str,
    env: Mapping[str, str] | None = None,
    program: Sequence[str] = ("edge.cli",),
) -> Iterator[Node]:
    """Starts a node over a data folder and waits until it answers; stops it at the end.

    `program` is a module that runs `prilavok-edge` with what follows its own arguments.
    """
    given = {**os.environ, "PRILAVOK_DATA_DIR": str(data_dir), **(env or {})}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "node.log"
        with log.open("wb") as out:
            begun = time.monotonic()
            process = subprocess.Popen(
                [sys.executable, "-m", *program, "serve", "--port", "0", *flags],
                cwd=ROOT,
                env=given,
                stdout=out,
                stderr=out,
            )
        try:
            url = _ready(process, data_dir, log)
            yield Node(url, process, time.monotonic() - begun, log)
        finally:
            stop(process)


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Asks the node to stop, and makes it; gives its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


def _ready(process: "subprocess.Popen[bytes]", data_dir: Path, log: Path) -> str:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        url = _address(process, data_dir)
        if url and _get(url + "/health")[0] == 200:
            return url
        time.sleep(0.02)
    raise NotReadyError(f"The node is not ready:\n{log.read_text(errors='replace')[-3000:]}")


def _address(process: "subprocess.Popen[bytes]", data_dir: Path) -> str | None:
    try:
        said = json.loads((data_dir / "node.json").read_text())
    except (OSError, ValueError):
        return None
    return str(said["url"]) if said.get("pid") == process.pid else None


def _get(url: str) -> tuple[int, Any]:
    try:
        with LOCAL.open(url, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        try:
            return error.code, json.load(error)
        except ValueError:
            return error.code, None
    except OSError:
        return 0, None
