"""One node of the harness: its process, its disk, its bad line, and who talks to it."""

import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.chaos.caller import Caller, Progress
from bench.chaos.disk import Disk
from bench.chaos.hub import Hub
from bench.chaos.process import Process
from bench.chaos.proxy import Proxy

SIZE_MIB = 1024
DATA = "node"
JOIN_S = 30.0
JOINING = ("identity.saved", "identity.joined")


@dataclass
class Box:
    """`credulous`: it takes the broker's word for a receipt."""

    number: int
    folder: Path
    hub: Hub
    progress: Progress
    seed: int
    credulous: bool = False
    link: Proxy = field(init=False)
    process: Process = field(init=False)
    caller: Caller = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"n{self.number}"
        self.disk = Disk(self.folder / self.name, SIZE_MIB)
        option = ("--believe-broker",) if self.credulous else ()
        data = self.disk.folder / DATA
        command = [sys.executable, "-m", "bench.chaos.node", str(data), *option]
        self.process = Process(self.name, command, self.folder / f"{self.name}.log", pipe=True)
        self.caller = Caller(
            self.process, self.name, self.folder, self.progress, random.Random(self.seed + self.number)
        )

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
        self.process.kill()
        if hasattr(self, "link"):
            self.link.close()
        self.disk.close()
