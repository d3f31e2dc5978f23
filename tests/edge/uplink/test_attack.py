"""Attacks after TUF's list that need a whole node: over a real broker, with its own disk and its own process.

Rollback, freeze, mix-and-match and arbitrary content are in `test_market.py`; the rule of every attack is
held in `tests/sync/test_trust.py` and `test_trust_keys.py`.
"""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.membership import Membership
from sync import keyset
from sync.document import MESSAGE_LIMIT_BYTES
from sync.key import Signer
from sync.keyset import Role
from sync.topic import HeadTopic, PieceTopic
from tests.edge.uplink.node import arrives, content, market, member, trouble
from tests.simulators.broker import Mosquitto
from tests.simulators.hub import HubSimulator
from tests.sync.cast import MARKET, TENANT


@pytest.fixture
def node(tmp_path: Path, hub: HubSimulator, broker: Mosquitto) -> Iterator[Membership]:
    """A node that joined."""
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as made:
        yield made


def test_fast_forward_does_no_harm_after_the_keys_are_replaced(node: Membership, hub: HubSimulator) -> None:
    """A thief with the catalogue's key names a huge version; the hub replaces the key and goes on."""
    first, forged, true = market(4), market(5, "Thief"), market(6)
    hub.publish(first)
    arrives(hub, node, first)
    thief = dataclasses.replace(hub.publisher, serial=2**40, version=2**40)
    hub.publisher.blobs |= thief.blobs
    huge = thief.publish(forged, clock_ms=hub.wall_ms())
    hub.publisher.blobs |= thief.blobs
    hub.publish_head(huge)
    arrives(hub, node, forged)
    hub.publisher.blobs = {**thief.blobs}
    hub.put(str(HeadTopic(TENANT, MARKET)), hub.publish(true, told=False))
    hub.wait_for(lambda: trouble(node) == "head.rollback", "the refusal of the true head")
    replace_catalog_key(hub)
    hub.publish_head(hub.publisher.message(hub.wall_ms()))
    arrives(hub, node, true)
    hub.put(str(HeadTopic(TENANT, MARKET)), huge)
    hub.wait_for(lambda: trouble(node) == "signature.invalid", "the refusal of the thief's")
    assert content(node) == true.digest()


def replace_catalog_key(hub: HubSimulator) -> None:
    """A key set of version 2, signed by the root, which stays."""
    fresh = Signer.born()
    keys = msgspec.structs.replace(hub.keys, version=2, catalog=Role(keys=(fresh.public,)))
    hub.publisher.keys = (*hub.publisher.keys, keyset.write(keys, hub.root))
    hub.publisher.signers = (fresh,)


def test_two_hubs_with_one_identity_are_noticed_and_the_first_is_believed(
    node: Membership, hub: HubSimulator
) -> None:
    """A copy of the hub's machine goes on beside it, with the same keys and the same numbers."""
    first, ours, theirs = market(4), market(5), market(6, "Copy")
    hub.publish(first)
    arrives(hub, node, first)
    copy = dataclasses.replace(hub.publisher, blobs=dict(hub.publisher.blobs))
    hub.publish(ours)
    arrives(hub, node, ours)
    hub.put(str(HeadTopic(TENANT, MARKET)), copy.publish(theirs, clock_ms=hub.wall_ms()))
    hub.wait_for(lambda: trouble(node) == "head.equivocation", "the refusal")
    hub.wait_for(lambda: "head.equivocation" in hub.stored.statuses[-1].troubles, "the hub is told")
    assert content(node) == ours.digest()


def test_endless_data_is_not_taken_in(node: Membership, hub: HubSimulator) -> None:
    """A head as big as a message can be, and pieces that are bigger than they say."""
    state = market(8)
    message = hub.publish(state, told=False)
    (digest,) = hub.publisher.blobs
    hub.put(str(HeadTopic(TENANT, MARKET)), message + bytes(MESSAGE_LIMIT_BYTES - len(message)))
    hub.wait_for(lambda: trouble(node) == "document.malformed", "the refusal")
    hub.put(str(PieceTopic(TENANT, digest, 0)), bytes(MESSAGE_LIMIT_BYTES))
    hub.put(str(HeadTopic(TENANT, MARKET)), message)
    hub.wait_for(lambda: trouble(node) == "blob.false", "the false piece")
    assert content(node) is None
    hub.publish_head(hub.publisher.message(hub.wall_ms()))
    arrives(hub, node, state)


def test_slow_retrieval_is_told_and_ends_when_the_pieces_come(node: Membership, hub: HubSimulator) -> None:
    """A broker that shows the head and withholds what it names; the node's clock runs fast here."""
    assert node.opened is not None
    node.opened.market.clock = lambda: time.monotonic() * 100
    state = market(8)
    message = hub.publish(state, told=False)
    hub.put(str(HeadTopic(TENANT, MARKET)), message)
    hub.wait_for(lambda: trouble(node) == "blob.withheld", "the trouble")
    hub.wait_for(lambda: "blob.withheld" in hub.stored.statuses[-1].troubles, "the hub is told")
    assert content(node) is None
    hub.publish_head(hub.publisher.message(hub.wall_ms()))
    arrives(hub, node, state)
