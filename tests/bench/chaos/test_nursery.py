"""A forked child is like any process: told, heard, killed and waited for, in its own environment."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos.nursery import Child, Nursery, Wanted

PATIENCE_S = 60.0
ECHO = """
import os, sys
print(os.environ.get("NAME"), sys.argv[1:], flush=True)
for line in sys.stdin:
    print(line.strip()[::-1], flush=True)
sys.exit(7)
"""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "echo_back.py").write_text(ECHO)
    made = Nursery(("json",), {"PYTHONPATH": str(tmp_path)})
    yield made
    made.close()


@pytest.fixture
def child(nursery: Nursery, tmp_path: Path) -> Iterator[Child]:
    with (tmp_path / "log").open("ab") as log:
        made = nursery.start(Wanted("echo_back", ("one",), {"NAME": "kiosk"}), log, pipe=True)
    assert made.stdin is not None
    assert made.stdout is not None
    with made.stdin, made.stdout:
        yield made


def test_child_is_told_and_heard_in_its_own_environment(child: Child) -> None:
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == b"kiosk ['one']\n"
    child.stdin.write(b"abc\n")
    assert child.stdout.readline() == b"cba\n"
    child.stdin.close()
    assert child.wait(PATIENCE_S) == 7


def test_killed_child_is_known_to_be_killed(child: Child) -> None:
    assert child.poll() is None
    child.send_signal(signal.SIGKILL)
    assert child.wait(PATIENCE_S) == -signal.SIGKILL


def test_children_do_not_outlive_the_nursery(tmp_path: Path) -> None:
    (tmp_path / "echo_back.py").write_text(ECHO)
    nursery = Nursery((), {"PYTHONPATH": str(tmp_path)})
    with (tmp_path / "log").open("ab") as log:
        child = nursery.start(Wanted("echo_back", (), {}), log, pipe=True)
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:
        child.stdout.readline()
        nursery.close()
    assert not Path(f"/proc/{child.pid}").exists()


def test_waiting_ends(child: Child) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.01)
