"""Real processes and a real broker: records are stored, acknowledged, projected, whoever is killed."""

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from cloud.keyring import Keyring
from cloud.mqtt import Broker, Delivery, Line
from sync import status
from sync.batch import Sent
from sync.status import Status
from sync.topic import NodeTopic
from tests.cloud.waiting import soon
from tests.simulators.broker import Mosquitto
from tests.simulators.hub_database import Database
from tests.simulators.hub_node import HubNode, lead, rows, turn

WAIT_S = 30
Heard = "queue.Queue[Delivery]"


@pytest.fixture
def environment(database: Database, mosquitto: Mosquitto, tmp_path: Path, ring: Keyring) -> dict[str, str]:
    told = {
        "PRILAVOK_HUB_DATABASE_URL": database.url("app"),
        "PRILAVOK_HUB_BROKER_URL": mosquitto.url,
        "PRILAVOK_HUB_DATA_DIR": str(tmp_path / "hub"),
        "PRILAVOK_HUB_KEYS_DIR": str(ring.folder),
    }
    return {**os.environ, **told}


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Start]:
    """Starts a process of the hub's, with a failpoint if one is named; all end with the test."""
    running: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, failpoint: str = "") -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cloud.cli", "hub", *arguments]
        armed = {**environment, "PRILAVOK_FAILPOINT": failpoint}
        running.append(subprocess.Popen(command, env=armed, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield begin
    for process in running:
        process.terminate()
        process.communicate(timeout=WAIT_S)


class Talk:
    """A node at the broker, that sends a batch again until it is acknowledged."""

    def __init__(self, node: HubNode, broker: Mosquitto, hub: bytes) -> None:
        self.node, self.hub = node, hub
        self.heard: queue.Queue[Delivery] = queue.Queue()
        topic = str(NodeTopic(node.tenant, node.node, "ack"))
        self.line = Line(Broker(broker.url), node.node, subscribe=(topic,), take=self.heard.put)
        self.line.wait(WAIT_S)

    def until_acknowledged(self, frames: list[Sent]) -> int:
        """How often it was sent."""
        came = self.node.came(frames)
        end = time.monotonic() + WAIT_S
        sent = 0
        while time.monotonic() < end:
            self.line.publish(str(came.topic), came.payload)
            sent += 1
            try:
                delivery = self.heard.get(timeout=0.5)
            except queue.Empty:
                continue
            delivery.done()
            told = self.node.told(delivery.payload, self.hub)
            if all(told.settles(frame.seq) for frame in frames):
                return sent
        raise AssertionError("not acknowledged")


@pytest.fixture
def talk(node: HubNode, mosquitto: Mosquitto, ring: Keyring) -> Iterator[Talk]:
    made = Talk(node, mosquitto, ring.signer("north", "hub").public)
    yield made
    made.line.close()


def turns(database: Database) -> list[object]:
    return [row[0] for row in rows(database, "north", "SELECT turn FROM chat_turn ORDER BY seq")]


def test_records_go_the_whole_way(database: Database, start: Start, talk: Talk) -> None:
    start("ingest")
    start("project")
    talk.until_acknowledged(talk.node.talk(turn(1), turn(2), lead()))
    assert soon(lambda: turns(database) == [1, 2], WAIT_S)
    assert rows(database, "north", "SELECT id FROM lead") == [("l1",)]


@pytest.mark.parametrize("place", ["received", "before_commit", "committed", "acknowledged"])
def test_ingest_killed_at_each_place_loses_and_doubles_nothing(
    database: Database, start: Start, talk: Talk, place: str
) -> None:
    doomed = start("ingest", failpoint=f"ingest.{place}:2")
    talk.until_acknowledged(talk.node.talk(turn(1)))
    came = talk.node.talk(turn(2), turn(3))
    again = talk.node.came(came)
    talk.line.publish(str(again.topic), again.payload)
    assert doomed.wait(WAIT_S) == -signal.SIGKILL
    start("ingest")
    talk.until_acknowledged(came)
    start("project")
    assert soon(lambda: turns(database) == [1, 2, 3], WAIT_S)


@pytest.mark.parametrize("place", ["before_commit", "committed"])
def test_projector_killed_at_each_place_loses_and_doubles_nothing(
    database: Database, start: Start, talk: Talk, place: str
) -> None:
    start("ingest")
    talk.until_acknowledged(talk.node.talk(turn(1), turn(2)))
    assert start("project", failpoint=f"projector.{place}").wait(WAIT_S) == -signal.SIGKILL
    start("project")
    assert soon(lambda: turns(database) == [1, 2], WAIT_S)
    talk.until_acknowledged(talk.node.talk(turn(3)))
    assert soon(lambda: turns(database) == [1, 2, 3], WAIT_S)


def test_with_the_database_away_nothing_is_acknowledged_and_nothing_lost(
    database: Database, start: Start, talk: Talk
) -> None:
    start("ingest")
    talk.until_acknowledged(talk.node.talk(turn(1)))
    stop = f'ALTER DATABASE "{database.name}" ALLOW_CONNECTIONS %s'
    server = database.admin.replace(database.name, "postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute((stop % "false").encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database.name,)
        )
        came = talk.node.came(frames := talk.node.talk(turn(2)))
        talk.line.publish(str(came.topic), came.payload)
        with pytest.raises(queue.Empty):
            talk.heard.get(timeout=1)
        connection.execute((stop % "true").encode())
    talk.until_acknowledged(frames)


def test_presence_follows_status_and_last_will(database: Database, start: Start, talk: Talk) -> None:
    node = talk.node

    def say(*, online: bool) -> None:
        said = Status(
            tenant="north",
            node=node.node,
            market="city",
            online=online,
            at=node.stamp(),
            epoch=node.epoch,
            catalog=7,
        )
        topic = str(NodeTopic("north", node.node, "status"))
        talk.line.publish(topic, status.write(said, node.keys.signer), retain=True)

    def present() -> list[tuple[object, ...]]:
        return rows(database, "north", "SELECT online, status->'catalog' FROM node_presence", "app")

    say(online=True)
    start("ingest")  # hears what was retained before it came
    assert soon(lambda: present() == [(True, 7)], WAIT_S)
    say(online=False)
    assert soon(lambda: present() == [(False, 7)], WAIT_S)
