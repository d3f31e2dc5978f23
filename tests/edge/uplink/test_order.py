"""The hub's commands: each carried out once, its receipt heard, whatever comes between."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.membership import Membership
from edge.settings import Settings as NodeSettings
from edge.uplink import desired
from sync import command as protocol
from sync.command import Command, Erase, Revoke, Settings, Support, Update
from sync.identity import new_id
from sync.key import Signer, system_random
from sync.record import Receipt, SupportPart
from sync.topic import NodeTopic
from tests.edge.uplink.node import box, member, say, turn
from tests.simulators.broker import Mosquitto
from tests.simulators.hub import HubSimulator
from tests.sync.cast import DAY_MS, NODE, TENANT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "node"


@pytest.fixture
def node(folder: Path, hub: HubSimulator, broker: Mosquitto) -> Iterator[Membership]:
    """A node that joined and is connected."""
    with hub.at(broker.port), member(folder, hub.provision(broker.url)) as made:
        hub.wait_for(lambda: bool(hub.stored.statuses), "the node")
        yield made


def receipts(hub: HubSimulator) -> list[Receipt]:
    return [each for each in hub.records() if isinstance(each, Receipt)]


def receipt(hub: HubSimulator, id: str) -> Receipt:
    """The first receipt of a command, once it is there."""
    hub.wait_for(lambda: any(each.command == id for each in receipts(hub)), "the receipt")
    return next(each for each in receipts(hub) if each.command == id)


def test_erasure_takes_what_waits_and_what_is_held(node: Membership, hub: HubSimulator) -> None:
    hub.mute = True
    forgotten: list[str] = []
    node.live = forgotten.extend
    key = box(node).sessions.of("gone").key
    say(node, turn(1), turn(2), session="gone")
    say(node, turn(3), session="stays")
    hub.mute = False
    id = hub.order(Erase(sessions=(key.id,)))
    said = receipt(hub, id)
    assert (said.outcome, said.counts["sessions"]) == ("done", 1)
    assert forgotten == ["gone"]
    assert box(node).sessions.of("gone").key.id != key.id


def test_settings_are_kept_and_take_effect(node: Membership, hub: HubSimulator, folder: Path) -> None:
    hot = receipt(hub, hub.order(Settings(version=3, values={"sync_metered": True})))
    assert (hot.outcome, hot.code) == ("done", "")
    hub.wait_for(lambda: hub.stored.statuses[-1].settings == 3, "the status")
    cold = receipt(hub, hub.order(Settings(version=4, values={"node_per_minute": 77, "unheard_of": 1})))
    assert (cold.outcome, cold.code) == ("done", "")
    assert NodeSettings.load(data_dir=folder).node_per_minute == 77
    assert NodeSettings.load(data_dir=folder, node_per_minute=8).node_per_minute == 8


def test_settings_out_of_bounds_are_refused_whole(node: Membership, hub: HubSimulator, folder: Path) -> None:
    values: dict[str, protocol.Scalar] = {"sync_metered": True, "node_per_minute": -1}
    said = receipt(hub, hub.order(Settings(version=5, values=values)))
    assert (said.outcome, said.code) == ("refused", "settings.invalid")
    assert desired.read(folder).version == 0


def test_wish_that_no_longer_fits_keeps_no_node_from_starting(tmp_path: Path) -> None:
    desired.write(tmp_path, desired.Wished(1, {"generator": "m", "node_per_minute": 10**9}))
    assert NodeSettings.load(data_dir=tmp_path).generator == "auto"


def test_support_bundle_arrives_in_parts(node: Membership, hub: HubSimulator) -> None:
    id = hub.order(Support(limit_bytes=500_000, since_ms=0))
    said = receipt(hub, id)
    assert said.outcome == "done"
    parts = [each for each in hub.records() if isinstance(each, SupportPart)]
    assert len(parts) == said.counts["parts"]
    packed = b"".join(part.data for part in sorted(parts, key=lambda part: part.part))
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
        assert {"health.json", "log.jsonl"} <= set(tar.getnames())
        read = tar.extractfile("health.json")
        assert read is not None
        assert json.load(read) == {}


@pytest.mark.parametrize(
    ("what", "name", "code"),
    [("firmware", "image", "update.unsupported"), ("model", "nobody", "update.unknown")],
)
def test_update_that_this_node_cannot_take_is_refused(
    node: Membership, hub: HubSimulator, what: str, name: str, code: str
) -> None:
    asked = Update(what=what, name=name, version="1", digest="0" * 64, size=1)  # type: ignore[arg-type]
    said = receipt(hub, hub.order(asked))
    assert (said.outcome, said.code) == ("refused", code)


def test_model_of_other_bytes_than_the_registrys_is_refused(node: Membership, hub: HubSimulator) -> None:
    name = "smollm2-135m-instruct"
    asked = Update(what="model", name=name, version="1", digest="0" * 64, size=1)
    said = receipt(hub, hub.order(asked))
    assert (said.outcome, said.code) in (("refused", "update.digest"), ("refused", "update.unknown"))


def test_command_that_comes_twice_is_done_once_and_answered_twice(
    node: Membership, hub: HubSimulator
) -> None:
    done: list[str] = []
    node.live = lambda names: done.append("once")
    id = hub.order(Erase(sessions=(b"k" * 10,)))
    receipt(hub, id)
    hub.order(Erase(sessions=(b"k" * 10,)), id=id)
    hub.wait_for(lambda: len([each for each in receipts(hub) if each.command == id]) == 2, "the second")
    assert done == ["once"]


def test_command_of_another_hub_or_for_another_node_is_refused(node: Membership, hub: HubSimulator) -> None:
    assert node.opened is not None
    now, topic = hub.wall_ms(), str(NodeTopic(TENANT, NODE, "do"))
    for signer, other in ((Signer.born(), NODE), (hub.signer, "shop-18")):
        said = Command(
            tenant=TENANT,
            node=other,
            id=new_id(system_random),
            issued_ms=now,
            expires_ms=now + DAY_MS,
            action=Revoke(reason="theft"),
        )
        hub.put(topic, protocol.write(said, signer), retain=False)
    orders = node.opened.orders
    hub.wait_for(lambda: orders.refused == 2, "the refusals")
    assert node.opened.standing.identity.state == "accepted"
    assert orders.taken == 0


def test_revoked_node_stops_for_good_and_answers_on(
    node: Membership, hub: HubSimulator, folder: Path, broker: Mosquitto
) -> None:
    opened = node.opened
    assert opened is not None
    hub.order(Revoke(reason="stolen"))
    hub.wait_for(lambda: opened.standing.identity.state == "revoked", "the end")
    assert node.member is None
    assert opened.standing.identity.account is None
    hub.wait_for(lambda: not opened.uplink.connected, "the disconnection")
    node.close()
    heard = len(hub.stored.statuses)
    with member(folder) as again:
        assert again.opened is None
        assert again.turned_away
    assert len(hub.stored.statuses) == heard


def test_command_that_was_cut_off_is_done_after_the_next_start(
    folder: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    """Taken and on the disk, but the node went before it could do it."""
    with hub.at(broker.port):
        with member(folder, hub.provision(broker.url), offline=True) as node:
            assert node.opened is not None
            now = hub.wall_ms()
            said = Command(
                tenant=TENANT,
                node=NODE,
                id=new_id(system_random),
                issued_ms=now,
                expires_ms=now + DAY_MS,
                action=Erase(sessions=(b"k" * 10,)),
            )
            from edge.uplink.store import take_command

            message = protocol.write(said, hub.signer)
            node.opened.ledger.write(
                lambda connection: take_command(connection, said.id, said.expires_ms, message, 0)
            ).result(10)
        with member(folder):
            assert receipt(hub, said.id).outcome == "done"
