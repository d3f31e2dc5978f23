"""Commands: signed, sent until a receipt comes, to nodes that are in, and no longer than they live."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cloud.account.work import work
from cloud.fleet.command.service import Commands
from sync.command import Revoke
from sync.errors import Unavailable
from tests.simulators.fleet_of_rows import Fleet
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office

NODE = "/tenants/demo/nodes/kiosk-1"


@pytest.fixture
def fleet(office: Office, database: Database) -> Fleet:
    return Fleet.of(office, database, "kiosk-1")


def ask(fleet: Fleet) -> str:
    answer = fleet.office.post(f"{NODE}/support")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_command_is_signed_sent_and_ended_by_its_receipt(fleet: Fleet) -> None:
    id = ask(fleet)
    assert fleet.post.turn("demo") == 1
    [command] = fleet.mailbox.taken(fleet.office)
    assert (command.id, command.node) == (id, "kiosk-1")
    assert fleet.line(id)["state"] == "sent"
    fleet.receipt(id, "done")
    fleet.post.turn("demo")
    ended = fleet.line(id)
    assert (ended["state"], ended["counts"]) == ("done", {"records": 3})
    assert len(fleet.mailbox.sent) == 1


def test_command_is_sent_again_until_a_receipt_comes_and_is_the_same(fleet: Fleet) -> None:
    id = ask(fleet)
    for _ in range(3):
        fleet.post.turn("demo")
        fleet.run("UPDATE command SET next_at = now() WHERE id = %s", id)
    assert [message for _, message, _ in fleet.mailbox.sent] == [fleet.mailbox.sent[0][1]] * 3
    assert fleet.line(id)["tries"] == 3


def test_pause_between_tries_doubles_up_to_an_hour(fleet: Fleet) -> None:
    id = ask(fleet)
    pauses = []
    for _ in range(8):
        fleet.post.turn("demo")
        with psycopg.connect(fleet.database.admin) as connection:
            row = connection.execute("SELECT next_at - sent_at FROM command").fetchone()
        assert row is not None
        pauses.append(int(row[0].total_seconds()))
        fleet.run("UPDATE command SET next_at = now() WHERE id = %s", id)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_node_that_is_offline_is_told_once_and_not_again_before_it_is_back(fleet: Fleet) -> None:
    id = ask(fleet)
    fleet.run("UPDATE node_presence SET online = false")
    assert fleet.post.turn("demo") == 1
    fleet.run("UPDATE command SET next_at = now() WHERE id = %s", id)
    assert fleet.post.turn("demo") == 0
    fleet.run("UPDATE node_presence SET online = true")
    assert fleet.post.turn("demo") == 1


def test_expired_command_is_not_sent(fleet: Fleet) -> None:
    id = ask(fleet)
    fleet.run("UPDATE command SET expires_at = now() WHERE id = %s", id)
    assert fleet.post.turn("demo") == 0
    assert fleet.line(id)["state"] == "expired"


def test_broker_drops_it_when_it_expires(fleet: Fleet) -> None:
    ask(fleet)
    fleet.post.turn("demo")
    assert 7 * 86_400 - 60 < fleet.mailbox.sent[0][2] <= 7 * 86_400


def test_broker_that_is_away_loses_nothing(fleet: Fleet) -> None:
    id = ask(fleet)
    fleet.mailbox.away = True
    with pytest.raises(Unavailable):
        fleet.post.turn("demo")
    assert fleet.line(id)["state"] == "waiting"
    fleet.mailbox.away = False
    assert fleet.post.turn("demo") == 1


def test_receipt_of_another_node_ends_nothing(fleet: Fleet) -> None:
    id = ask(fleet)
    other = {"node": "kiosk-2", "market": "riga"}
    fleet.office.post("/tenants/demo/nodes", other)
    fleet.receipt(id, "done", node="kiosk-2")
    fleet.post.turn("demo")
    assert fleet.line(id)["state"] == "sent"


@pytest.mark.parametrize("state", ["pending", "rejected", "revoked", "quarantined"])
def test_only_a_node_that_is_in_is_commanded(fleet: Fleet, state: str) -> None:
    ask(fleet)
    fleet.run("UPDATE node SET state = %s", state)
    assert fleet.post.turn("demo") == 0


def test_revoked_node_is_told_and_nothing_else(fleet: Fleet) -> None:
    id = ask(fleet)
    fleet.office.post(f"{NODE}/revoke", {"reason": "stolen"})
    assert fleet.post.turn("demo") == 1
    [command] = fleet.mailbox.taken(fleet.office)
    assert command.action == Revoke(reason="stolen")
    assert fleet.line(id)["state"] == "superseded"
    assert fleet.post.turn("demo") == 0


def test_node_that_answers_nothing_is_not_commanded_without_end(fleet: Fleet) -> None:
    codes = {fleet.office.post(f"{NODE}/support").json().get("code") for _ in range(502)}
    assert "command.many" in codes


def test_update_names_what_to_take(fleet: Fleet) -> None:
    wanted = {"what": "model", "name": "m", "version": "2", "digest": "a" * 64, "size": 9}
    id = fleet.office.post(f"{NODE}/update", {**wanted, "urls": ["https://hub.example/m"]}).json()["id"]
    fleet.post.turn("demo")
    [command] = fleet.mailbox.taken(fleet.office)
    assert command.id == id
    assert fleet.office.post(f"{NODE}/update", {**wanted, "digest": "x"}).status_code == 400


def test_command_lives_no_longer_than_a_node_allows(fleet: Fleet) -> None:
    with work(fleet.office.parts.pool, "demo", "test") as begun:
        line = Commands(fleet.office.parts.keyring).issue(begun, "kiosk-1", Revoke(reason=""), 10**9)
    assert line.expires_at - datetime.now(UTC) <= timedelta(days=400)


def test_support_bundle_is_fetched_when_every_part_has_come(fleet: Fleet) -> None:
    id = ask(fleet)
    fleet.part(id, 2, 2, b"le")
    early = fleet.office.get(f"{NODE}/support/{id}")
    assert (early.status_code, early.json()["code"]) == (409, "support.incomplete")
    fleet.part(id, 1, 2, b"bund")
    [line] = fleet.office.get(f"{NODE}/support").json()["items"]
    assert (line["have"], line["parts"], line["bytes"]) == (2, 2, 6)
    fetched = fleet.office.get(f"{NODE}/support/{id}")
    assert (fetched.content, fetched.headers["content-type"]) == (b"bundle", "application/gzip")
    [audit, *_] = fleet.office.get("/tenants/demo/audit", subject="node/kiosk-1").json()["items"]
    assert audit["action"] == "support.fetch"


def test_bundle_that_was_not_asked_for_is_missing(fleet: Fleet) -> None:
    fleet.part("0" * 16, 1, 1, b"x")
    assert fleet.office.get(f"{NODE}/support/{'0' * 16}").status_code == 404
