"""What the hub publishes arrives: whole, once, in whatever order; what is wrong changes nothing."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.membership import Membership
from sync.content import canonical
from sync.interchange.document import parse
from sync.key import Signer
from sync.topic import HeadTopic, PieceTopic
from tests.edge.uplink.node import arrives, catalog_of, content, market, member, names, trouble
from tests.simulators.broker import Mosquitto
from tests.simulators.hub import HubSimulator
from tests.sync.cast import MARKET, TENANT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node"


@pytest.fixture
def node(folder: Path, hub: HubSimulator, broker: Mosquitto) -> Iterator[Membership]:
    """A node that joined."""
    with hub.at(broker.port), member(folder, hub.provision(broker.url)) as made:
        yield made


def test_published_catalogue_arrives_and_changes_follow(node: Membership, hub: HubSimulator) -> None:
    first, second = market(30), market(25, "Glazier")
    hub.publish(first)
    arrives(hub, node, first)
    hub.publish(second, snapshot=False)
    arrives(hub, node, second)
    assert sorted(names(node)) == sorted(f"Glazier {number}" for number in range(25))
    catalog = catalog_of(node)
    assert b'"unknown":[3]' in next(line for line in catalog.documents() if b'"p-3"' in line)
    assert catalog.market().name == {"en": "Riga"}
    assert catalog.version() == 2
    hub.wait_for(lambda: hub.stored.statuses[-1].content == second.digest(), "the status", 30)


def test_node_that_missed_publications_catches_up_by_the_cheapest_way(
    folder: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    states = [market(40 + number) for number in range(5)]
    with hub.at(broker.port):
        with member(folder, hub.provision(broker.url)) as node:
            hub.publish(states[0])
            arrives(hub, node, states[0])
        for state in states[1:]:
            hub.publish(state, snapshot=False)
        with member(folder) as node:
            arrives(hub, node, states[-1])
            assert len(names(node)) == 44


def test_catalogue_that_was_changed_here_is_replaced_by_the_published_one(
    node: Membership, hub: HubSimulator
) -> None:
    first, second = market(10), market(12)
    hub.publish(first)
    arrives(hub, node, first)
    catalog = catalog_of(node)
    catalog.apply([parse(1, canonical({"id": "own", "categories": ["craft/plumber"], "name": "own"}))])
    assert catalog.published() is None
    hub.publish(second)
    arrives(hub, node, second)
    assert "own" not in names(node)


def test_rollback_is_refused(node: Membership, hub: HubSimulator) -> None:
    old = hub.publish(market(5))
    newer = market(6)
    hub.publish(newer)
    arrives(hub, node, newer)
    hub.put(str(HeadTopic(TENANT, MARKET)), old)
    hub.wait_for(lambda: trouble(node) == "head.rollback", "the refusal")
    assert content(node) == newer.digest()


def test_freeze_is_seen(node: Membership, hub: HubSimulator) -> None:
    state = market(5)
    long_ago = hub.wall_ms() - 40 * 24 * 3600 * 1000
    hub.publish_head(hub.publisher.publish(state, clock_ms=long_ago))
    hub.wait_for(lambda: trouble(node) == "head.expired", "the refusal")
    assert content(node) is None


def test_mix_and_match_is_refused(node: Membership, hub: HubSimulator) -> None:
    """A signed head whose snapshot is another catalogue's: by the hub's own mistake, or its thief's."""
    other, state = market(3, "Other"), market(7)
    hub.publisher.publish(other)
    wrong = hub.publisher.snapshot
    assert wrong is not None
    hub.publisher.publish(state)
    mixed = dataclasses.replace(hub.publisher, snapshot=wrong, deltas=())
    lying = msgspec.structs.replace(wrong, version=2, content=state.digest())
    message = mixed.message(hub.wall_ms(), lambda said: msgspec.structs.replace(said, snapshot=lying))
    hub.publish_head(message)
    hub.wait_for(lambda: trouble(node) == "head.mixed", "the refusal", 60)
    assert content(node) is None
    assert names(node) == []


def test_head_of_another_key_is_refused(node: Membership, hub: HubSimulator) -> None:
    thief = dataclasses.replace(hub.publisher, signers=(Signer.born(),))
    hub.put(str(HeadTopic(TENANT, MARKET)), thief.publish(market(3), clock_ms=hub.wall_ms()))
    hub.wait_for(lambda: trouble(node) == "signature.invalid", "the refusal")
    assert content(node) is None


def test_false_pieces_are_thrown_away_and_the_true_one_is_taken(node: Membership, hub: HubSimulator) -> None:
    state = market(8)
    message = hub.publish(state, told=False)
    (digest,) = hub.publisher.blobs
    hub.put(str(PieceTopic(TENANT, digest, 0)), b"<html>accept our terms</html>")
    hub.put(str(HeadTopic(TENANT, MARKET)), message)
    hub.wait_for(lambda: trouble(node) == "blob.false", "the false piece")
    hub.publish_head(hub.publisher.message(hub.wall_ms()))
    arrives(hub, node, state)


def test_head_without_a_way_is_told(node: Membership, hub: HubSimulator) -> None:
    hub.publish(market(3), snapshot=False)
    hub.wait_for(lambda: trouble(node) == "head.no_way", "the trouble")
