"""An operator's day with `prilavok`, against a hub that serves, a database and a guarded broker."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sync import keyset, provisioning
from tests.simulators.broker import found
from tests.simulators.guarded_broker import GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.hub_processes import Desk, hub
from tests.simulators.joining_box import WAIT_S, Box, Connection


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedMosquitto]:
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    with GuardedMosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def desk(database: Database, guarded: GuardedMosquitto, tmp_path: Path) -> Iterator[Desk]:
    with hub(database, guarded.hub, tmp_path / "office", "fleet") as desk:
        yield desk


def test_a_node_is_made_joins_and_is_revoked(desk: Desk, tmp_path: Path) -> None:
    desk.logged_in()
    [kept] = (tmp_path / "office").rglob("login.json")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    desk.run("tenant", "add", "demo", "--title", "Demo")
    desk.run("market", "add", "riga")
    desk.run("node", "add", "kiosk-1", "--market", "riga", "--tag", "door", "--accept")
    file = desk.folder / "kiosk-1.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    box = Box.with_file(file.read_text())
    answer = httpx.post(f"{desk.url}/node/enrol", content=provisioning.enrol(box.document, box.keys))
    trusted = keyset.pinned(box.document.keys, "demo")
    admission = provisioning.admitted(answer.content, box.document, trusted, box.keys)
    account = provisioning.account(admission, box.keys.unsealer)
    assert account is not None
    connection = Connection.open(box.document.broker, account, "p/1/demo/n/kiosk-1/do")
    connection.line.wait(WAIT_S)
    connection.close()
    assert "accepted" in desk.run("node", "list").stdout
    desk.run("node", "revoke", "kiosk-1", fails=5)
    desk.run("node", "revoke", "kiosk-1", "--yes", "--reason", "stolen")
    [line] = desk.told("node", "list")
    assert (line["state"], line["state_reason"], line["tags"]) == ("revoked", "stolen", ["door"])
    actions = [each["action"] for each in desk.told("audit", "node/kiosk-1")]
    assert actions == ["command.revoke", "node.revoke", "node.join", "node.add"]


def test_dry_run_changes_nothing(desk: Desk) -> None:
    desk.logged_in()
    desk.run("tenant", "add", "demo", "--dry-run")
    assert desk.told("tenant", "list") == []


def test_without_login_it_says_what_to_type(desk: Desk) -> None:
    done = desk.run("node", "list", fails=5)
    assert "prilavok login" in done.stderr


def test_programs_use_a_token_from_the_environment(desk: Desk) -> None:
    desk.logged_in()
    token = desk.run("token", "make", "a program", "--role", "analyst").stdout.strip()
    desk.run("logout")
    desk.environment["PRILAVOK_TOKEN"] = token
    assert desk.told("whoami") == {"hub": desk.url, "owner": "@hub", "operator": "root", "role": "analyst"}
    refused = desk.run("tenant", "add", "demo", fails=5)
    assert "admin" in refused.stderr


def test_settings_and_rollouts_are_made_and_followed(desk: Desk) -> None:
    desk.logged_in()
    desk.run("tenant", "add", "demo")
    desk.run("market", "add", "riga")
    desk.run("node", "add", "kiosk-1", "--market", "riga")
    assert "would set version 1" in desk.run("node", "set", "kiosk-1", "queue_limit=8", "--dry-run").stdout
    desk.run("node", "set", "kiosk-1", "queue_limit=8", "log_level=debug")
    desk.run("node", "set", "kiosk-1", "log_level=")
    line: dict[str, object] = desk.told("node", "settings", "kiosk-1")
    assert (line["version"], line["values"]) == (2, {"queue_limit": 8})
    refused = desk.run("node", "set", "kiosk-1", "queue_limit=0", fails=5)
    assert "queue_limit" in refused.stderr
    states = [each["state"] for each in desk.told("node", "commands", "kiosk-1")]
    assert states == ["waiting", "superseded"]
    begun: dict[str, object] = json.loads(
        desk.run("rollout", "begin", "queue_limit=9", "--soak", "0", "--yes", "--json").stdout
    )
    assert desk.run("rollout", "watch", str(begun["id"])).stdout.startswith("done")
    assert "kiosk-1" in desk.run("sync", "status").stdout
    waiting = desk.run("node", "logs", "kiosk-1", "--wait", "0", fails=6)
    assert "prilavok node fetch kiosk-1" in waiting.stderr
