"""`join` and `sync status`: a file works once, and every refusal says what to do."""

import json
import time
from pathlib import Path

import pytest

from sync.provisioning import Provisioning, read_file, write_file
from tests.e2e.conftest import cli
from tests.simulators.hub import HubSimulator, now

NOW_MS = int(time.time() * 1000)
MISSING, CONFLICT, REFUSED, CORRUPT = 3, 4, 5, 7


@pytest.fixture
def hub() -> HubSimulator:
    return HubSimulator(lambda: NOW_MS, url="http://127.0.0.1:9")


def given(folder: Path, hub: HubSimulator, **more: int) -> Path:
    file = folder / "node.json"
    file.write_bytes(hub.provision("mqtt://127.0.0.1:9", **more))  # type: ignore[arg-type]
    return file


def test_file_makes_a_node_once_and_is_gone(tmp_path: Path, hub: HubSimulator) -> None:
    data, file = str(tmp_path / "data"), given(tmp_path, hub)
    before = json.loads(cli("--data-dir", data, "sync", "status", "--json").stdout)
    assert before == {"joined": False}
    said = cli("--data-dir", data, "join", str(file)).stdout
    assert "shop-17 of acme" in said
    assert not file.exists()
    identity = tmp_path / "data" / "uplink" / "identity.json"
    assert identity.stat().st_mode & 0o777 == 0o600
    after = json.loads(cli("--data-dir", data, "sync", "status", "--json").stdout)
    assert (after["joined"], after["state"], after["running"]) == (True, "pending", None)
    assert "shop-17" in cli("--data-dir", data, "sync", "status").stdout
    used = cli("--data-dir", data, "join", str(file), status=MISSING)
    assert "prilavok node add" in used.stderr


def test_second_file_is_refused_and_kept(tmp_path: Path, hub: HubSimulator) -> None:
    data = str(tmp_path / "data")
    cli("--data-dir", data, "join", str(given(tmp_path, hub)))
    again = given(tmp_path, hub)
    refused = cli("--data-dir", data, "join", str(again), status=CONFLICT)
    assert "joined already" in refused.stderr
    assert again.exists()


def test_file_of_another_hub_is_refused(tmp_path: Path, hub: HubSimulator) -> None:
    data = str(tmp_path / "data")
    cli("--data-dir", data, "join", str(given(tmp_path, hub)))
    other = HubSimulator(lambda: NOW_MS, url="https://other.example")
    refused = cli("--data-dir", data, "join", str(given(tmp_path, other)), status=CONFLICT)
    assert "https://other.example" in refused.stderr
    assert "node revoke" in refused.stderr


def test_expired_file_and_one_that_is_none_are_told_apart(tmp_path: Path, hub: HubSimulator) -> None:
    document, _ = read_file(hub.provision("mqtt://127.0.0.1:9"), now(NOW_MS))
    assert isinstance(document, Provisioning)
    wrong = tmp_path / "wrong.json"
    wrong.write_text("<html>accept our terms</html>")
    data = str(tmp_path / "data")
    assert "no provisioning file" in cli("--data-dir", data, "join", str(wrong), status=CORRUPT).stderr
    changed = write_file(document).replace(b'"acme"', b'"acmo"')
    wrong.write_bytes(changed)
    assert cli("--data-dir", data, "join", str(wrong), status=REFUSED).stderr
    assert wrong.exists()
    assert not (tmp_path / "data" / "uplink").exists()
