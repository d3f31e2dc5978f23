"""Does one fault after the other to one victim; lanes work beside each other."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from bench.chaos.box import Box
from bench.chaos.check import arrived
from bench.chaos.hub import Hub
from bench.chaos.plan import Fault
from bench.chaos.process import Process
from bench.chaos.proxy import Mode, Proxy

PLACE_S = 12.0


@dataclass
class Tally:
    """What was done. `missed`: a process that was to die at a place did not come by; `had`: ids that the hub
    had when it was put back."""

    done: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    had: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def place(self, name: str, hit: bool) -> None:
        with self.lock:
            if hit:
                self.places[name.partition(":")[0]] += 1
            else:
                self.missed.append(name)


@dataclass
class Lane:
    """A thread that does what it is given, in order."""

    do: Callable[[Fault], None]
    failed: Exception | None = None
    waiting: "queue.SimpleQueue[Fault | None]" = field(default_factory=queue.SimpleQueue)
    busy: int = 0
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def give(self, fault: Fault) -> None:
        self.busy += 1
        self.waiting.put(fault)

    def end(self) -> None:
        """Returns when all is done."""
        self.waiting.put(None)
        self.thread.join()
        if self.failed is not None:
            raise self.failed

    def _run(self) -> None:
        while (fault := self.waiting.get()) is not None:
            try:
                if self.failed is None:
                    self.do(fault)
            except Exception as error:  # told by `end`
                self.failed = error
            self.busy -= 1


@dataclass
class Lanes:
    """A lane for each that is to be broken."""

    do: Callable[[Fault], None]
    _lanes: dict[str, Lane] = field(default_factory=dict)

    def give(self, fault: Fault) -> None:
        if fault.lane not in self._lanes:
            self._lanes[fault.lane] = Lane(self.do)
        self._lanes[fault.lane].give(fault)

    @property
    def busy(self) -> int:
        """How many faults are under way or wait. Raises what a lane failed with."""
        for lane in self._lanes.values():
            if lane.failed is not None:
                raise lane.failed
        return sum(lane.busy for lane in self._lanes.values())

    def end(self) -> None:
        """Returns when all is done."""
        for lane in self._lanes.values():
            lane.end()


@dataclass
class Victims:
    """What can be broken. `do` breaks it and mends it again, and returns then."""

    hub: Hub
    boxes: Sequence[Box]
    tally: Tally

    def do(self, fault: Fault) -> None:
        part, _, act = fault.kind.partition(".")
        match part:
            case "link":
                self._hinder(self._box(fault).link, fault)
            case "line":
                self._hinder(self.hub.line, fault)
            case "node":
                self._node(self._box(fault), act, fault)
            case "broker":
                self._broker(act, fault)
            case "postgres":
                self._postgres(act, fault)
            case "hub":
                self.hub.clock.jump(int(fault.detail))
                time.sleep(fault.lasts_s)
            case _:
                self._strike(self._process(fault.lane), act, fault)
        with self.tally.lock:
            self.tally.done[fault.name] += fault.counted

    def _box(self, fault: Fault) -> Box:
        return self.boxes[int(fault.lane.rpartition("-")[2])]

    def _process(self, lane: str) -> Process:
        return next(each for each in self.hub.processes if each.name == lane)

    def _hinder(self, line: Proxy, fault: Fault) -> None:
        line.become(cast(Mode, fault.detail))
        time.sleep(fault.lasts_s)
        line.become("open")

    def _node(self, box: Box, act: str, fault: Fault) -> None:
        if act == "clock":
            box.put_clock(int(fault.detail))
        elif act == "full":
            box.disk.fill(box.pid)
            time.sleep(fault.lasts_s)
            box.disk.free(box.pid)
        else:
            self._strike(box.process, act, fault, box.place_s)
            box.come_up()

    def _strike(self, process: Process, act: str, fault: Fault, place_s: float = PLACE_S) -> None:
        """SIGKILL now, or at a named place."""
        process.kill()
        if act == "place":
            process.start(fault.detail)
            self.tally.place(fault.detail, process.died(place_s))
            process.kill()
        time.sleep(fault.lasts_s)
        process.start()

    def _broker(self, act: str, fault: Fault) -> None:
        self.hub.broker.kill()
        time.sleep(fault.lasts_s)
        if act == "wipe":
            self.hub.broker.wipe()
        self.hub.broker.start()

    def _postgres(self, act: str, fault: Fault) -> None:
        database = self.hub.postgres
        match act:
            case "copy":
                database.keep_copy()
            case "restore":
                self._restore()
            case "full":
                database.disk.fill(None)
                time.sleep(fault.lasts_s)
                database.disk.free(None)
                if not database.process.alive:
                    database.start()
            case _:
                database.kill()
                time.sleep(fault.lasts_s)
                database.start()

    def _restore(self) -> None:
        """What the hub had is noted, for it may be gone with what came since the copy."""
        with self.tally.lock:
            self.tally.had |= set(arrived(self.hub.postgres.admin))
        self.hub.postgres.put_back()
