"""The whole loop as one command: hub, broker, a node that joins, a question that is asked and arrives."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cloud.demo.place import Place
from sync.errors import Corrupt
from tests.simulators.guarded_broker import plugin
from tests.simulators.hub_database import Database

LIMIT_S = 240


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A demo market."""
    from edge.catalog.demo.write import write

    folder = tmp_path / "source"
    folder.mkdir()
    write(folder)
    return folder


@pytest.fixture
def lines(database: Database, source: Path, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """The demonstration, as a program reads it; ended with the test."""
    if plugin() is None:
        pytest.skip("mosquitto is not installed: make setup-test says how")
    told = {
        "PRILAVOK_HUB_DATABASE_URL": database.url("app"),
        "PRILAVOK_HUB_EMBEDDING": "none",
        "PRILAVOK_GENERATOR": "none",
        "PRILAVOK_EMBEDDING": "none",
    }
    command = [sys.executable, "-m", "cloud.cli", "hub", "demo", str(source), "--every", "1"]
    ports = ["--port", "0", "--node-port", "0", "--data-dir", str(tmp_path / "hub")]
    with subprocess.Popen(
        [*command, *ports],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        watch = threading.Timer(LIMIT_S, process.kill)
        watch.start()
        yield process
        watch.cancel()
        process.send_signal(signal.SIGINT)
        process.communicate()


def test_a_question_asked_at_the_node_arrives_at_the_hub(lines: "subprocess.Popen[str]") -> None:
    assert lines.stdout is not None
    said = []
    for line in lines.stdout:
        said.append(line)
        if re.search(r"questions [1-9].* catalogue [1-9]", line):
            break
    else:
        pytest.fail("".join(said) + (lines.stderr.read() if lines.stderr else ""))
    children = psutil.Process(lines.pid).children(recursive=True)
    assert len(children) >= 7
    lines.send_signal(signal.SIGINT)
    assert lines.wait(LIMIT_S) == 0
    assert not [child for child in children if child.is_running()]


def test_what_was_made_once_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo", 8090, 8081)
    first = place.kept()
    assert place.kept() == first
    assert (tmp_path / "demo" / "demo.json").stat().st_mode & 0o077 == 0
    assert first.admin_password not in repr(first)


def test_a_damaged_folder_is_said_to_be_one(tmp_path: Path) -> None:
    place = Place(tmp_path, 8090, 8081)
    (tmp_path / "demo.json").write_text("{")
    with pytest.raises(Corrupt):
        place.kept()
