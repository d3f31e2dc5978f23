"""A real node, a real broker and a hub: what the node acknowledged arrives once, whoever is killed."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.node import Node
from edge.lead.store import Sealed
from sync.command import Erase
from sync.record import LeadRequest, Receipt
from sync.seal import coded
from tests.e2e.conftest import cli
from tests.e2e.counter import Visitor, joined, market, serving, twice
from tests.simulators.broker import Mosquitto, found
from tests.simulators.hub import HubSimulator
from tests.simulators.hub_key import HubKey

pytestmark = pytest.mark.skipif(found() is None, reason="mosquitto is not installed")
LONG_S = 90.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "broker") as running:
        yield running


def knows(node: Node, visitor: Visitor, name: str) -> bool:
    """Whether an answer names it."""
    return name in visitor.ask(node, "plumber in Riga")


def test_story_of_a_counter_and_its_hub(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto, key: HubKey
) -> None:
    data, visitor = joined(tmp_path / "node", hub, broker.url), Visitor(key)
    with hub.at(broker.port):
        hub.publish(market(5))
        with serving(data) as node:
            hub.wait_for(lambda: knows(node, visitor, "Plumber"), "the catalogue", LONG_S)
            code = httpx.post(f"{node.url}/api/session", json={"session": "visitor"}).json()["code"]
            visitor.rate(node, next(iter(visitor.turns)), "quick")
            contact = visitor.request(node, b'{"phone":"+44 1632 960001"}')
            visitor.request(node, id=contact)  # as a page does that did not hear the answer
            hub.wait_for(lambda: visitor.all_there(hub), "what was said", LONG_S)
            broker.kill()
            visitor.ask(node, "while the broker is away")
            node.process.kill()
        broker.start()
        with serving(data) as node:
            visitor.ask(node, "after the power cut")
            hub.wait_for(lambda: visitor.all_there(hub), "the rest", LONG_S)
            assert twice(hub) == []
            hub.publish(market(7, "Glazier"), snapshot=False)
            hub.wait_for(lambda: knows(node, visitor, "Glazier"), "the new catalogue", LONG_S)
            gone = hub.order(Erase(sessions=(coded(code),)))
            done = lambda: any(isinstance(each, Receipt) and each.command == gone for each in hub.records())  # noqa: E731
            hub.wait_for(done, "the receipt", LONG_S)
            status = json.loads(cli("--data-dir", str(data), "sync", "status", "--json").stdout)
            assert (status["state"], status["catalog"], status["head"]["version"]) == ("accepted", 2, 2)
            assert status["running"]["reason"].startswith("connected")
            text = httpx.get(f"{node.url}/metrics").text
            assert "prilavok_sync_connected 1.0" in text
            assert "prilavok_sync_catalog_version 2.0" in text
    lead = next(each for each in hub.records() if isinstance(each, LeadRequest))
    sealed = Sealed(lead.id, lead.provider, lead.consent, lead.language, lead.key, lead.enc, lead.sealed)
    assert key.open(sealed) == b'{"phone":"+44 1632 960001"}'
    assert (lead.consent, lead.language) != ("", "")


def test_node_that_joins_while_it_runs_begins_to_sync(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto, key: HubKey
) -> None:
    data, visitor = tmp_path / "node", Visitor(key)
    data.mkdir()
    file = tmp_path / "node.json"
    with hub.at(broker.port), serving(data) as node:
        assert httpx.get(f"{node.url}/api/lead/terms").json()["taking"] is False
        visitor.ask(node, "before there was a hub")
        visitor.turns.clear()  # nothing is kept of that
        file.write_bytes(hub.provision(broker.url))
        assert "shop-17" in cli("--data-dir", str(data), "join", str(file)).stdout
        taking = lambda: httpx.get(f"{node.url}/api/lead/terms").json()["taking"]  # noqa: E731
        hub.wait_for(taking, "the hub's key", LONG_S)
        visitor.ask(node, "with a hub")
        visitor.request(node)
        hub.wait_for(lambda: visitor.all_there(hub), "what was said", LONG_S)
    assert twice(hub) == []
