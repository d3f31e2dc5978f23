"""A short run of the whole harness: all is killed, cut and filled, and nothing acknowledged is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulators.broker import found
from tests.simulators.guarded_broker import plugin

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 900


@pytest.mark.skipif(
    found() is None or plugin() is None, reason="mosquitto is not installed: make setup-test says how"
)
def test_what_nodes_acknowledged_arrives_once_and_in_order_whatever_breaks() -> None:
    told = ["--records", "2500", "--faults", "30", "--seed", "5"]
    command = [sys.executable, "-m", "bench.chaos", *told]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["records"] >= 2500
    assert said["faults"] >= 30
    assert (said["lost"], said["duplicated"], said["reordered"], said["invented"]) == (0, 0, 0, 0)
    assert (said["kinds"]["postgres.restore"], said["lost_by_restore"]) == (1, 0)
    assert said["control_lost"] > 0
