"""The engine's process as the node sees it: started, spoken to, and ended; and who watches over it.

The process is started by the watching thread: it dies with the thread that started it.
"""

import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import models
from models.runtime.llama import wire
from models.runtime.llama.box import Box, Governor
from sync.errors import PrilavokError, Refused, Unavailable

LOAD_LIMIT_S = 300.0
STALL_LIMIT_S = 30.0  # without a sign of life
CLOSE_LIMIT_S = 10.0  # of silence, while what was learnt is written down
SENSE_S = 1.0
BACKOFF_S = (0.2, 1.0, 3.0, 10.0, 30.0, 60.0)
CALM_S = 60.0  # after so long without trouble a crash counts as the first again
_RECEIVE_BYTES = 1 << 18


class EngineProcess:
    """One life of the process."""

    def __init__(self, setup: wire.Setup) -> None:
        ours, theirs = socket.socketpair()
        root = str(Path(models.__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "models.runtime.llama.worker", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": path},
            )
        self._socket = ours
        self._frames = wire.Frames()
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="llama-orders", daemon=True)
        self._writer.start()
        self.send(setup)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def send(self, order: wire.Order) -> None:
        """Never blocks; lost where the process is gone, which `receive` tells. Raises Refused for what cannot
        be written down."""
        try:
            self._orders.put(wire.frame(order))
        except (OverflowError, ValueError) as error:
            raise Refused(
                f"The request cannot be passed on: {error}.",
                code="generator.request",
                hint="Use numbers of at most 64 bits, and less text.",
            ) from None

    def receive(self, timeout_s: float) -> list[wire.Report] | None:
        """What has come, or nothing within the time; None where the process is gone. ValueError for
        nonsense."""
        ready, _, _ = select.select([self._socket], [], [], timeout_s)
        if not ready:
            return []
        try:
            data = self._socket.recv(_RECEIVE_BYTES)
        except OSError:
            return None
        return [wire.reports.decode(body) for body in self._frames.feed(data)] if data else None

    def end(self, patience_s: float = 0.0) -> int:
        """Make sure that it is gone; its exit status, negative for a signal."""
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._orders.put(None)
        self._writer.join()
        self._socket.close()
        return self._process.wait()

    def _write(self) -> None:
        while (order := self._orders.get()) is not None:
            with suppress(OSError):
                self._socket.sendall(order)


class Watch:
    """Keeps a process running: starts it again when it ends, stalls or talks nonsense, later each time.

    `deliver` gets what it reports, `lost` hears why those who wait will get nothing; both on the watching
    thread.
    """

    def __init__(
        self,
        setup: wire.Setup,
        deliver: Callable[[wire.News], None],
        lost: Callable[[PrilavokError], None],
        *,
        stall_limit_s: float = STALL_LIMIT_S,
        governed: bool = True,
    ) -> None:
        self._setup, self._deliver, self._lost = setup, deliver, lost
        self._stall_limit_s = stall_limit_s
        self._governor = Governor(setup.threads, setup.batch) if governed else None
        self._process: EngineProcess | None = None
        self._closing = threading.Event()
        self._started = threading.Event()
        self.ready: wire.Ready | None = None
        self.trouble: PrilavokError | None = None
        self.restarts = 0
        self._thread = threading.Thread(target=self._watch, name="llama-watch", daemon=True)

    def start(self) -> wire.Ready:
        """Load; blocks until that is done. Raises what loading raises."""
        self._thread.start()
        self._started.wait()
        if self.ready is None:
            self._thread.join()
            assert self.trouble is not None
            raise self.trouble
        return self.ready

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        process = self._process
        return process.pid if process else None

    def send(self, order: wire.Order) -> None:
        """To the process that runs now. Raises Unavailable where none does."""
        process = self._process
        if process is None or self.ready is None:
            raise (self.trouble or _restarting()).with_traceback(None)  # one error, told to many
        process.send(order)

    def close(self) -> None:
        """End the process in good order, and the watching."""
        self._closing.set()
        process = self._process
        if process is not None:
            process.send(wire.Close())
        self._thread.join()

    def _watch(self) -> None:
        failures = 0
        while not self._closing.is_set():
            begun = time.monotonic()
            reason = self._live()
            self.ready, first = None, not self._started.is_set()
            self.trouble = reason
            self._started.set()
            self._lost(reason)
            if first:
                return
            self.restarts += 1
            failures = 0 if time.monotonic() - begun > CALM_S else failures
            self._closing.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
            failures += 1

    def _live(self) -> PrilavokError:
        """One life; why it ended."""
        process = self._process = EngineProcess(self._setup)
        try:
            return self._attend(process)
        except (ValueError, OSError) as error:
            return _lost(f"talks nonsense: {error}")
        finally:
            self._process = None
            process.end(1.0 if self._closing.is_set() else 0.0)

    def _attend(self, process: EngineProcess) -> PrilavokError:
        box, heard, sensed = Box(process.pid), time.monotonic(), time.monotonic()
        while True:
            reports = process.receive(SENSE_S)
            now = time.monotonic()
            if reports is None:
                return _closed() if self._closing.is_set() else _lost(_fate(process))
            for report in reports:
                if isinstance(report, wire.Failure):
                    return report.unpack()
                self._hear(report)
            heard = now if reports else heard
            if now - heard > self._patience_s:
                return _lost(f"gave no sign of life for {now - heard:.0f} s")
            if self._governor and now - sensed >= SENSE_S:
                sensed = now
                if tuning := self._governor.decide(box.read()):
                    process.send(wire.Tune(tuning.threads, tuning.chunk))

    @property
    def _patience_s(self) -> float:
        """How long silence is borne."""
        limit_s = self._stall_limit_s if self.ready else LOAD_LIMIT_S
        return min(limit_s, CLOSE_LIMIT_S) if self._closing.is_set() else limit_s

    def _hear(self, report: wire.Ready | wire.News) -> None:
        if isinstance(report, wire.Ready):
            self.ready, self.trouble = report, None
            self._started.set()
        else:
            self._deliver(report)


def _fate(process: EngineProcess) -> str:
    status = process.end(1.0)
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"


def _lost(why: str) -> Unavailable:
    return Unavailable(
        f"The engine {why}.",
        code="generator.lost",
        hint="It starts again by itself; answers go on by template meanwhile.",
        retry_after_s=2.0,
    )


def _restarting() -> Unavailable:
    return Unavailable(
        "The engine is starting again.",
        code="generator.restarting",
        hint="Answers go on by template meanwhile.",
        retry_after_s=2.0,
    )


def _closed() -> Unavailable:
    return Unavailable(
        "The generator is closing.", code="generator.closed", hint="Answers go on by template."
    )
