"""Where processes that are killed by the hundred are born: a process with their modules read, which forks.

A child is a process of its own, killed and waited for like any other; only it spends no seconds on reading
modules first. The nursery holds no other thread when it forks.

    python -m bench.chaos.nursery SOCKET MODULE…

SOCKET is the number of an open one. A line of JSON with three open files asks for a child (`Wanted`); lines
tell of births and deaths. The end of the socket ends the nursery and its children.
"""

import importlib
import os
import queue
import runpy
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import msgspec

LINE_BYTES = 1 << 16
LOOK_S = 0.02
BIRTH_S = 1200.0


class Wanted(msgspec.Struct, frozen=True):
    """What is to run: `python -m` MODULE with these arguments, in this environment alone."""

    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


class News(msgspec.Struct, frozen=True, omit_defaults=True):
    """A child that was born, or one that has ended and how (as `subprocess` counts)."""

    born: int = 0
    died: int = 0
    code: int = 0


@dataclass
class Child:
    """As much of `subprocess.Popen` as is needed."""

    pid: int
    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None
    returncode: int | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, how: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, how)


class Nursery:
    """One nursery; `environment` is its own, for what has to be there before a program begins."""

    def __init__(self, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        command = [sys.executable, "-m", "bench.chaos.nursery", str(theirs.fileno()), *modules]
        told = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment}
        self._process = subprocess.Popen(
            command, env=told, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
        theirs.close()
        self._children: dict[int, Child] = {}
        self._born: queue.Queue[Child] = queue.Queue()
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, wanted: Wanted, log: IO[bytes], *, pipe: bool) -> Child:
        """A child whose errors go to `log`; with a pipe it is told and heard, else it has no input."""
        with self._lock, open(os.devnull, "rb") as nothing:
            told, tell = os.pipe() if pipe else (nothing.fileno(), None)
            hear, heard = os.pipe() if pipe else (None, log.fileno())
            line = msgspec.json.encode(wanted) + b"\n"
            socket.send_fds(self._socket, [line], [told, heard, log.fileno()])
            child = self._born.get(timeout=BIRTH_S)
            if pipe:
                assert tell is not None
                assert hear is not None
                os.close(told)
                os.close(heard)
                child.stdin, child.stdout = os.fdopen(tell, "wb", 0), os.fdopen(hear, "rb", 0)
            return child

    def close(self) -> None:
        """Ends it and its children."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._process.wait()
        self._socket.close()

    def _listen(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                news = msgspec.json.decode(line, type=News)
                if news.born:
                    child = self._children[news.born] = Child(news.born)
                    self._born.put(child)
                else:
                    child = self._children.pop(news.died)
                    child.returncode = news.code
                    child.ended.set()


def _serve(ours: socket.socket) -> Wanted:
    """Forks until the socket ends; returns in a child, with what it is to run."""
    children: set[int] = set()
    ours.settimeout(LOOK_S)
    while True:
        _tell_deaths(ours, children)
        try:
            line, files, _, _ = socket.recv_fds(ours, LINE_BYTES, 3)
        except TimeoutError:
            continue
        if not line:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            raise SystemExit(0)
        pid = os.fork()
        if not pid:
            ours.close()
            for to, file in enumerate(files):
                os.dup2(file, to)
        for file in files:
            os.close(file)
        if not pid:
            return msgspec.json.decode(line, type=Wanted)
        children.add(pid)
        ours.sendall(msgspec.json.encode(News(born=pid)) + b"\n")


def _tell_deaths(ours: socket.socket, children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        children.discard(pid)
        ours.sendall(msgspec.json.encode(News(died=pid, code=os.waitstatus_to_exitcode(status))) + b"\n")


def main() -> None:
    """The nursery, and then each child."""
    for module in sys.argv[2:]:
        importlib.import_module(module)
    wanted = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.environ.clear()
    os.environ.update(wanted.environment)
    sys.argv[:] = [wanted.module, *wanted.arguments]
    sys.modules.pop(wanted.module, None)  # it is run as the main module, what it needs is there
    runpy.run_module(wanted.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
