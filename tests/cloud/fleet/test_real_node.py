"""A real node of a real fleet: it joins by a file, takes settings, sends a bundle, and is thrown out."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.node import ROOT, Node, command, running
from edge.catalog.demo.write import write
from tests.simulators.broker import found
from tests.simulators.guarded_broker import GuardedMosquitto, plugin
from tests.simulators.hub_database import Database
from tests.simulators.hub_processes import Desk, hub

PATIENCE_S = 90.0


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    """A hub with all its processes, a guarded broker, a tenant and a market."""
    if found() is None or plugin() is None:
        pytest.skip("mosquitto with its dynamic security is not installed: make setup-test says how")
    with (
        GuardedMosquitto(tmp_path / "broker") as broker,
        hub(database, broker.hub, tmp_path / "office", "fleet", "ingest", "project") as desk,
    ):
        desk.logged_in()
        desk.run("tenant", "add", "demo")
        desk.run("market", "add", "riga")
        yield desk


def edge(*arguments: str) -> None:
    """`prilavok-edge …`, which has to end well."""
    subprocess.run(command(*arguments), cwd=ROOT, check=True, capture_output=True, timeout=PATIENCE_S)


def eventually(told: Callable[[], Any]) -> Any:
    """What it says, once that is something."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        said = told()
        if said:
            return said
        time.sleep(0.5)
    raise AssertionError("it did not come to that")


def shown(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.told("node", "show", "kiosk-1")
    return found


def test_a_node_joins_takes_settings_sends_a_bundle_and_is_thrown_out(desk: Desk, tmp_path: Path) -> None:
    desk.run("node", "add", "kiosk-1", "--market", "riga", "--out", str(tmp_path / "kiosk-1.json"))
    data = tmp_path / "node"
    write(tmp_path / "demo")
    catalog, market = tmp_path / "demo" / "catalog.jsonl", tmp_path / "demo" / "market.json"
    edge("--data-dir", str(data), "catalog", "import", str(catalog), "--market", str(market))
    edge("--data-dir", str(data), "join", str(tmp_path / "kiosk-1.json"))
    assert not (tmp_path / "kiosk-1.json").exists()
    flags = ("--generator", "none", "--embedding", "none")
    with running(data, *flags) as node:
        eventually(lambda: shown(desk)["file_used_at"])
        assert shown(desk)["state"] == "pending"
        desk.run("node", "accept", "kiosk-1")
        eventually(lambda: (shown(desk).get("presence") or {}).get("online"))
        settings_are_taken(desk)
        keys_are_replaced(desk, data, tmp_path / "again.json")
        assert "event" in desk.run("node", "logs", "kiosk-1", "--wait", "60").stdout
        node_is_thrown_out(desk, node)


def settings_are_taken(desk: Desk) -> None:
    desk.run("node", "set", "kiosk-1", "log_level=debug")
    eventually(lambda: desk.told("node", "settings", "kiosk-1")["standing"] == "in force")
    desk.run("node", "set", "kiosk-1", "queue_limit=8")
    eventually(lambda: desk.told("node", "settings", "kiosk-1")["standing"] == "kept")


def keys_are_replaced(desk: Desk, data: Path, file: Path) -> None:
    """With a new file, while the node runs; what is said to and by it then goes by the new ones."""
    before = shown(desk)["key"]
    desk.run("node", "provision", "kiosk-1", "--out", str(file))
    edge("--data-dir", str(data), "join", "--renew", str(file))
    eventually(lambda: shown(desk)["key"] != before)
    assert shown(desk)["state"] == "accepted"
    desk.run("node", "set", "kiosk-1", "log_level=info")
    eventually(lambda: desk.told("node", "commands", "kiosk-1")[0]["state"] == "done")


def node_is_thrown_out(desk: Desk, node: Node) -> None:
    desk.run("node", "revoke", "kiosk-1", "--yes", "--reason", "stolen")
    eventually(lambda: shown(desk)["broker"] == "closed")
    eventually(lambda: not shown(desk)["presence"]["online"])
    assert node.get("/health") is not None
