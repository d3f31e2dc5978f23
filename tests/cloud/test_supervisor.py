"""Children that are started again, stopped all together, and that do not outlive their parent."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from cloud.supervisor import CHILD, FAILPOINT, Child, Supervisor
from tests.cloud.waiting import soon

WAIT_S = 20
WRITES = """
import os, sys, time
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()} {os.environ.get('PRILAVOK_FAILPOINT', '-')}\\n")
time.sleep(float(sys.argv[2]))
"""


def lives(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def writer(path: Path, seconds: float) -> Child:
    return Child("writer", (sys.executable, "-c", WRITES, str(path), str(seconds)))


def test_a_child_that_is_killed_is_started_again_without_its_fault(tmp_path: Path) -> None:
    path = tmp_path / "lives"
    supervisor = Supervisor({**os.environ, FAILPOINT: "ingest.committed"})
    thread = threading.Thread(target=supervisor.run, args=([writer(path, 60)],))
    thread.start()
    try:
        assert soon(lambda: len(lives(path)) == 1)
        os.kill(int(lives(path)[0][0]), signal.SIGKILL)
        assert soon(lambda: len(lives(path)) == 2)
        assert [fault for _, fault in lives(path)] == ["ingest.committed", "-"]
    finally:
        supervisor.stop.set()
        thread.join()
    assert not psutil.pid_exists(int(lives(path)[1][0]))


def test_a_child_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lives"
    deaf = WRITES.replace(
        "import os", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nimport os"
    )
    supervisor = Supervisor(os.environ, kill_s=0.2)
    child = Child("deaf", (sys.executable, "-c", deaf, str(path), "60"))
    thread = threading.Thread(target=supervisor.run, args=([child],))
    thread.start()
    assert soon(lambda: len(lives(path)) == 1)
    supervisor.stop.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_a_child_ends_with_its_parent() -> None:
    waits = (
        "from cloud import supervisor; supervisor.follow_parent();"
        " import time; print(1, flush=True); time.sleep(60)"
    )
    environment = {**os.environ, CHILD: "1"}
    with subprocess.Popen(
        [sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        child.stdin.close()
        assert child.wait(WAIT_S) == -signal.SIGTERM
