"""A real Redis of its own for as long as a block runs: in memory only, on a socket in a folder of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

START_LIMIT_S = 20.0


@contextmanager
def running() -> Iterator[str]:
    """Its address. Skips the test where no Redis is installed (make setup-test installs Debian's)."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed, and make setup-test had no right to install it")
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "s"
        given = [
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--dir",
            folder,
            "--save",
            "",
            "--daemonize",
            "no",
        ]
        process = subprocess.Popen([program, *given], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(process, socket)
            yield f"unix://{socket}"
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: "subprocess.Popen[bytes]", socket: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    with redis.Redis(unix_socket_path=str(socket)) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, "redis-server ended"
            try:
                client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.01)
    raise AssertionError("redis-server did not come up")
