"""A real Mosquitto on a free port of loopback, for one test."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

PLACES = ("/usr/sbin", "/usr/local/sbin")
START_S = 10.0


def found() -> str | None:
    """The program, if it is installed."""
    return shutil.which("mosquitto") or next(
        (f"{place}/mosquitto" for place in PLACES if Path(place, "mosquitto").is_file()), None
    )


class Mosquitto:
    """Started as a context. `kill` and `start` keep port and folder; `extra` is lines of configuration."""

    def __init__(self, folder: Path, extra: str = "allow_anonymous true") -> None:
        self.folder = folder
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nmax_queued_messages 0\nuser root\n{extra}\n", encoding="utf-8"
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Of the process that was started last."""
        return self._process.pid if self._process else None

    def said(self) -> str:
        """Its log."""
        return (self.folder / "log").read_text()

    def start(self) -> None:
        """Starts it, and returns when it lets connections in."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # a file that may not grow is an error to it, not its end
                [found() or "mosquitto", "-c", self._file], stderr=log, stdout=log, restore_signals=False
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(self.said())

    def kill(self) -> None:
        """SIGKILL: what it had in memory is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Mosquitto":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
