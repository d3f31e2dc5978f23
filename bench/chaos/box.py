"""One node of the harness: its process, its disk, its bad line, its clock, and who talks to it.

Most are a node without its web server, told over a pipe (`node.py`): quick to start, with patience cut short.
A whole one is `prilavok-edge serve` as it is, talked to over HTTP.
"""

import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench.chaos.caller import Caller, Progress
from bench.chaos.clock import WallClock
from bench.chaos.disk import Disk
from bench.chaos.hub import Hub
from bench.chaos.nursery import Nursery
from bench.chaos.process import Process, free_port
from bench.chaos.proxy import Proxy
from bench.chaos.visitor import Visitor

SIZE_MIB = 1024
DATA = "node"
JOIN_S = 30.0
JOINING = ("identity.saved", "identity.joined")
PLACE_S, WHOLE_PLACE_S = 12.0, 40.0
UP_S, UP_WITHIN_S, LOOK_S = 8.0, 60.0, 0.2
WHOLE = {
    "GENERATOR": "none",
    "EMBEDDING": "none",
    "HTTPS": "false",
    "LOG_LEVEL": "warning",
    "OUTBOX_BYTES": str(1024**3),
    "SESSION_PER_MINUTE": "100000",
    "SESSION_PER_DAY": "1000000",
    "ORIGIN_PER_DAY": "10000000",
    "NODE_PER_MINUTE": "1000000",
}
"""No model speaks, and no limit of visitors stands in the way; all else is as it comes."""


@dataclass
class Box:
    """`credulous`: it takes the broker's word for a receipt. `whole`: with its web server."""

    number: int
    folder: Path
    hub: Hub
    progress: Progress
    nursery: Nursery
    seed: int
    credulous: bool = False
    whole: bool = False
    link: Proxy = field(init=False)
    process: Process = field(init=False)
    caller: Caller | Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"n{self.number}"
        self.disk = Disk(self.folder / self.name, SIZE_MIB)
        self.clock = WallClock(self.folder, self.name)
        log, dice = self.folder / f"{self.name}.log", random.Random(self.seed + self.number)
        data = self.disk.folder / DATA
        if self.whole:
            port = free_port()
            command = [sys.executable, "-m", "edge.cli", "serve", "--port", str(port)]
            self.process = Process(self.name, command, log, self._environment(data))
            self.caller = Visitor(self.process, self.name, self.folder, self.progress, dice, port)
        else:
            option = ("--believe-broker",) if self.credulous else ()
            command = [sys.executable, "-m", "bench.chaos.node", str(data), *option]
            self.process = Process(self.name, command, log, pipe=True, nursery=self.nursery)
            self.caller = Caller(self.process, self.name, self.folder, self.progress, dice)

    def _environment(self, data: Path) -> Mapping[str, str]:
        told = {"DATA_DIR": str(data), **WHOLE}
        return {**{f"PRILAVOK_{name}": value for name, value in told.items()}, **self.clock.environment}

    @property
    def place_s(self) -> float:
        """How long it may take to come by a place."""
        return WHOLE_PLACE_S if self.whole else PLACE_S

    def come_up(self) -> None:
        """Waits until a whole node is up and has worked for a while: it starts slower than faults come."""
        end = time.monotonic() + UP_WITHIN_S
        while isinstance(self.caller, Visitor) and time.monotonic() < end:
            if self.caller.ready():
                time.sleep(UP_S)
                return
            time.sleep(LOOK_S)

    def put_clock(self, ahead_s: int) -> None:
        """Puts its wall clock wrong by so many seconds."""
        if isinstance(self.caller, Caller):
            self.caller.tell(msgspec.json.encode({"clock": float(ahead_s)}) + b"\n")
        else:
            self.clock.jump(ahead_s)

    def make(self) -> None:
        """A disk, a line, and the file to join with. The node does not run yet."""
        self.disk.open()
        self.link = Proxy(self.hub.broker.port)
        self.link.start()
        data = self.disk.folder / DATA
        data.mkdir()
        file = self.hub.provision(self.name, self.link.port)
        (data / "provisioning.json").write_bytes(file)

    def join(self, place: str = "") -> bool:
        """Starts the node for the first time; with a place it dies there first. Whether it did."""
        if not place:
            self.process.start()
            return False
        self.process.start(place)
        died = self.process.died(JOIN_S)
        self.process.kill()
        self.process.start()
        return died

    @property
    def pid(self) -> int | None:
        """Of the life that runs."""
        popen = self.process.popen
        return None if popen is None else popen.pid

    def waiting(self, within_s: float) -> int:
        """How much the node still has for the hub, once it says so; -1 when it does not. After its caller."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if (said := self.caller.waiting()) is not None:
                return said["waiting"]
            time.sleep(0.2)
        return -1

    def gone(self) -> int:
        """How much went by policy: dropped, expired, refused or erased."""
        said = self.caller.waiting()
        return -1 if said is None else said["gone"]

    def close(self) -> None:
        """Ends the process and the line, and forgets the disk."""
        self.process.end()
        if hasattr(self, "link"):
            self.link.close()
        self.disk.close()
