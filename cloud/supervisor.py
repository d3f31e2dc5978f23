"""Keeps the hub's processes running on one machine: starts them, starts those again that end, stops them all.

A child that ends again and again is started less and less often. Children end with their parent, however that
ends: each has the parent's end of a pipe as its standard input. On several machines something else does this.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import structlog

log = structlog.get_logger()
CHILD = "PRILAVOK_CHILD"
FAILPOINT = "PRILAVOK_FAILPOINT"
PAUSE_S = (0.5, 30.0)
STEADY_S = 60.0
KILL_S = 10.0


@dataclass(frozen=True)
class Child:
    """A process: what it is called in the log, its command line, and the file that its words go to, if one.

    `environment` is added to the supervisor's.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None


@dataclass
class Supervisor:
    """`run` returns when `stop` is set and every child has ended."""

    environment: Mapping[str, str]
    stop: threading.Event = field(default_factory=threading.Event)
    kill_s: float = KILL_S
    started: dict[str, int] = field(default_factory=dict)
    """By name, the process that runs now."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def run(self, children: Sequence[Child]) -> None:
        """Starts them in order and looks after each until told to stop."""
        for child in children:
            self.start(child)
        self.join()

    def start(self, child: Child) -> None:
        """Starts one and looks after it in a thread of its own."""
        thread = threading.Thread(target=self._keep, args=(child,), name=child.name)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        """Until told to stop and every child has ended."""
        self.stop.wait()
        for thread in self._threads:
            thread.join()

    def _keep(self, child: Child) -> None:
        pause_s = PAUSE_S[0]
        environment = {**self.environment, **child.environment, CHILD: "1"}
        while not self.stop.is_set():
            begun = time.monotonic()
            code = self._live(child, environment)
            environment.pop(FAILPOINT, None)  # a fault happens once
            if self.stop.is_set():
                return
            steady = time.monotonic() - begun > STEADY_S
            pause_s = PAUSE_S[0] if steady else min(2 * pause_s, PAUSE_S[1])
            log.warning("process ended", name=child.name, code=code, again_in_s=pause_s)
            self.stop.wait(pause_s)

    def _live(self, child: Child, environment: Mapping[str, str]) -> int:
        """One life of a process, until it ends or all are stopped; its exit code."""
        with (
            child.log.open("ab") if child.log else nullcontext() as words,
            subprocess.Popen(
                child.command, env=environment, stdin=subprocess.PIPE, stdout=words, stderr=words
            ) as process,
        ):
            self.started[child.name] = process.pid
            ended = threading.Thread(target=process.wait, daemon=True)
            ended.start()
            while ended.is_alive() and not self.stop.is_set():
                ended.join(0.2)
            if ended.is_alive():
                process.terminate()
                ended.join(self.kill_s)
            if ended.is_alive():
                log.warning("process killed", name=child.name)
                process.kill()
            return process.wait()


def follow_parent() -> None:
    """In a child: ends this process when its parent is gone. Nothing in a process that nobody supervises."""
    if not os.environ.get(CHILD):
        return

    def watch() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def until_told() -> threading.Event:
    """For a process that works: set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
