"""An erased conversation is nowhere on the hub, comes back by no way, and every node is told."""

import json
from typing import Any

import psycopg
import pytest

from sync.batch import Sent
from sync.clock import Now
from sync.command import Erase, Known
from sync.seal import DataKey
from tests.cloud.privacy.conftest import Hub
from tests.simulators.hub_node import START_MS, HubNode, feedback, lead, turn

PATH = "/tenants/north/erasures"


def erase(hub: Hub, session: DataKey, **more: Any) -> dict[str, Any]:
    answer = hub.office.post(PATH, {"session": session.code, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def talked(hub: Hub, node: HubNode, session: DataKey) -> list[Sent]:
    """A whole conversation, taken in and projected; its frames."""
    frames = [
        node.key(session),
        node.record(turn(1, "where is the canary mended"), session),
        node.record(feedback("a1"), session),
        node.record(lead("c" * 32), session),
    ]
    hub.ingest.take([node.came(frames)])
    hub.projector.project("north")
    return frames


def whole_database(hub: Hub) -> str:
    """Every row of every table, as text."""
    with psycopg.connect(hub.database.admin) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        return "\n".join(
            str(connection.execute(f"SELECT t::text FROM {name} t".encode()).fetchall())  # noqa: S608
            for (name,) in tables
        )


def receipts(hub: Hub, node: str, outcome: str = "done", **counts: int) -> None:
    """The node says so, and the fleet process hears it."""
    with psycopg.connect(hub.database.admin) as connection:
        connection.execute(
            "UPDATE command SET state = %s, ended_at = now(), counts = %s"
            " WHERE node = %s AND ended_at IS NULL",
            (outcome, json.dumps(counts), node),
        )


def test_a_conversation_goes_from_every_table_and_the_key_with_it(hub: Hub) -> None:
    node, session, other = hub.node("kiosk-1"), DataKey.born(), DataKey.born()
    talked(hub, node, session)
    hub.ingest.take([node.came([node.key(other), node.record(turn(9, "who sells bread"), other)])])
    hub.projector.project("north")
    assert "canary" in whole_database(hub)
    done = erase(hub, session)
    assert done["counts"] == {"session_key": 1, "chat_turn": 1, "feedback": 1, "lead": 1, "lead_case": 1}
    left = whole_database(hub)
    assert "canary" not in left
    assert "c" * 32 not in left
    assert "who sells bread" in left


def test_what_comes_again_does_not_bring_it_back(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    frames = talked(hub, node, session)
    erase(hub, session)
    hub.ingest.take([node.came(frames)])
    node.epoch = "00000000000000e2"
    node.next = 1
    hub.ingest.take([node.came([node.key(session), node.record(turn(2, "canary again"), session)])])
    with psycopg.connect(hub.database.admin) as connection:
        connection.execute("UPDATE projection SET done = '{}'")
    hub.projector.project("north")
    assert "canary" not in whole_database(hub)
    with psycopg.connect(hub.database.admin) as connection:
        for table in ("session_key", "raw_twin", "quarantine"):
            found = connection.execute(
                f"SELECT count(*) FROM {table} WHERE position(%s IN frame) > 0".encode(),  # noqa: S608
                (frames[0].frame,),
            ).fetchone()
            assert found == (0,), table


def test_frames_that_lie_beside_records_go_too(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    first = node.key(DataKey.born())
    hub.ingest.take([node.came([first])])
    node.next = 1
    hub.ingest.take([node.came([node.key(session)])])
    with psycopg.connect(hub.database.admin) as connection:
        assert connection.execute("SELECT count(*) FROM raw_twin").fetchone() == (1,)
    assert erase(hub, session)["counts"] == {"frame": 1}
    with psycopg.connect(hub.database.admin) as connection:
        assert connection.execute("SELECT count(*) FROM raw_twin").fetchone() == (0,)


def test_a_dry_run_says_what_would_go_and_does_nothing(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    talked(hub, node, session)
    said = erase(hub, session, dry_run=True)
    assert said["counts"] == {"session_key": 1, "chat_turn": 1, "feedback": 1, "lead": 1}
    assert (said["asked_at"], [each["node"] for each in said["nodes"]]) == (None, ["kiosk-1"])
    assert "canary" in whole_database(hub)
    assert hub.office.get(f"{PATH}/{session.code}").status_code == 404


def test_the_node_that_it_came_from_is_told_and_no_other(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    hub.node("kiosk-2")
    talked(hub, node, session)
    done = erase(hub, session)
    assert [(each["node"], each["state"], each["online"]) for each in done["nodes"]] == [
        ("kiosk-1", "waiting", False)
    ]
    assert done["complete"] is False
    with psycopg.connect(hub.database.admin) as connection:
        [(message,)] = connection.execute("SELECT message FROM command").fetchall()
    signatories = hub.keyring.current("north").hub.signatories
    taken = Known().take(bytes(message), "north", "kiosk-1", signatories, Now(START_MS, trusted=False))
    assert taken.command.action == Erase(sessions=(session.id,))


def test_every_node_in_service_is_told_of_a_session_that_never_came(hub: Hub) -> None:
    for name, state in (("a", "accepted"), ("b", "revoked"), ("c", "pending"), ("d", "quarantined")):
        hub.node(name, state)
    done = erase(hub, DataKey.born())
    assert [(each["node"], each["state"]) for each in done["nodes"]] == [
        ("a", "waiting"),
        ("b", "revoked"),
        ("d", "waiting"),
    ]


def test_the_receipt_fills_as_nodes_answer(hub: Hub) -> None:
    session = DataKey.born()
    for name in ("a", "b"):
        hub.node(name)
    erase(hub, session)
    receipts(hub, "a", records=3)
    shown = hub.office.get(f"{PATH}/{session.code}").json()
    assert [(each["state"], each["counts"]) for each in shown["nodes"]] == [
        ("done", {"records": 3}),
        ("waiting", {}),
    ]
    assert shown["complete"] is False
    [line] = hub.office.get(PATH).json()["items"]
    assert (line["session"], line["nodes"], line["open_nodes"]) == (session.code, 2, 1)
    receipts(hub, "b")
    assert hub.office.get(f"{PATH}/{session.code}").json()["complete"] is True


def test_asking_again_does_what_is_left_and_tells_nobody_twice(hub: Hub) -> None:
    node, session = hub.node("a"), DataKey.born()
    hub.node("b")
    erase(hub, session)
    erase(hub, session)
    with psycopg.connect(hub.database.admin) as connection:
        assert connection.execute("SELECT count(*) FROM command").fetchone() == (2,)
    receipts(hub, "a")
    receipts(hub, "b", "expired")
    talked(hub, node, session)
    third = erase(hub, session)
    assert (third["times"], third["counts"].get("chat_turn")) == (3, None)
    assert [(each["node"], each["state"]) for each in third["nodes"]] == [("a", "done"), ("b", "waiting")]


def test_what_a_channel_took_before_is_named(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    talked(hub, node, session)
    with psycopg.connect(hub.database.admin) as connection:
        connection.execute(
            "INSERT INTO lead_channel (tenant, channel, kind, url, secret, created_at)"
            " VALUES ('north', 'crm', 'webhook', 'https://crm.example/', 's', now())"
        )
        connection.execute(
            "INSERT INTO lead_delivery (tenant, lead, channel, state, next_at)"
            " VALUES ('north', %s, 'crm', 'delivered', now())",
            ("c" * 32,),
        )
    done = erase(hub, session)
    assert done["delivered"] == [{"lead": "c" * 32, "channel": "crm"}]
    assert erase(hub, session)["delivered"] == done["delivered"]


def test_it_is_audited_and_takes_an_admin(hub: Hub) -> None:
    session = DataKey.born()
    hub.office.hire("north", "olga", "operator")
    assert hub.office.post(PATH, {"session": session.code}, who="olga").status_code == 403
    erase(hub, session)
    actions = [each["action"] for each in hub.office.get("/tenants/north/audit").json()["items"]]
    assert "privacy.erase" in actions


@pytest.mark.parametrize("code", ["", "7K3M", "zzzz-zzzz-zzzz-zzz!", "x" * 300])
def test_what_is_no_code_is_refused(hub: Hub, code: str) -> None:
    assert hub.office.post(PATH, {"session": code}).status_code in (400, 422)


def test_a_code_is_read_however_it_is_typed(hub: Hub) -> None:
    session = DataKey.born()
    typed = session.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert hub.office.post(PATH, {"session": typed}).json()["session"] == session.code


def test_another_tenant_erases_nothing_here(hub: Hub) -> None:
    node, session = hub.node("kiosk-1"), DataKey.born()
    talked(hub, node, session)
    answer = hub.office.post("/tenants/demo/erasures", {"session": session.code})
    assert answer.json()["counts"] == {}
    assert "canary" in whole_database(hub)
