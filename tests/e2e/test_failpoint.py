"""A node that is killed at each named place in turn: nothing that it acknowledged is lost or comes twice."""

import time
from pathlib import Path

import httpx
import pytest

from bench.node import Node, NotReadyError
from sync.command import Erase
from sync.record import Receipt
from tests.e2e.counter import Visitor, joined, market, serving, twice
from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub import HubSimulator
from tests.simulators.hub_key import HubKey

pytestmark = pytest.mark.skipif(found() is None, reason="mosquitto is not installed")
SIGKILLED = -9
LONG_S = 120.0
PLACES = (
    "identity.saved",
    "identity.joined",
    "outbox.before_commit:3",
    "outbox.committed:3",
    "uplink.sent:2",
    "uplink.acknowledged:2",
    "catalog.fetched",
    "catalog.before_apply",
    "catalog.before_commit",
    "catalog.applied",
    "order.taken",
    "order.done",
)


def killed(node: Node) -> bool:
    return node.process.poll() == SIGKILLED


def keep_busy(node: Node, visitor: Visitor) -> None:
    """Talks until the node is gone; what it does not answer is not held against it."""
    deadline = time.monotonic() + LONG_S
    while not killed(node):
        assert node.process.poll() is None, node.log.read_text()[-2000:]
        assert time.monotonic() < deadline, f"it is alive:\n{node.log.read_text()[-2000:]}"
        try:
            visitor.ask(node, f"plumber in Riga, question {visitor.tried}")
            visitor.rate(node, list(visitor.turns)[-1])
            visitor.request(node)
        except httpx.HTTPError:
            continue


def cut(data: Path, place: str, visitor: Visitor, hub: HubSimulator, number: int) -> list[str]:
    """Lets a node run into the place; gives the ids of the commands it was given meanwhile."""
    ordered: list[str] = []
    try:
        with serving(data, PRILAVOK_FAILPOINT=place) as node:
            hub.publish(market(5 + number, f"Name{number}"))
            ordered.append(hub.order(Erase(sessions=(b"n" * 10,))))
            keep_busy(node, visitor)
    except NotReadyError:  # it was killed before it was ready
        return ordered
    return ordered


def test_node_killed_at_every_named_place_loses_nothing(
    tmp_path: Path, hub: HubSimulator, key: HubKey
) -> None:
    visitor, ordered = Visitor(key), list[str]()
    with Mosquitto(tmp_path / "broker") as broker, hub.at(broker.port):
        data = joined(tmp_path / "node", hub, broker.url)
        for number, place in enumerate(PLACES):
            ordered += cut(data, place, visitor, hub, number)
        last = market(40, "Last")
        hub.publish(last)
        with serving(data) as node:
            visitor.ask(node, "the last question")
            hub.wait_for(lambda: visitor.all_there(hub), "what was acknowledged", LONG_S)
            done = lambda: {each.command for each in hub.records() if isinstance(each, Receipt)}  # noqa: E731
            hub.wait_for(lambda: set(ordered) <= done(), "the receipts", LONG_S)
            there = lambda: hub.stored.statuses[-1].content == last.digest()  # noqa: E731
            hub.wait_for(there, "the catalogue", LONG_S)
    assert twice(hub) == []
    assert hub.stored.twins == []
    assert len(visitor.turns) > len(PLACES) // 2
