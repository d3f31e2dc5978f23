"""Brokers and lines that misbehave, one fault at a time: everything arrives once, and the trouble is told."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.health.checks import sync
from edge.health.vital import Vitals
from edge.membership import Membership
from edge.uplink.backoff import Backoff
from edge.uplink.line import Will
from edge.uplink.mqtt import Door, dial
from sync.errors import Unavailable
from sync.provisioning import Account
from sync.record import ChatTurn
from tests.edge.uplink.node import box, member, say, turn
from tests.simulators.broker import Mosquitto
from tests.simulators.hub import HubSimulator, door
from tests.simulators.link import Link, link

SOON_S = 0.5


@pytest.fixture
def line(broker: Mosquitto) -> Iterator[Link]:
    """A line to the broker, sound until it is told otherwise."""
    with link(broker.port) as made:
        yield made


@pytest.fixture
def node(tmp_path: Path, hub: HubSimulator, line: Link, broker: Mosquitto) -> Iterator[Membership]:
    """A node that joined over that line, and loses its patience soon."""
    with hub.at(broker.port), member(tmp_path / "node", hub.provision(line.url)) as made:
        assert made.opened is not None
        uplink = made.opened.uplink
        uplink.stuck_s = uplink.welcome_s = uplink.sender.silence_s = SOON_S
        uplink.backoff = Backoff(first_s=0.1, most_s=0.5)
        hub.wait_for(lambda: bool(hub.stored.statuses), "the node")
        yield made


def waiting(node: Membership) -> int:
    return sum(usage.records for usage in box(node).usage().values())


def turns(hub: HubSimulator) -> list[int]:
    return [each.turn for each in hub.records() if isinstance(each, ChatTurn)]


def trouble(node: Membership) -> str:
    assert node.opened is not None
    found = node.opened.uplink.trouble
    return found.code if found else ""


def arrives(hub: HubSimulator, node: Membership, count: int) -> None:
    """All of so many turns are at the hub, in order and once, and none waits here."""
    hub.wait_for(lambda: len(turns(hub)) >= count, "the turns", 60)
    hub.wait_for(lambda: waiting(node) == 0, "the acknowledgement", 60)
    assert turns(hub) == list(range(count))
    assert hub.stored.twins == []


def test_broker_that_says_nothing_is_left(node: Membership, hub: HubSimulator, line: Link) -> None:
    line.faults.silent = True
    line.cut()
    say(node, turn(0))
    hub.wait_for(lambda: trouble(node) == "broker.silent", "the trouble")
    line.faults.silent = False
    line.cut()
    arrives(hub, node, 1)


def test_broker_that_confirms_nothing_is_left(node: Membership, hub: HubSimulator, line: Link) -> None:
    hub.deaf, line.faults.no_pubacks = True, True
    say(node, *(turn(number) for number in range(20)))
    hub.wait_for(lambda: trouble(node) == "broker.stuck", "the trouble")
    hub.deaf, line.faults.no_pubacks = False, False
    arrives(hub, node, 20)


def test_hubs_acknowledgement_counts_though_the_broker_confirms_nothing(
    node: Membership, hub: HubSimulator, line: Link
) -> None:
    line.faults.no_pubacks = True
    say(node, turn(0), turn(1))
    arrives(hub, node, 2)


def test_broker_that_loses_what_it_confirmed_costs_nothing(
    node: Membership, hub: HubSimulator, line: Link
) -> None:
    line.faults.forgetful = True
    say(node, *(turn(number) for number in range(20)))
    hub.wait_for(lambda: line.faults.lost >= 3, "messages that are lost, sent again")
    assert waiting(node) == 20
    line.faults.forgetful = False
    arrives(hub, node, 20)


def test_repeated_messages_arrive_once(node: Membership, hub: HubSimulator, line: Link) -> None:
    line.faults.repeats = True
    for number in range(10):
        say(node, turn(number))
    arrives(hub, node, 10)
    assert hub.stored.repeats > 0


def test_messages_out_of_order_arrive_in_order(node: Membership, hub: HubSimulator, line: Link) -> None:
    line.faults.swaps = True
    for number in range(10):
        say(node, turn(number))
        hub.wait_for(lambda at=number: line.faults.passed > at, "the message")
    arrives(hub, node, 10)


def test_line_that_is_cut_again_and_again_costs_nothing(
    node: Membership, hub: HubSimulator, line: Link
) -> None:
    for number in range(30):
        say(node, turn(number))
        if number % 3 == 0:
            line.cut()
    arrives(hub, node, 30)


def test_memory_is_bounded_however_much_waits(node: Membership, hub: HubSimulator, line: Link) -> None:
    """Messages under way are few, though hundreds would be needed."""
    assert node.opened is not None
    sender = node.opened.uplink.sender
    sender.silence_s = 60.0
    hub.mute = True
    for begin in range(0, 1_500, 500):
        say(node, *(turn(number) for number in range(begin, begin + 500)))
    hub.wait_for(lambda: len(sender.flights) == sender.window, "a full window")
    batches = hub.stored.batches
    assert len(sender.flights) <= sender.window
    assert sum(flight.bytes for flight in sender.flights) <= sender.window * 100 * 1024
    assert batches <= sender.window + 1


def test_hub_that_lost_what_it_acknowledged_gets_it_again(node: Membership, hub: HubSimulator) -> None:
    assert node.opened is not None
    node.opened.uplink.probe.soon_s = SOON_S
    say(node, turn(0), turn(1))
    arrives(hub, node, 2)
    hub.lose_everything()
    say(node, turn(2), session="later")
    arrives(hub, node, 3)
    assert node.opened.uplink.probe.forgotten == 0


def test_hub_that_is_silent_for_long_is_asked_whether_it_knows_the_node(
    node: Membership, hub: HubSimulator
) -> None:
    assert node.opened is not None
    node.opened.uplink.doubt_s = SOON_S
    hub.deaf = True
    hub.tokens.clear()
    say(node, turn(0))
    hub.wait_for(lambda: trouble(node) == "enrolment.forgotten", "the trouble")
    say(node, turn(1))
    vitals = node.vitals()
    assert vitals is not None
    found = sync.check(Vitals("ready", "", node.settings.data_dir, 0, sync=lambda: vitals))
    assert (found.state, "join FILE --renew" in found.hint) == ("degraded", True)
    assert (vitals.state, vitals.waiting) == ("accepted", waiting(node))


def test_outbox_put_back_from_a_copy_begins_anew_and_loses_nothing(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    folder, old = tmp_path / "node", tmp_path / "old.db"
    with hub.at(broker.port):
        with member(folder, hub.provision(broker.url)) as made:
            say(made, turn(0), turn(1))
            hub.wait_for(lambda: waiting(made) == 0, "the acknowledgement")
        shutil.copy(folder / "node.db", old)
        with member(folder) as made:
            say(made, turn(2), turn(3))
            hub.wait_for(lambda: waiting(made) == 0, "the acknowledgement")
        for name in ("node.db", "node.db-wal", "node.db-shm"):
            (folder / name).unlink(missing_ok=True)
        shutil.copy(old, folder / "node.db")
        with member(folder) as made:
            say(made, turn(4))
            hub.wait_for(lambda: len(box(made).epochs()) == 2, "a new epoch")
            say(made, turn(5), session="later")
            hub.wait_for(lambda: 5 in turns(hub), "what came after")
            left = waiting(made)
    assert {0, 1, 2, 3, 5} <= set(turns(hub))
    assert 4 in turns(hub) or hub.stored.twins or left  # in the new epoch, kept beside, or waiting in the old


def test_captive_portal_is_told_and_nothing_of_it_believed(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    with hub.at(broker.port), door(hub, portal=True) as portal:
        hub.url = portal
        with member(tmp_path / "node", hub.provision(broker.url)) as made:
            hub.wait_for(lambda: trouble(made) == "hub.portal", "the trouble")
            assert made.opened is not None
            assert made.opened.standing.identity.state == "pending"


def test_file_whose_token_was_used_elsewhere_is_told(
    tmp_path: Path, hub: HubSimulator, broker: Mosquitto
) -> None:
    file = hub.provision(broker.url)
    with hub.at(broker.port):
        with member(tmp_path / "first", file) as made:
            hub.wait_for(lambda: "shop-17" in hub.enrolled, "the first")
            say(made, turn(0))
            hub.wait_for(lambda: waiting(made) == 0, "the acknowledgement")
        with member(tmp_path / "second", file) as made:
            hub.wait_for(lambda: trouble(made) == "admission.foreign", "the trouble")
            assert made.opened is not None
            assert "revoke that node" in made.opened.uplink.trouble.hint  # type: ignore[union-attr]


def test_silent_broker_is_given_up_in_time(line: Link) -> None:
    line.faults.silent = True
    begun = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        dial(Door(line.url, "n", Account(username="u", password="p"), Will("t", b""), welcome_s=SOON_S))
    assert raised.value.code == "broker.silent"
    assert time.monotonic() - begun < 30


def test_broker_that_is_not_there_is_told(tmp_path: Path) -> None:
    nowhere = Door("mqtt://127.0.0.1:9", "n", Account(username="u", password="p"), Will("t", b""))
    with pytest.raises(Unavailable) as raised:
        dial(nowhere)
    assert raised.value.code == "hub.unreachable"
