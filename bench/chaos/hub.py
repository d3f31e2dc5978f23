"""The hub as its processes: interface, ingest workers, projector, over a real database and broker."""

import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.chaos.broker import Broker
from bench.chaos.clock import WallClock
from bench.chaos.nursery import Nursery
from bench.chaos.postgres import Postgres
from bench.chaos.process import Process, free_port
from bench.chaos.proxy import Proxy
from cloud import postgres
from cloud.account.work import work
from cloud.fleet.node import service
from cloud.fleet.node.service import Issuer
from cloud.fleet.node.wire import NewFile, NewNode
from cloud.keyring import Keyring
from cloud.settings import Settings
from tests.simulators.guarded_broker import PASSWORD, USERNAME

TENANT, MARKET = "demo", "city"
MODULES = (
    "cloud.cli",
    "cloud.app",
    "cloud.ingest.worker",
    "cloud.ingest.projector.worker",
    "cloud.fleet.keeper",
)
LOOK_S = 0.2
START_S = 600.0


@dataclass
class Hub:
    """`line` is the bad line between the hub's workers and the broker."""

    folder: Path
    workers: int
    broker: Broker = field(init=False)
    line: Proxy = field(init=False)
    web: Process = field(init=False)
    fleet: Process = field(init=False)
    ingest: list[Process] = field(default_factory=list)
    projector: Process = field(init=False)
    nursery: Nursery = field(init=False)

    def __post_init__(self) -> None:
        self.postgres, self.clock = Postgres(self.folder / "postgres"), WallClock(self.folder, "hub")
        self.keyring = Keyring(
            self.folder / "keys", self.folder / "keys" / "log", self.folder / "keys" / "lead"
        )

    def make(self) -> None:
        """Database, broker, keys, a tenant; then every process."""
        self.postgres.folder.mkdir(parents=True)
        self.postgres.make()
        self.broker = Broker(self.folder / "broker")
        self.broker.start()
        self.line = Proxy(self.broker.port)
        self.line.start()
        with psycopg.connect(self.postgres.admin) as connection:
            connection.execute("INSERT INTO tenant (tenant) VALUES (%s)", (TENANT,))
            connection.execute("INSERT INTO market (tenant, market) VALUES (%s, %s)", (TENANT, MARKET))
        self.keyring.ensure(TENANT, time.time_ns() // 1_000_000)
        self.port, self.nursery = free_port(), Nursery(MODULES, self.clock.environment)
        self.web = self._process("web", "web", "--port", str(self.port), broker=self.broker.port)
        self.fleet = self._process("fleet", "fleet", broker=self.broker.port)
        names = [f"ingest-{number}" for number in range(self.workers)]
        self.ingest = [self._process(name, "ingest", broker=self.line.port) for name in names]
        self.projector = self._process("projector", "project", broker=self.line.port)
        for process in self.processes:
            process.start()
        self._wait_for_web()

    @property
    def processes(self) -> list[Process]:
        """All but broker and database."""
        return [self.web, self.fleet, *self.ingest, self.projector]

    def provision(self, node: str, broker_port: int) -> bytes:
        """The file that a node joins with; it reaches the broker at that port of loopback."""
        issuer = Issuer(self.keyring, f"http://127.0.0.1:{self.port}", f"mqtt://127.0.0.1:{broker_port}")
        settings = Settings.load(database_url=self.postgres.admin, data_dir=self.folder)
        wanted = NewNode(node=node, market=MARKET, file=NewFile(accept=True))
        with postgres.open_pool(settings, "app") as pool, work(pool, TENANT, "harness") as begun:
            return service.add(begun, issuer, wanted)[1].file.encode()

    def close(self) -> None:
        """Ends everything."""
        made = self.processes if hasattr(self, "projector") else []
        for process in made:
            process.end()
        if hasattr(self, "nursery"):
            self.nursery.close()
        if hasattr(self, "line"):
            self.line.close()
        if hasattr(self, "broker"):
            self.broker.kill()
        self.postgres.close()

    def _process(self, name: str, *arguments: str, broker: int) -> Process:
        told = {
            "DATABASE_URL": self.postgres.admin,
            "DATABASE_WAIT_S": "2",
            "DATA_DIR": str(self.folder),
            "KEYS_DIR": str(self.keyring.folder),
            "BROKER_URL": f"mqtt://127.0.0.1:{broker}",
            "BROKER_USERNAME": USERNAME,
            "BROKER_PASSWORD": PASSWORD,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }
        named = {f"PRILAVOK_HUB_{field}": value for field, value in told.items()}
        environment = {**named, **self.clock.environment}
        command = [sys.executable, "-m", "cloud.cli", "hub", *arguments]
        return Process(name, command, self.folder / f"{name}.log", environment, nursery=self.nursery)

    def _wait_for_web(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(LOOK_S)
        raise RuntimeError(f"The hub does not start: see {self.web.log}")
