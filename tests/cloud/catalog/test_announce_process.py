"""The publishing process, killed wherever it may be: the next one goes on, and nodes get it all."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cloud import postgres
from cloud.keyring import Keyring
from cloud.postgres import Pool
from tests.cloud.catalog.market import MARKET, TENANT, lines, provider, publish, take
from tests.simulators.broker import Mosquitto
from tests.simulators.hub_database import Database
from tests.simulators.light_node import LightNode

PLACES = (
    *("catalog.building", "catalog.built", "catalog.head_signed", "catalog.piece_sent:2"),
    *("catalog.blob_sent", "catalog.head_sent"),
)
LIMIT_S = 60


@dataclass
class Processes:
    """Starts `prilavok hub announce`."""

    environment: dict[str, str]
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, failpoint: str = "") -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "cloud.cli", "hub", "announce"]
        environment = {**self.environment, "PRILAVOK_FAILPOINT": failpoint}
        self.running.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL))
        return self.running[-1]


@pytest.fixture
def pool(database: Database) -> Pool:
    database.market(TENANT, MARKET)
    return database.pool("app")


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    keys = tmp_path / "hub" / "keys"
    made = Keyring(keys, keys / "log", keys / "lead")
    made.ensure(TENANT, int(time.time() * 1000))
    return made


@pytest.fixture
def processes(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(
        {
            **os.environ,
            "PRILAVOK_HUB_DATABASE_APP_URL": database.url("app"),
            "PRILAVOK_HUB_DATA_DIR": str(tmp_path / "hub"),
            "PRILAVOK_HUB_BROKER_URL": mosquitto.url,
            "PRILAVOK_HUB_EMBEDDING": "none",
        }
    )
    yield made
    for each in made.running:
        each.kill()
        each.wait()


@pytest.mark.parametrize("place", PLACES)
def test_a_publish_that_is_killed_is_carried_on(
    pool: Pool, keyring: Keyring, processes: Processes, mosquitto: Mosquitto, place: str
) -> None:
    take(pool, lines(provider("a"), provider("b")))
    made = publish(pool)
    assert processes.start(place).wait(LIMIT_S) == -9
    processes.start()
    node = LightNode(TENANT, MARKET, keyring.sets(TENANT)[0])
    assert node.wake(mosquitto.url, timeout_s=LIMIT_S)
    assert node.disk.state.digest() == made.content
    assert node.refusals == []


def test_one_of_two_processes_works_and_the_other_takes_over(
    pool: Pool, keyring: Keyring, processes: Processes, mosquitto: Mosquitto
) -> None:
    first, _ = processes.start(), processes.start()
    node = LightNode(TENANT, MARKET, keyring.sets(TENANT)[0])
    take(pool, lines(provider("a")))
    publish(pool)
    assert node.wake(mosquitto.url, timeout_s=LIMIT_S)
    first.kill()
    take(pool, lines(provider("b")))
    content = publish(pool).content
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline and node.disk.state.digest() != content:
        node.wake(mosquitto.url)
    assert node.disk.state.digest() == content
    with postgres.tenant(pool, TENANT) as connection:
        assert connection.execute("SELECT serial FROM catalog").fetchone() == (2,)
