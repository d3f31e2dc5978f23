import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud import embedded

USE = """
import sys, time
from pathlib import Path
from cloud import embedded
embedded.start(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(600)
"""

LEAVE = """
import sys
from pathlib import Path
from cloud import embedded
embedded.stop(embedded.start(Path(sys.argv[1])))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not in pytest's folder: as root the server runs as a user of its own."""
    with tempfile.TemporaryDirectory(prefix="prilavok-postgres-") as made:
        yield Path(made) / "data"


def test_a_user_that_was_killed_does_not_keep_the_server_up(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", USE, str(folder)], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"ready\n"
        user.send_signal(signal.SIGKILL)
    assert (folder / "postmaster.pid").exists(), "a killed hub leaves its server"
    embedded.stop(embedded.start(folder))
    assert not (folder / "postmaster.pid").exists()


def test_a_server_that_others_use_stays(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", USE, str(folder)], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"ready\n"
        embedded.stop(embedded.start(folder))
        assert (folder / "postmaster.pid").exists()
        user.send_signal(signal.SIGKILL)
    subprocess.run([sys.executable, "-c", LEAVE, str(folder)], check=True)
    assert not (folder / "postmaster.pid").exists()
