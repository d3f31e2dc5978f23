"""Desired settings: whole, by version, within bounds; the newest command alone is under way."""

import json

import pytest

from cloud.account.work import work
from cloud.fleet.command.service import Commands
from cloud.fleet.desired.service import Desk
from sync.command import Settings
from tests.simulators.fleet_of_rows import Fleet
from tests.simulators.hub_database import Database
from tests.simulators.hub_office import Office

PATH = "/tenants/demo/nodes/kiosk-1/settings"


@pytest.fixture
def fleet(office: Office, database: Database) -> Fleet:
    return Fleet.of(office, database, "kiosk-1")


def put(fleet: Fleet, values: dict[str, object], match: str = "*") -> dict[str, object]:
    headers = fleet.office.headers("root", If_Match=match)
    answer = fleet.office.client.put(f"/api{PATH}", json={"values": values}, headers=headers)
    found: dict[str, object] = answer.json()
    return found


def test_settings_are_sent_whole_with_a_growing_version(fleet: Fleet) -> None:
    assert fleet.office.get(PATH).json()["version"] == 0
    assert put(fleet, {"queue_limit": 8})["version"] == 1
    assert put(fleet, {"queue_limit": 9, "answer_cache": False})["version"] == 2
    fleet.post.turn("demo")
    [command] = fleet.mailbox.taken(fleet.office)
    assert command.action == Settings(version=2, values={"queue_limit": 9, "answer_cache": False})


def test_same_settings_again_are_no_new_version(fleet: Fleet) -> None:
    put(fleet, {"queue_limit": 8})
    assert put(fleet, {"queue_limit": 8, "log_level": None})["version"] == 1


@pytest.mark.parametrize("values", [{"queue_limit": 0}, {"operator_token": "x"}, {"log_level": "loud"}])
def test_what_a_node_would_refuse_is_refused_by_name(fleet: Fleet, values: dict[str, object]) -> None:
    refused = put(fleet, values)
    assert refused["code"] == "settings.invalid"
    assert next(iter(values)) in str(refused["detail"])
    assert fleet.post.turn("demo") == 0


def test_edit_of_settings_that_changed_meanwhile_is_refused(fleet: Fleet) -> None:
    tag = fleet.office.get(PATH).headers["etag"]
    put(fleet, {"queue_limit": 8}, tag)
    assert put(fleet, {"queue_limit": 9}, tag)["code"] == "edit.stale"


def test_node_that_fell_behind_is_sent_them_anew(fleet: Fleet) -> None:
    desk = Desk(Commands(fleet.office.parts.keyring))
    kept(fleet)
    says(fleet, boot="another")
    with work(fleet.office.parts.pool, "demo", "hub") as begun:
        assert desk.remind(begun) == 1
        assert desk.remind(begun) == 0


def test_node_that_waits_for_its_next_start_is_not_behind(fleet: Fleet) -> None:
    kept(fleet)
    says(fleet, boot="b")
    with work(fleet.office.parts.pool, "demo", "hub") as begun:
        assert Desk(Commands(fleet.office.parts.keyring)).remind(begun) == 0
    assert fleet.office.get(PATH).json()["standing"] == "kept"
    says(fleet, boot="another", settings=1)
    assert fleet.office.get(PATH).json()["standing"] == "in force"


def kept(fleet: Fleet) -> None:
    """The node has settings, and said so in its boot "b"."""
    put(fleet, {"queue_limit": 8})
    assert fleet.office.get(PATH).json()["standing"] == "under way"
    fleet.post.turn("demo")
    fleet.receipt(str(newest(fleet)["id"]), "done")
    fleet.post.turn("demo")


def says(fleet: Fleet, boot: str, settings: int = 0) -> None:
    """A status of the node's, after all that was."""
    status = json.dumps({"settings": settings, "at": {"boot": boot}})
    fleet.run("UPDATE node_presence SET seen_at = now() + interval '1 s', status = %s", status)


def test_node_that_refused_them_is_not_asked_again(fleet: Fleet) -> None:
    put(fleet, {"queue_limit": 8})
    fleet.post.turn("demo")
    fleet.receipt(str(newest(fleet)["id"]), "refused", "settings.invalid")
    fleet.post.turn("demo")
    fleet.run("UPDATE node_presence SET seen_at = now() + interval '1 s'")
    with work(fleet.office.parts.pool, "demo", "hub") as begun:
        assert Desk(Commands(fleet.office.parts.keyring)).remind(begun) == 0


def newest(fleet: Fleet) -> dict[str, object]:
    found: dict[str, object] = fleet.office.get("/tenants/demo/nodes/kiosk-1/commands").json()["items"][0]
    return found
