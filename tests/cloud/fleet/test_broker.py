"""Nodes' accounts at a real Mosquitto: own topics only, dead at once, made again when they are lost."""

import json
import queue
import time
from collections.abc import Callable, Iterator

import pytest

from cloud import postgres
from cloud.fleet.broker.control import Control
from cloud.fleet.broker.dynsec import CONTROL, HUB_ROLE
from cloud.fleet.keeper import Keeper, working
from cloud.ingest.worker import SHARE
from cloud.mqtt import Line
from sync.errors import Unavailable
from sync.provisioning import Account
from sync.topic import every
from tests.simulators.guarded_broker import GuardedMosquitto
from tests.simulators.hub_office import Office
from tests.simulators.joining_box import WAIT_S, Box, Connection

OWN_UP, OWN_DO = "p/1/demo/n/kiosk-1/up", "p/1/demo/n/kiosk-1/do"
HEAD, BLOB = "p/1/demo/m/riga/head", f"p/1/demo/b/{'0' * 64}/0"
FOREIGN = (
    "p/1/demo/n/kiosk-2/up",
    "p/1/demo/n/kiosk-2/status",
    "p/1/north/n/kiosk-1/up",
    OWN_DO,
    "p/1/demo/n/kiosk-1/ack",
    HEAD,
    BLOB,
    "$CONTROL/dynamic-security/v1",
)
CLOSED = (
    "#",
    "p/#",
    "p/1/demo/#",
    "p/1/demo/n/+/do",
    "p/1/demo/n/kiosk-2/do",
    "p/1/demo/n/kiosk-2/up",
    OWN_UP,
    "p/1/demo/m/+/head",
    "p/1/demo/m/oslo/head",
    "p/1/north/b/#",
    "$share/g/p/1/demo/n/kiosk-2/do",
    "$CONTROL/dynamic-security/v1/response",
    "$SYS/#",
)


@pytest.fixture
def keeper(office: Office) -> Iterator[Keeper]:
    with working(office.parts.settings, office.parts.pool, office.parts.keyring) as keeper:
        yield keeper


def joined(office: Office, node: str = "kiosk-1") -> tuple[Box, Account]:
    wanted = {"node": node, "market": "riga", "file": {"accept": True}}
    box = Box.with_file(office.post("/tenants/demo/nodes", wanted).json()["file"])
    account = box.admitted(office.client)[1]
    assert account is not None
    return box, account


def eventually(told: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if told():
            return True
        time.sleep(0.05)
    return False


def lets_in(guarded: GuardedMosquitto, account: Account) -> bool:
    connection = Connection.open(guarded.url, account, name="trial")
    try:
        return eventually(lambda: connection.line.connected)
    finally:
        connection.close()


def test_node_can_publish_to_its_own_topics_only(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    heard: queue.Queue[str] = queue.Queue()
    ear = Line(
        guarded.hub, "ear", subscribe=("p/1/#",), take=lambda each: (each.done(), heard.put(each.topic))[0]
    )
    connection = Connection.open(guarded.url, account)
    ear.wait(WAIT_S)
    connection.line.wait(WAIT_S)
    for topic in (*FOREIGN, "p/1/demo/n/kiosk-1/status", OWN_UP):
        connection.line.wait(WAIT_S)
        before = connection.line.connections
        connection.line.send(topic, b"x")
        if topic in FOREIGN:  # this broker ends a connection that publishes what it may not
            assert eventually(lambda known=before: connection.line.connections > known)  # type: ignore[misc]
    assert heard.get(timeout=WAIT_S) == "p/1/demo/n/kiosk-1/status"
    assert heard.get(timeout=WAIT_S) == OWN_UP
    assert heard.empty()
    connection.close()
    ear.close()


def test_node_cannot_subscribe_to_what_is_not_for_it(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    for topic in CLOSED:
        connection = Connection.open(guarded.url, account, topic)
        assert eventually(lambda line=connection.line: line.refused == "Not authorized"), topic  # type: ignore[misc]
        connection.close()


def test_node_hears_its_commands_and_its_markets_catalogue(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    connection = Connection.open(guarded.url, account, OWN_DO, HEAD, BLOB)
    connection.line.wait(WAIT_S)
    with Line(guarded.hub, "mouth") as mouth:
        mouth.wait(WAIT_S)
        for topic in (OWN_DO, HEAD, BLOB):
            mouth.publish(topic, b"x")
            assert connection.heard.get(timeout=WAIT_S).topic == topic
    connection.close()


def test_revoked_node_is_told_and_dead_at_once(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    box, account = joined(office)
    connection = Connection.open(guarded.url, account, OWN_DO)
    connection.line.wait(WAIT_S)
    before = connection.line.connections
    assert office.post("/tenants/demo/nodes/kiosk-1/revoke", {"reason": "stolen"}).status_code == 200
    assert eventually(lambda: not connection.line.connected)
    assert connection.heard.get(timeout=WAIT_S).topic == OWN_DO
    assert eventually(lambda: bool(connection.line.refused))
    assert connection.line.connections == before
    assert eventually(lambda: office.get("/tenants/demo/nodes/kiosk-1").json()["broker"] == "closed")
    assert box.admitted(office.client)[0].state == "revoked"
    connection.close()


def test_revocation_waits_for_a_broker_that_is_away(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    guarded.kill()
    assert office.post("/tenants/demo/nodes/kiosk-1/revoke").json()["broker"] == "closing"
    guarded.start()
    assert eventually(lambda: office.get("/tenants/demo/nodes/kiosk-1").json()["broker"] == "closed")
    connection = Connection.open(guarded.url, account)
    assert eventually(lambda: bool(connection.line.refused))
    connection.close()


def test_broker_that_lost_its_accounts_gets_the_same_ones(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    guarded.kill()
    guarded.forget()
    guarded.start()
    connection = Connection.open(guarded.url, account, OWN_DO)
    assert eventually(lambda: connection.line.connected)
    connection.close()


def test_account_that_nobody_ordered_is_ended(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    with Control(guarded.hub, "intruder") as control:
        made = control.run(
            [
                {"command": "createRole", "rolename": "demo/ghost"},
                {"command": "createClient", "username": "demo/ghost", "password": "x"},
                {"command": "createClient", "username": "monitoring", "password": "x"},
            ]
        )
        assert made == []
        keeper.accounts.mend()
        assert set(control.there().clients) == {"hub", "monitoring"}


def test_rights_that_were_widened_are_put_right(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    with Control(guarded.hub, "intruder") as control:
        widened = {"acltype": "subscribePattern", "topic": "#", "allow": True}
        assert control.run([{"command": "addRoleACL", "rolename": "demo/kiosk-1", **widened}]) == []
        assert keeper.accounts.mend() == 1
        assert ("subscribePattern", "#") not in control.there().roles["demo/kiosk-1"]
    assert lets_in(guarded, account)


def test_cloned_node_has_no_account_until_somebody_decides(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, account = joined(office)
    connection = Connection.open(guarded.url, account)
    connection.line.wait(WAIT_S)
    with postgres.tenant(office.parts.pool, "demo") as ingest:  # as ingest does it
        ingest.execute("UPDATE node SET state = 'quarantined', state_reason = 'cloned'")
    keeper.turn("demo")
    assert eventually(lambda: not connection.line.connected)
    assert office.post("/tenants/demo/nodes/kiosk-1/accept").json()["state"] == "accepted"
    assert eventually(lambda: connection.line.connected)
    connection.close()


def test_new_file_rotates_keys_and_the_old_box_is_out(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    _, old = joined(office)
    connection = Connection.open(guarded.url, old)
    connection.line.wait(WAIT_S)
    made = office.post("/tenants/demo/nodes/kiosk-1/provision").json()
    assert connection.line.connected
    fresh = Box.with_file(made["file"]).admitted(office.client)[1]
    assert fresh is not None
    assert fresh.password != old.password
    assert eventually(lambda: bool(connection.line.refused))
    assert lets_in(guarded, fresh)
    connection.close()


def test_second_keeper_stands_by_and_takes_over(
    office: Office, keeper: Keeper, guarded: GuardedMosquitto
) -> None:
    joined(office)
    with working(office.parts.settings, office.parts.pool, office.parts.keyring) as _:
        keeper.stop.set()
        assert eventually(lambda: joined_now(office))


def joined_now(office: Office) -> bool:
    """Whether a node that joins gets its account."""
    made = office.post("/tenants/demo/nodes/kiosk-1/provision", {"accept": True}).json()
    return Box.with_file(made["file"]).admitted(office.client)[1] is not None


def test_ingest_workers_may_share_what_nodes_send(guarded: GuardedMosquitto) -> None:
    filters = (every("up", group=SHARE), every("status"))
    with Line(guarded.hub, "ingest", subscribe=filters, take=lambda delivery: None) as worker:
        worker.wait(WAIT_S)


def test_a_refused_subscription_is_asked_for_until_it_is_granted(guarded: GuardedMosquitto) -> None:
    right = {"rolename": HUB_ROLE, "acltype": "subscribePattern", "topic": "q/#", "allow": True}
    with (
        Line(guarded.hub, "ear", subscribe=("q/up",), again_s=0.2) as ear,
        Line(guarded.hub, "mouth") as mouth,
    ):
        with pytest.raises(Unavailable) as refused:
            ear.wait(1)
        assert "Not authorized" in refused.value.message
        mouth.wait(WAIT_S)
        mouth.publish(CONTROL, json.dumps({"commands": [{"command": "addRoleACL", **right}]}).encode())
        ear.wait(WAIT_S)
