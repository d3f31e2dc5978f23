"""One run: a hub, some nodes, a schedule of faults, and the verdict when everything is well again."""

import math
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.chaos import check
from bench.chaos.box import JOINING, Box
from bench.chaos.caller import Progress
from bench.chaos.check import Verdict
from bench.chaos.hub import Hub
from bench.chaos.lane import Lanes, Tally, Victims
from bench.chaos.nursery import Nursery
from bench.chaos.plan import AT_JOINING, Fault, Stage, again, is_long, places
from bench.chaos.process import Process

TEND_S = 0.5
LOOK_S = 0.1
SAY_EVERY = 50
BACKLOG = 24
DRAIN_S = 1200.0
JOIN_S = 1200.0
ROUNDS = 3
"""So often a place that nobody came by is tried again at the end of a long run."""


@dataclass
class Outcome:
    """`drained`: nothing waited any more in a node or between the hub's tables when it was judged."""

    verdict: Verdict
    tally: Tally
    drained: bool
    seconds: float
    said: int
    refused: dict[str, int]
    counts: dict[str, int]
    fell: dict[str, list[int]]
    lives: int
    gone: int
    doubled: int
    overtaken: int
    silent: int
    full_disk: str
    lost_by_restore: list[str] = field(default_factory=list)


@dataclass
class Run:
    """`credulous`: the control, with nodes that take the broker's word. It stops breaking after `limit_s`."""

    folder: Path
    records: int
    seed: int
    schedule: Sequence[Fault]
    stage: Stage
    credulous: bool = False
    limit_s: float = math.inf

    def __post_init__(self) -> None:
        self.progress, self.tally, self._said = Progress(self.records), Tally(), 0
        self.hub, stage = Hub(self.folder, self.stage.workers), self.stage
        self.nursery = Nursery(("bench.chaos.node",), {})
        self.boxes = [
            Box(
                number,
                self.folder,
                self.hub,
                self.progress,
                self.nursery,
                self.seed,
                credulous=self.credulous,
                whole=number == stage.nodes,
            )
            for number in range(stage.nodes + stage.whole)
        ]

    def outcome(self) -> Outcome:
        """Does it all."""
        begun = time.monotonic()
        with ExitStack() as stack:
            stack.callback(self.nursery.close)
            stack.callback(self.hub.close)
            self.hub.make()
            for box in self.boxes:
                stack.callback(box.close)
                box.make()
            stack.enter_context(self._tended())
            self._join()
            self._break()
            drained = self._drain()
            return self._judge(drained, time.monotonic() - begun)

    def _join(self) -> None:
        """The first nodes die at the places of joining, and join all the same. Returns when all have.

        A database from before a node joined knows nothing of it; that is not what is tried here.
        """
        for number, box in enumerate(self.boxes):
            place = JOINING[number] if number < len(JOINING) else ""
            died = box.join(place)
            if place:
                self.tally.place(place, died)
                self.tally.done["node.place"] += 1
        end = time.monotonic() + JOIN_S
        while check.joined(self.hub.postgres.admin) < len(self.boxes):
            if time.monotonic() > end:
                raise RuntimeError(f"Not every node joins: see the logs in {self.folder}")
            time.sleep(LOOK_S)

    def _break(self) -> None:
        """Callers talk while faults happen, until both are done."""
        callers = [threading.Thread(target=box.caller.run, daemon=True) for box in self.boxes]
        for thread in callers:
            thread.start()
        lanes, end = Lanes(Victims(self.hub, self.boxes, self.tally).do), time.monotonic() + self.limit_s
        for fault in self.schedule:
            while self.progress.kept < fault.at or lanes.busy >= BACKLOG:
                self.progress.slow = lanes.busy >= BACKLOG
                time.sleep(LOOK_S / 5)
            if time.monotonic() > end:
                self.records = self.progress.kept
                break
            lanes.give(fault)
            self._say()
        self._wait(lanes)
        self._make_up(lanes)
        lanes.end()
        self.progress.over = True
        for thread in callers:
            thread.join()

    def _wait(self, lanes: Lanes) -> None:
        while self.progress.kept < self.records or lanes.busy:
            self.progress.slow = self.progress.kept >= self.records
            time.sleep(LOOK_S)

    def _make_up(self, lanes: Lanes) -> None:
        """Lies in wait once more at places that nobody came by in time, where all were to be met."""
        named = [name for name in places() if not name.startswith(AT_JOINING)]
        for _ in range(ROUNDS if is_long(len(self.schedule), named) else 0):
            for name in sorted(set(named) - set(self.tally.places)):
                lanes.give(again(name, self.records))
            self._wait(lanes)

    def _say(self) -> None:
        """A line on stderr every fiftieth fault: a long run shows that it lives."""
        done = sum(self.tally.done.values())
        if done >= self._said + SAY_EVERY:
            self._said = done
            print(f"{done} faults, {self.progress.kept} records", file=sys.stderr, flush=True)

    def _drain(self) -> bool:
        """Waits until nothing waits, and until what was promised is there, which a judge has to find out."""
        for box in (box for box in self.boxes if box.whole):  # with its patience as shipped: it dials anew
            box.process.kill()
            box.process.start()
        end, left = time.monotonic() + DRAIN_S, list(self.boxes)
        drained = False
        while time.monotonic() < end:
            left = [box for box in left if box.waiting(10) != 0]
            try:
                drained = not left and not check.unprojected(self.hub.postgres.admin)
                if drained and (self.credulous or not self._missing()):
                    return True
            except psycopg.OperationalError:
                pass  # it is coming back
            time.sleep(LOOK_S)
        return drained

    def _missing(self) -> bool:
        return bool(set(check.journal(self.folder, "kept")) - set(check.arrived(self.hub.postgres.admin)))

    @contextmanager
    def _tended(self) -> Iterator[None]:
        """As a supervisor would, starts again what ends by itself."""
        stop = threading.Event()

        def tend() -> None:
            while not stop.wait(TEND_S):
                for process in self._processes():
                    process.tend()

        thread = threading.Thread(target=tend, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _processes(self) -> list[Process]:
        return [*self.hub.processes, *(box.process for box in self.boxes)]

    def _judge(self, drained: bool, seconds: float) -> Outcome:
        address = self.hub.postgres.admin
        said, kept = (check.journal(self.folder, what) for what in ("said", "kept"))
        verdict = check.judge(said, kept, check.arrived(address))
        by_restore = [id for id in verdict.lost if id in self.tally.had]
        verdict.lost = [id for id in verdict.lost if id not in self.tally.had]
        lines = [self.hub.line, *(box.link for box in self.boxes)]
        codes: dict[str, int] = {}
        for box in self.boxes:
            for code, count in box.caller.codes.items():
                codes[code] = codes.get(code, 0) + count
        return Outcome(
            verdict=verdict,
            tally=self.tally,
            drained=drained,
            seconds=seconds,
            said=len(said),
            refused=codes,
            counts=check.counts(address),
            fell={each.name: each.fell for each in self._processes() if each.fell},
            lives=sum(each.lives for each in self._processes()),
            gone=sum(box.gone() for box in self.boxes),
            doubled=sum(line.passed.get("doubled", 0) for line in lines),
            overtaken=sum(line.passed.get("overtaken", 0) for line in lines),
            silent=sum(box.caller.silent for box in self.boxes),
            full_disk="tmpfs" if self.boxes[0].disk.mounted else "rlimit",
            lost_by_restore=by_restore,
        )


@contextmanager
def folder(keep: bool) -> Iterator[Path]:
    """A folder for one run. Open to the database's user, where the server runs as one of its own."""
    made = Path(tempfile.mkdtemp(prefix="prilavok-chaos-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        if keep:
            print(f"kept {made}", flush=True)
        elif os.path.ismount(made) or any(os.path.ismount(path) for path in made.iterdir()):
            raise RuntimeError(f"{made} still has a file system in it")
        else:
            shutil.rmtree(made)
