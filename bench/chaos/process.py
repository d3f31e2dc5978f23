"""A process that is killed and started again, and a note of each time that it ended by itself."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bench.chaos.nursery import Child, Nursery, Wanted

FAILPOINT = "PRILAVOK_FAILPOINT"
LOOK_S = 0.05
END_S = 1200.0
"""The machine may stand still for minutes, with all of this on it: nothing is broken then."""


@dataclass
class Process:
    """One program over many lives. `log` gets what it says on stderr; `pipe` it is told through.

    With a `nursery`, `command` is a Python's with `-m`, and each life is forked there.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    pipe: bool = False
    nursery: Nursery | None = None
    lives: int = 0
    fell: list[int] = field(default_factory=list)
    """Exit codes of lives that nobody ended."""
    popen: "subprocess.Popen[bytes] | Child | None" = None
    armed: bool = False
    over: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def start(self, failpoint: str = "") -> None:
        """A new life; `failpoint` names a place to die at. None where all is over."""
        with self.lock:
            if self.over:
                return
            environment = {**os.environ, **self.environment}
            environment.pop(FAILPOINT, None)
            if failpoint:
                environment[FAILPOINT] = failpoint
            with self.log.open("ab") as log:
                self.popen = self._born(environment, log)
            self.lives += 1
            self.armed = bool(failpoint)

    def _born(self, environment: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes] | Child":
        if self.nursery is not None:
            wanted = Wanted(self.command[2], tuple(self.command[3:]), environment)
            return self.nursery.start(wanted, log, pipe=self.pipe)
        ends = subprocess.PIPE if self.pipe else subprocess.DEVNULL
        return subprocess.Popen(
            self.command,
            env=environment,
            user=self.user,
            stdin=ends,
            stdout=ends if self.pipe else log,
            stderr=log,
        )

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.popen is not None and self.popen.poll() is None

    def kill(self, how: int = signal.SIGKILL) -> None:
        """Ends this life; at once unless told otherwise."""
        with self.lock:
            if self.popen is None:
                return
            if self.alive:
                self.popen.send_signal(how)
            self.popen.wait(END_S)
            self._shut()

    def end(self, how: int = signal.SIGKILL) -> None:
        """Ends it for good."""
        with self.lock:
            self.over = True
            self.kill(how)

    def died(self, within_s: float) -> bool:
        """Whether it killed itself within that time, as one does that was armed."""
        end = time.monotonic() + within_s
        while self.alive and time.monotonic() < end:
            time.sleep(LOOK_S)
        with self.lock:
            return not self.alive and self.popen is not None and self.popen.returncode == -signal.SIGKILL

    def tend(self) -> None:
        """Starts it again if it has ended by itself; that is noted."""
        with self.lock:
            if self.popen is not None and not self.alive and not self.armed:
                self.fell.append(int(self.popen.returncode))
                self._shut()
                self.start()

    def _shut(self) -> None:
        assert self.popen is not None
        for end in (self.popen.stdin, self.popen.stdout):
            if end is not None:
                with suppress(OSError):  # what was still to be said is said to nobody
                    end.close()
        self.popen = None


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
