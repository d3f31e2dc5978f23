"""A broker whose disk is really full: it takes messages and can keep none of them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bench.chaos.disk import Disk
from edge.uplink.backoff import Backoff
from sync.record import ChatTurn
from tests.edge.uplink.node import box, member, say, turn
from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub import HubSimulator

SAVES = "persistence true\nautosave_interval 1\nautosave_on_changes true\nallow_anonymous true\nlog_type all"
FULL = ("Error: No space left on device", "Error: File too large")
COUNT = 300


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """What the broker saves to; its log is elsewhere."""
    disk = Disk(tmp_path / "disk", size_mib=4)
    disk.open()
    yield disk
    disk.close()


@pytest.fixture
def broker(tmp_path: Path, disk: Disk) -> Iterator[Mosquitto]:
    if found() is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    with Mosquitto(tmp_path / "broker", f"{SAVES}\npersistence_location {disk.folder}/") as broker:
        yield broker


def absent_reader(port: int) -> None:
    """Somebody for whom the broker has to keep every message, and who does not come back."""
    reader = paho.Client(CallbackAPIVersion.VERSION2, client_id="reader", protocol=paho.MQTTv5)
    kept = Properties(PacketTypes.CONNECT)
    kept.SessionExpiryInterval = 3600
    done = threading.Event()
    reader.on_connect = lambda *_: reader.subscribe("p/1/#", 1)
    reader.on_subscribe = lambda *_: done.set()
    reader.connect("127.0.0.1", port, clean_start=False, properties=kept)
    reader.loop_start()
    assert done.wait(10)
    reader.disconnect()
    reader.loop_stop()


def test_broker_that_cannot_save_and_is_killed_costs_nothing(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto, disk: Disk
) -> None:
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        assert node.opened is not None
        uplink, saved = node.opened.uplink, disk.folder / "mosquitto.db"
        uplink.sender.silence_s, uplink.backoff = 0.5, Backoff(first_s=0.1, most_s=0.5)

        def turns() -> list[int]:
            return [each.turn for each in hub.records() if isinstance(each, ChatTurn)]

        def waiting() -> int:
            return sum(usage.records for usage in box(node).usage().values())

        absent_reader(broker.port)
        say(node, *map(turn, range(5)))
        hub.wait_for(lambda: len(turns()) == 5 and waiting() == 0, "the first turns")
        hub.wait_for(saved.exists, "a broker that saves")
        assert disk.fill(broker.pid)
        hub.deaf = True
        say(node, *map(turn, range(5, COUNT)))
        hub.wait_for(lambda: any(each in broker.said() for each in FULL), "a broker that cannot")
        broker.kill()
        hub.wait_for(lambda: uplink.trouble is not None, "the node's word")
        assert waiting() >= COUNT - 5
        broker.start()
        disk.fill(broker.pid)
        hub.deaf = False
        hub.wait_for(lambda: len(turns()) == COUNT and waiting() == 0, "everything, though it is full", 60)
    assert turns() == list(range(COUNT))
    assert hub.stored.twins == []
