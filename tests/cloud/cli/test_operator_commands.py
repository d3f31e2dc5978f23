"""An operator's day with `prilavok`, against a hub that serves, a database and a guarded broker."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from sync import keyset, provisioning
from tests.simulators.broker import found
from tests.simulators.guarded_broker import PASSWORD, USERNAME, GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.joining_box import WAIT_S, Box, Connection

LIMIT_S = 60
SECRET = "correct horse battery"


@dataclass
class Desk:
    """A shell of an operator, and the hub that it talks to."""

    environment: dict[str, str]
    url: str
    folder: Path

    def run(self, *arguments: str, said: str = "", fails: int = 0) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "cloud.cli", *arguments]
        done = subprocess.run(
            command,
            env=self.environment,
            input=said,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            cwd=self.folder,
        )
        assert done.returncode == fails, done.stdout + done.stderr
        return done

    def told(self, *arguments: str) -> object:
        return json.loads(self.run(*arguments, "--json").stdout)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedMosquitto]:
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    with GuardedMosquitto(tmp_path / "broker") as broker:
        yield broker


@pytest.fixture
def desk(database: Database, guarded: GuardedMosquitto, tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "desk").mkdir()
    environment = {
        **os.environ,
        "PYTHONPATH": os.getcwd(),
        "PRILAVOK_HUB_DATABASE_OWNER_URL": database.url("owner"),
        "PRILAVOK_HUB_DATABASE_APP_URL": database.url("app"),
        "PRILAVOK_HUB_DATA_DIR": str(tmp_path / "hub"),
        "PRILAVOK_HUB_BROKER_URL": guarded.url,
        "PRILAVOK_HUB_BROKER_USERNAME": USERNAME,
        "PRILAVOK_HUB_BROKER_PASSWORD": PASSWORD,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    command = [sys.executable, "-m", "cloud.cli", "hub"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [*command, "web", "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as web,
        subprocess.Popen([*command, "fleet"], env=environment, stderr=log) as fleet,
    ):
        try:
            assert web.stdout is not None
            url = web.stdout.readline().strip()
            yield Desk({**environment, "PRILAVOK_API": url}, url, tmp_path / "desk")
        finally:
            web.kill()
            fleet.kill()


def logged_in(desk: Desk) -> Desk:
    desk.run("hub", "admin", "root", "--password-stdin", said=SECRET)
    desk.run("login", "root", "--password-stdin", said=SECRET)
    return desk


def test_a_node_is_made_joins_and_is_revoked(desk: Desk, tmp_path: Path) -> None:
    logged_in(desk)
    [kept] = (tmp_path / "config").rglob("login.json")
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
    [line] = desk.told("node", "list")  # type: ignore[misc]
    assert (line["state"], line["state_reason"], line["tags"]) == ("revoked", "stolen", ["door"])
    actions = [each["action"] for each in desk.told("audit", "node/kiosk-1")]  # type: ignore[attr-defined]
    assert actions == ["command.revoke", "node.revoke", "node.join", "node.add"]


def test_dry_run_changes_nothing(desk: Desk) -> None:
    logged_in(desk)
    desk.run("tenant", "add", "demo", "--dry-run")
    assert desk.told("tenant", "list") == []


def test_without_login_it_says_what_to_type(desk: Desk) -> None:
    done = desk.run("node", "list", fails=5)
    assert "prilavok login" in done.stderr


def test_programs_use_a_token_from_the_environment(desk: Desk) -> None:
    logged_in(desk)
    token = desk.run("token", "make", "a program", "--role", "analyst").stdout.strip()
    desk.run("logout")
    desk.environment["PRILAVOK_TOKEN"] = token
    assert desk.told("whoami") == {"hub": desk.url, "owner": "@hub", "operator": "root", "role": "analyst"}
    refused = desk.run("tenant", "add", "demo", fails=5)
    assert "admin" in refused.stderr


def test_settings_and_rollouts_are_made_and_followed(desk: Desk) -> None:
    logged_in(desk)
    desk.run("tenant", "add", "demo")
    desk.run("market", "add", "riga")
    desk.run("node", "add", "kiosk-1", "--market", "riga")
    assert "would set version 1" in desk.run("node", "set", "kiosk-1", "queue_limit=8", "--dry-run").stdout
    desk.run("node", "set", "kiosk-1", "queue_limit=8", "log_level=debug")
    desk.run("node", "set", "kiosk-1", "log_level=")
    line: dict[str, object] = desk.told("node", "settings", "kiosk-1")  # type: ignore[assignment]
    assert (line["version"], line["values"]) == (2, {"queue_limit": 8})
    refused = desk.run("node", "set", "kiosk-1", "queue_limit=0", fails=5)
    assert "queue_limit" in refused.stderr
    states = [each["state"] for each in desk.told("node", "commands", "kiosk-1")]  # type: ignore[attr-defined]
    assert states == ["waiting", "superseded"]
    begun: dict[str, object] = json.loads(
        desk.run("rollout", "begin", "queue_limit=9", "--soak", "0", "--yes", "--json").stdout
    )
    assert desk.run("rollout", "watch", str(begun["id"])).stdout.startswith("done")
    assert "kiosk-1" in desk.run("sync", "status").stdout
    waiting = desk.run("node", "logs", "kiosk-1", "--wait", "0", fails=6)
    assert "prilavok node fetch kiosk-1" in waiting.stderr
