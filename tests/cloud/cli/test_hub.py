"""`prilavok hub …` as a process: what it prints and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.simulators.broker import Mosquitto
from tests.simulators.hub_database import Database

LIMIT_S = 60


@pytest.fixture
def environment(database: Database, mosquitto: Mosquitto, tmp_path: Path) -> dict[str, str]:
    roles = {f"PRILAVOK_HUB_DATABASE_{role.upper()}_URL": database.url(role) for role in ("owner", "app")}
    told = {"PRILAVOK_HUB_DATA_DIR": str(tmp_path / "hub"), "PRILAVOK_HUB_BROKER_URL": mosquitto.url}
    return {**os.environ, **roles, **told}


def prilavok(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cloud.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S)


def test_doctor_finds_a_hub_well(environment: dict[str, str]) -> None:
    done = prilavok(environment, "hub", "doctor", "--json")
    assert json.loads(done.stdout)["ready"] is True, done.stdout
    assert done.returncode == 0


def test_doctor_says_what_to_do(environment: dict[str, str]) -> None:
    done = prilavok(environment | {"PRILAVOK_HUB_BROKER_URL": "mqtt://127.0.0.1:1"}, "hub", "doctor")
    assert done.returncode == 1
    assert re.search(r"✗ broker: .*broker_url", done.stdout)


def test_migrate_says_that_there_is_nothing_to_do(environment: dict[str, str]) -> None:
    assert json.loads(prilavok(environment, "hub", "migrate", "--json").stdout) == {"applied": [], "due": []}


def test_serve_answers_and_stops_when_told(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "cloud.cli", "hub", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with urllib.request.urlopen(f"{url}/health", timeout=LIMIT_S) as answer:
                assert json.load(answer)["ready"] is True
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_S) == 0
        finally:
            process.kill()


def test_an_error_of_ours_has_its_own_exit_code(environment: dict[str, str]) -> None:
    done = prilavok(environment, "hub", "migrate", "--settings", "/nowhere.toml")
    assert done.returncode == 5
    assert "/nowhere.toml" in done.stderr
