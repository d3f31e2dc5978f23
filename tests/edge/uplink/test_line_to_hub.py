"""A node, a real broker and a simulated hub: let in, sent, acknowledged end to end, whatever happens."""

from pathlib import Path

import pytest

from edge.uplink.join import join
from sync.record import ChatTurn
from tests.edge.uplink.node import box, member, say, turn
from tests.simulators.broker import Mosquitto
from tests.simulators.hub import HubSimulator, now
from tests.sync.sample import FEEDBACK, LEAD


def _waiting(membership: object) -> int:
    return sum(usage.records for usage in box(membership).usage().values())  # type: ignore[arg-type]


def test_what_a_node_keeps_arrives_and_is_forgotten_when_acknowledged(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        say(node, turn(1), FEEDBACK, LEAD)
        hub.wait_for(lambda: len(hub.stored.frames) == 4, "the records")
        assert {type(each).__name__ for each in hub.records()} == {"ChatTurn", "Feedback", "LeadRequest"}
        hub.wait_for(lambda: _waiting(node) == 0, "the acknowledgement")
        assert not (tmp_path / "node" / "provisioning.json").exists()
    assert [said.online for said in hub.stored.statuses][-1] is False
    assert hub.stored.statuses[0].online


def test_nothing_is_forgotten_that_only_the_broker_confirmed(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    hub.mute = True
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        say(node, turn(1))
        hub.wait_for(lambda: len(hub.stored.frames) == 2)
        assert _waiting(node) == 1
    hub.mute = False
    with hub.at(broker.port), member(tmp_path / "node") as node:
        hub.wait_for(lambda: _waiting(node) == 0, "the acknowledgement")
    assert len(hub.records()) == 1
    assert not hub.stored.twins


def test_a_broker_that_was_killed_costs_nothing(tmp_path: Path, hub: HubSimulator, broker: Mosquitto) -> None:
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        say(node, *(turn(number) for number in range(50)))
        broker.kill()
        say(node, *(turn(number) for number in range(50, 100)))
        broker.start()
        hub.wait_for(lambda: len(hub.stored.frames) == 101, "the rest", 60)
        hub.wait_for(lambda: _waiting(node) == 0, "the acknowledgement")
    turns = [each.turn for each in hub.records() if isinstance(each, ChatTurn)]
    assert turns == list(range(100))


def test_a_hub_put_back_from_a_backup_gets_again_what_it_lost(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        say(node, *(turn(number) for number in range(20)), LEAD)
        hub.wait_for(lambda: _waiting(node) == 0 and box(node).held().records == 21, "the acknowledgement")
        whole = dict(hub.stored.frames)
        hub.lose_everything()
        assert node.opened is not None
        probe = node.opened.uplink.probe
        probe.every_s = probe.soon_s = 0.1
        hub.wait_for(lambda: hub.stored.frames == whole, "what was lost", 60)
        hub.wait_for(lambda: _waiting(node) == 0, "the acknowledgement")
        assert (probe.refilled >= 21, probe.forgotten) == (True, 0)
        assert node.opened.figures()["outbox_settled_records"] == 21
        assert node.opened.vitals().recalled == probe.refilled


def test_a_node_that_is_not_let_in_yet_keeps_its_records(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    hub.state = "pending"
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(broker.url)) as node:
        say(node, turn(1))
        hub.wait_for(lambda: "shop-17" in hub.enrolled)
        hub.state = "accepted"
        hub.wait_for(lambda: len(hub.stored.frames) == 2, "the records", 60)
        assert node.opened is not None
        assert node.opened.standing.identity.state == "accepted"


def test_keys_are_replaced_while_the_node_runs_and_nothing_is_lost(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    """What waits was sealed under the old keys; it arrives, under the same numbers, signed with the new."""
    folder, file = tmp_path / "node", tmp_path / "again.json"
    with hub.at(broker.port), member(folder, hub.provision(broker.url)) as node:
        hub.mute = True
        say(node, turn(1))
        hub.wait_for(lambda: len(hub.stored.frames) == 2, "the first turn")
        old = hub.enrolled.pop("shop-17").sign_key
        file.write_bytes(hub.provision(broker.url))
        join(file, node.files, now(hub.wall_ms()), renew=True)
        hub.mute = False
        hub.wait_for(lambda: "shop-17" in hub.enrolled, "the new keys")
        hub.wait_for(lambda: node.member is not None and _waiting(node) == 0, "the acknowledgement")
        say(node, turn(2))
        hub.wait_for(lambda: len(hub.stored.frames) == 4, "the second turn")
    assert hub.enrolled["shop-17"].sign_key != old
    assert hub.stored.twins == []
    assert len({epoch for epoch, _ in hub.stored.frames}) == 1


@pytest.mark.parametrize("setting", [{"sync_metered": True}, {"sync_quiet_hours": "00:00-24:00"}])
def test_on_a_metered_line_and_in_quiet_hours_only_requests_go(
    setting: dict[str, object], tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    with hub.at(broker.port):
        with member(tmp_path / "node", hub.provision(broker.url), **setting) as node:
            say(node, turn(1), FEEDBACK)
            say(node, LEAD, session="another")
            hub.wait_for(lambda: len(hub.records()) == 1, "the request")
            hub.wait_for(lambda: _waiting(node) == 2, "its acknowledgement")
            assert hub.records() == [LEAD]
        with member(tmp_path / "node") as node:
            hub.wait_for(lambda: _waiting(node) == 0, "the rest")
    assert len(hub.records()) == 3
